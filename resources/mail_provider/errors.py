"""What an answer of Brevo means (rules A3, B3): one table over status, body and headers, no I/O.

What must hold: after a send, only a refusal that proves the mail was not taken is called one; everything else is an
unknown outcome (invariant I1). Sources: Brevo's error model and captured bodies.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from resources.redaction import redact
from rules.failures import Failure, FailureKind, ServiceFailure

SERVICE: Final = "brevo"

_SYSTEMIC_CODES: Final = {
    "not_enough_credits": "credits are used up; buy some or wait for the daily allowance",
    "account_under_validation": "Brevo is still checking the account",
    "permission_denied": "the account may not send; see the account's page at Brevo",
    "reseller_permission_denied": "the key may not do this",
    "unauthorized": "the key was refused; check BREVO_API_KEY and the authorised IP addresses",
    "method_not_allowed": "the request does not fit Brevo's API; check the endpoint",
    "not_acceptable": "the request does not fit Brevo's API; check the endpoint",
}
_SYSTEMIC_STATUSES: Final = {401: "unauthorized", 402: "not_enough_credits", 403: "permission_denied"}
_ALREADY_TAKEN_CODES: Final = frozenset({"duplicate_parameter", "duplicate_request"})
_ABOUT_US: Final = re.compile(r"\bsender\b|\breply-?to\b", re.IGNORECASE)
_AUTHORITATIVE_WITHOUT_BODY: Final = frozenset({401, 402, 403, 429})
_AUTHORITATIVE_WITH_BODY: Final = frozenset({400, 404, 405, 406, 413, 422})
_NOT_THIS_API: Final = frozenset({404, 405, 406})
_RATE_HEADERS: Final = ("x-sib-ratelimit-reset", "retry-after")
_LONGEST_TEXT: Final = 300
_LONGEST_RESET: Final = 86_400.0


def unreachable(error: Exception) -> ServiceFailure:
    """A read that brought no whole answer."""
    message = f"Brevo could not be reached or broke off ({error})"
    return ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, "unreachable", message)


def refusal(status: int, body: str, headers: Mapping[str, str]) -> Failure:
    """Classify an answer to a read that is not a success."""
    code, message = _said(body)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _too_fast(code, message, headers)
    if (known := _systemic(status, code, message)) is not None:
        return known
    if status in _NOT_THIS_API and not code:
        return _failure(FailureKind.SYSTEMIC, f"http_{status}", "nothing of Brevo's answers there; check the endpoint")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not code:
        return _failure(FailureKind.TRANSIENT, code or f"http_{status}", message or "no readable answer")
    return _failure(FailureKind.PERMANENT, code, message)


def send_refusal(status: int, body: str, headers: Mapping[str, str]) -> Failure:
    """Classify an answer to a send that is not an acceptance.

    Returns:
        ``PERMANENT``, ``FLOW_CONTROL`` or ``SYSTEMIC`` for an authoritative refusal, ``UNKNOWN_OUTCOME`` otherwise.
    """
    code, message = _said(body)
    if code in _ALREADY_TAKEN_CODES:
        return _failure(FailureKind.UNKNOWN_OUTCOME, code, "the first attempt with this idempotency key was taken")
    if status not in _AUTHORITATIVE_WITHOUT_BODY and not (code and status in _AUTHORITATIVE_WITH_BODY):
        return _failure(
            FailureKind.UNKNOWN_OUTCOME, code or f"http_{status}", message or "no readable answer to the send"
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _too_fast(code, message, headers)
    if (known := _systemic(status, code, message)) is not None:
        return known
    if status in _NOT_THIS_API or _ABOUT_US.search(message):
        return _failure(FailureKind.SYSTEMIC, code, f"no mail can be sent like this: {message}")
    return _failure(FailureKind.PERMANENT, code, message)


def unreadable(what: str, *, sending: bool) -> Failure:
    """Classify a success status whose body does not say what it must."""
    kind = FailureKind.UNKNOWN_OUTCOME if sending else FailureKind.TRANSIENT
    return _failure(kind, "unreadable_answer", what)


def _too_fast(code: str, message: str, headers: Mapping[str, str]) -> Failure:
    wait = next((seconds for name in _RATE_HEADERS if (seconds := _seconds(headers.get(name))) is not None), None)
    return Failure(FailureKind.FLOW_CONTROL, SERVICE, code or "too_many_requests", _tidy(message), retry_after=wait)


def _systemic(status: int, code: str, message: str) -> Failure | None:
    code_or_status = code or _SYSTEMIC_STATUSES.get(status, "")
    if status not in _SYSTEMIC_STATUSES and code not in _SYSTEMIC_CODES:
        return None
    remedy = _SYSTEMIC_CODES.get(code_or_status, "Brevo refuses every request of this account")
    return _failure(FailureKind.SYSTEMIC, code_or_status, f"{remedy} ({message})" if message else remedy)


def _failure(kind: FailureKind, code: str, message: str) -> Failure:
    return Failure(kind, SERVICE, code, _tidy(message))


def _said(body: str) -> tuple[str, str]:
    """Read Brevo's error body; codes come in either case on the wire."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return "", ""
    if not isinstance(parsed, dict):
        return "", ""
    code, message = parsed.get("code"), parsed.get("message")
    return (code.lower() if isinstance(code, str) else "", message if isinstance(message, str) else "")


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value is not None else None
    except ValueError:
        return None
    return seconds if seconds is not None and 0 <= seconds <= _LONGEST_RESET else None


def _tidy(message: str) -> str:
    return redact(" ".join(message.split()))[:_LONGEST_TEXT]

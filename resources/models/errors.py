"""What a refusal of OpenAI means (rules A3, B3): one table over status, body and headers, no I/O.

What must hold: money, key and shut-down failures are systemic in every form they come in, and a 429 about money is
never taken for a 429 about speed.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from resources.redaction import redact
from rules.failures import Failure, FailureKind

OPENAI: Final = "openai"

MONEY: Final = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
        "billing_not_active",
        "payment_required",
    }
)
_MONEY_TEXT: Final = re.compile(
    r"exceeded your current quota|billing hard limit|no credits remaining|credit balance|spend limit", re.IGNORECASE
)
_SHAPE_CODES: Final = frozenset(
    {
        "unsupported_parameter",
        "unsupported_value",
        "unknown_parameter",
        "missing_required_parameter",
        "invalid_json_schema",
    }
)
_SHAPE_TEXT: Final = re.compile(r"^invalid schema|invalid service_tier", re.IGNORECASE)
_TOO_LARGE: Final = re.compile(r"^request too large", re.IGNORECASE)
_SLOW_DOWN: Final = re.compile(r"slow[ _]down", re.IGNORECASE)
_TRY_AGAIN: Final = re.compile(r"try again in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)", re.IGNORECASE)
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS_PER: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SPEED_TYPES: Final = frozenset({"requests", "tokens", "rate_limit_error", "rate_limit_exceeded"})
_SPEED_CODES: Final = frozenset({"rate_limit_exceeded", "slow_down", "resource_unavailable", "rate_limit_reached"})
_LONGEST_TEXT: Final = 300


def openai_failure(status: int, body: str, headers: Mapping[str, str]) -> Failure:
    """Classify an answer of OpenAI that is not a success.

    Args:
        status: The HTTP status; for an answer that says ``failed`` with status 200, pass 200.
        body: The body as text, JSON or not.
        headers: The answer's headers, names in lower case.
    """
    said = Said.read(body)
    if said.about_money:
        return said.failure(FailureKind.SYSTEMIC, OPENAI, said.code or said.type, "out of money or over a spend limit")
    if _SLOW_DOWN.search(f"{said.code} {said.message}"):
        return said.failure(FailureKind.FLOW_CONTROL, OPENAI, "slow_down", wait=told_wait(said.message, headers))
    if status == HTTPStatus.TOO_MANY_REQUESTS or said.code in _SPEED_CODES:
        return _speed(said, headers)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return said.failure(FailureKind.SYSTEMIC, OPENAI, said.code or _SYSTEMIC[status], _REMEDIES[status])
    if said.code in _SHAPE_CODES or _SHAPE_TEXT.search(said.message):
        return said.failure(
            FailureKind.SYSTEMIC, OPENAI, said.code or "invalid_schema", "no request of this kind can work"
        )
    if status in _REPEATABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR or not said.message:
        return said.failure(FailureKind.TRANSIENT, OPENAI, said.code or said.type or f"http_{status}")
    return said.failure(FailureKind.PERMANENT, OPENAI, said.code or said.type or f"http_{status}")


def told_wait(message: str, headers: Mapping[str, str]) -> float | None:
    """Seconds the answer asks to wait: ``retry-after-ms``, ``retry-after``, or the sentence "try again in 7m12s"."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
    match = _TRY_AGAIN.search(message)
    return duration(match[1]) if match else None


def exhausted(headers: Mapping[str, str]) -> float | None:
    """Seconds until OpenAI answers again, where an answer's headers say that it used the last request or token up."""
    waits = [
        duration(headers.get(f"x-ratelimit-reset-{what}", ""))
        for what in ("requests", "tokens", "project-tokens")
        if headers.get(f"x-ratelimit-remaining-{what}", "").strip() == "0"
    ]
    known = [wait for wait in waits if wait is not None]
    return max(known) if known else None


def duration(text: str) -> float | None:
    """Seconds of a duration such as ``7m12s``, ``308ms`` or ``8.64s``; ``None`` where the text is none."""
    parts = _DURATION_PART.findall(text)
    return sum(float(number) * _SECONDS_PER[unit.lower()] for number, unit in parts) if parts else None


class Said:
    """The parts of an error body ``{"error": {message, type, code}}``; empty texts where it says nothing."""

    def __init__(self, *, message: str, kind: str, code: str) -> None:
        self.message = message
        self.type = kind
        self.code = code

    @classmethod
    def read(cls, body: str) -> "Said":
        """Read a body; anything that is not JSON says nothing."""
        try:
            parsed: Any = json.loads(body)
        except ValueError:
            return cls(message="", kind="", code="")
        error = parsed.get("error") if isinstance(parsed, dict) else None
        if isinstance(error, str):
            return cls(message=error, kind="", code="")
        if not isinstance(error, dict):
            return cls(message="", kind="", code="")
        texts = {name: value for name, value in error.items() if isinstance(value, str)}
        return cls(message=texts.get("message", ""), kind=texts.get("type", ""), code=texts.get("code", ""))

    @property
    def about_money(self) -> bool:
        """Whether the account's money is the reason, by code, by type or, for codes yet unknown, by the words."""
        return self.code in MONEY or self.type in MONEY or bool(_MONEY_TEXT.search(self.message))

    def failure(
        self, kind: FailureKind, service: str, code: str, remark: str = "", *, wait: float | None = None
    ) -> Failure:
        """Build the failure, with the provider's words behind our remark."""
        words = redact(" ".join(self.message.split()))[:_LONGEST_TEXT]
        text = f"{remark} ({words})" if remark and words else remark or words or "no readable answer"
        return Failure(kind, service, code, text, retry_after=wait)


def _speed(said: Said, headers: Mapping[str, str]) -> Failure:
    if _TOO_LARGE.search(said.message):
        return said.failure(FailureKind.PERMANENT, OPENAI, "request_too_large", "larger than the limit of a minute")
    if said.code in _SPEED_CODES or said.type in _SPEED_TYPES or not (said.code or said.type):
        wait = told_wait(said.message, headers)
        return said.failure(FailureKind.FLOW_CONTROL, OPENAI, said.code or "rate_limit_exceeded", wait=wait)
    # A 429 nobody knows may be about money: it burns attempts instead of being waited for without end.
    return said.failure(FailureKind.TRANSIENT, OPENAI, said.code or said.type, "a refusal for a reason yet unknown")


_SYSTEMIC: Final[Mapping[int, str]] = {
    401: "invalid_api_key",
    402: "payment_required",
    403: "forbidden",
    404: "not_found",
}
_REMEDIES: Final[Mapping[int, str]] = {
    401: "the key was refused; check OPENAI_API_KEY",
    402: "out of money",
    403: "the key, its project or this address may not do this",
    404: "the model or the endpoint does not exist (any more); check the model names in campaign.toml",
}
_REPEATABLE: Final = frozenset({408, 409, 425})

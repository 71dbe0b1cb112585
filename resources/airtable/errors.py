"""What a refusal of Airtable means (rules B3, B4): one table over status, body and headers, no I/O.

What must hold: a burst is flow control with Airtable's own 30 seconds, a used-up month is systemic although it is a 429
too, and a name that the table does not have says where it is mapped.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from resources.redaction import redact
from rules.failures import Failure, FailureKind

SERVICE: Final = "airtable"
LOCK_SECONDS: Final = 30.0
"""How long Airtable refuses everything after a burst; it sends no header that says so."""

ITERATOR_LOST: Final = frozenset({"LIST_RECORDS_ITERATOR_NOT_AVAILABLE", "INVALID_OFFSET_VALUE"})
"""Codes of a page that can never be had again: the listing starts over (rule A8)."""

_MAPPED_IN: Final = "[airtable.fields] in campaign.toml"
_SYSTEMIC_TYPES: Final[Mapping[str, str]] = {
    "PUBLIC_API_BILLING_LIMIT_EXCEEDED": "the month's API calls are used up; nothing works before the month ends",
    "VIEW_NAME_NOT_FOUND": "the view is gone or renamed; set view under [airtable] in campaign.toml",
    "VIEW_ID_NOT_FOUND": "the view is gone; set view under [airtable] in campaign.toml",
    "INVALID_FILTER_BY_FORMULA": f"the filter names a field the table does not have; see {_MAPPED_IN}",
    "UNKNOWN_FIELD_NAME": f"the table has no such field; see {_MAPPED_IN}",
}
_SYSTEMIC_STATUSES: Final[Mapping[int, str]] = {
    401: "the token was refused; check AIRTABLE_TOKEN",
    402: "the workspace must be paid for",
    403: "the token lacks a scope, or the base or table does not exist; check [airtable] in campaign.toml",
    404: "the base or the endpoint does not exist; check [airtable] in campaign.toml",
}
_QUOTED_NAME: Final = re.compile(r'"([^"]+)"')
_COMPUTED: Final = re.compile(r"field is computed", re.IGNORECASE)
_LONGEST_TEXT: Final = 300


def airtable_failure(status: int, body: str, headers: Mapping[str, str], *, table: str) -> Failure:
    """Classify an answer that is not a success.

    Args:
        status: The HTTP status.
        body: The body as text: either envelope of Airtable's, or a gateway's page.
        headers: The answer's headers, names in lower case.
        table: The table asked for, as configured; named in the message.
    """
    kind, message = _said(body)
    if kind in _SYSTEMIC_TYPES:
        return _failure(FailureKind.SYSTEMIC, kind, f"table {table}: {_named(message)}{_SYSTEMIC_TYPES[kind]}", message)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Failure(
            FailureKind.FLOW_CONTROL,
            SERVICE,
            kind or "RATE_LIMIT_REACHED",
            "too many requests",
            retry_after=LOCK_SECONDS,
        )
    if kind in ITERATOR_LOST:
        return _failure(FailureKind.TRANSIENT, kind, "the listing's page token has expired", message)
    if _COMPUTED.search(message):
        remark = f"table {table}: {_named(message)}the field is computed and cannot be written; map another under"
        return _failure(FailureKind.SYSTEMIC, kind, f"{remark} {_MAPPED_IN}", message)
    if status in _SYSTEMIC_STATUSES and kind != "MODEL_ID_NOT_FOUND":
        return _failure(
            FailureKind.SYSTEMIC, kind or f"http_{status}", f"table {table}: {_SYSTEMIC_STATUSES[status]}", message
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _REPEATABLE or not kind:
        failure = _failure(FailureKind.TRANSIENT, kind or f"http_{status}", "", message)
        return _with_wait(failure, headers)
    return _failure(FailureKind.PERMANENT, kind, "", message)


def named_record(failure: Failure, candidates: Mapping[str, object]) -> str | None:
    """Return the one record of a batch that a refusal names, ``None`` where it names none."""
    found = [record_id for record_id in candidates if record_id and record_id in failure.message]
    return found[0] if len(found) == 1 else None


def _said(body: str) -> tuple[str, str]:
    """Read an error body in its three shapes: ``error`` as object or bare text, ``errors`` as a list."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return "", ""
    if not isinstance(parsed, dict):
        return "", ""
    error: Any = parsed.get("error")
    if error is None and isinstance(parsed.get("errors"), list) and parsed["errors"]:
        error = parsed["errors"][0]
    if isinstance(error, str):
        return error, ""
    if not isinstance(error, dict):
        return "", ""
    kind = error.get("type") or error.get("error")
    message = error.get("message")
    return (kind if isinstance(kind, str) else "", message if isinstance(message, str) else "")


def _named(message: str) -> str:
    return f"{match[1]}: " if (match := _QUOTED_NAME.search(message)) else ""


def _failure(kind: FailureKind, code: str, remark: str, message: str) -> Failure:
    words = redact(" ".join(message.split()))[:_LONGEST_TEXT]
    text = f"{remark} ({words})" if remark and words else remark or words or "no readable answer"
    return Failure(kind, SERVICE, code, text)


def _with_wait(failure: Failure, headers: Mapping[str, str]) -> Failure:
    after = headers.get("retry-after", "")
    wait = float(after) if after.isdigit() else None
    return Failure(failure.kind, failure.service, failure.code, failure.message, retry_after=wait)


_REPEATABLE: Final = frozenset({408, 425})

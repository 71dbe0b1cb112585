"""What a refusal of the Bot API means (rules B3, B4): one table over status and body, no I/O.

What must hold: the bot's token, which is part of every URL, never stands in a failure.
"""

import json
from http import HTTPStatus
from typing import Any, Final

from resources.redaction import redact
from rules.failures import Failure, FailureKind

SERVICE: Final = "telegram"
LIVE_URL: Final = "https://api.telegram.org"

_LONGEST_TEXT: Final = 300
_REMEDIES: Final = {
    401: ("unauthorized", "the token was refused; check TELEGRAM_BOT_TOKEN"),
    404: ("not_found", "the token is malformed or the endpoint is not a bot server; check TELEGRAM_BOT_TOKEN"),
    409: ("conflict", "another process polls this bot, or a webhook is set; only one may"),
}


def telegram_failure(status: int, body: str, *, sending: bool = False) -> Failure:
    """Classify an answer of the Bot API that is not a success.

    A 403 (blocked by the user, kicked from the group) and an unknown chat concern one chat: ``PERMANENT``. A second
    poller is ``SYSTEMIC``: the two would take turns losing updates.

    Args:
        status: The HTTP status.
        body: The body as text: the Bot API's JSON, or a gateway's page.
        sending: Whether the request sends a message. A gateway's answer then proves nothing: ``UNKNOWN_OUTCOME``.
    """
    description, wait = _said(body)
    words = redact(description)[:_LONGEST_TEXT]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Failure(FailureKind.FLOW_CONTROL, SERVICE, "too_many_requests", words, retry_after=wait)
    if status in _REMEDIES:
        code, remedy = _REMEDIES[status]
        return Failure(FailureKind.SYSTEMIC, SERVICE, code, f"{remedy} ({words})" if words else remedy)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _REPEATABLE or not description:
        kind = FailureKind.UNKNOWN_OUTCOME if sending and not description else FailureKind.TRANSIENT
        return Failure(kind, SERVICE, f"http_{status}", words or "no readable answer")
    code = "forbidden" if status == HTTPStatus.FORBIDDEN else f"http_{status}"
    return Failure(FailureKind.PERMANENT, SERVICE, code, words)


def _said(body: str) -> tuple[str, float | None]:
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return "", None
    if not isinstance(parsed, dict):
        return "", None
    description = parsed.get("description")
    parameters = parsed.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return (
        description if isinstance(description, str) else "",
        float(wait) if isinstance(wait, int | float) else None,
    )


_REPEATABLE: Final = frozenset({408, 421})

"""What an event means: its key, and whether it ends the conversation (rules A2, A10; invariant I6).

What must hold: equal events have equal keys, and effects only ever add suppressions, so order never matters.
"""

from datetime import UTC, datetime

from rules.hashing import content_hash

STOPS = {
    "hard_bounce": "hard_bounce",
    "invalid": "hard_bounce",
    "blocked": "blocked",
    "complaint": "complaint",
    "unsubscribed": "unsubscribed",
}
"""Kinds of event that suppress the address for good, and the reason they do it with."""


def event_key(*, message_id: str, kind: str, at: datetime, email: str, link: str | None) -> str:
    """The provider gives no event id: message, kind, second, address and link are one event."""
    moment = at.astimezone(UTC).replace(microsecond=0).isoformat()
    return content_hash([message_id.strip("<> "), kind, moment, email.casefold(), link or ""])


def rate(part: int, whole: int) -> float | None:
    """A rate, or ``None`` where there is nothing to take it of (rule B26)."""
    return None if whole == 0 else part / whole

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


def wilson(part: int, whole: int, *, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a proportion: what a rate of few mails really says.

    Args:
        part: Successes.
        whole: Trials; an empty sample says nothing, (0, 1).
        z: Standard normal quantile; 1.96 for 95 %.
    """
    if whole == 0:
        return 0.0, 1.0
    share = part / whole
    scale = 1 + z * z / whole
    middle = (share + z * z / (2 * whole)) / scale
    half = z * ((share * (1 - share) + z * z / (4 * whole)) / whole) ** 0.5 / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def bounce_breaker(bounced: int, sent: int, recent_bounced: int, recent_sent: int) -> str | None:
    """Why hard bounces must stop sending, or ``None``: a rate whose lower bound is over 4 %, or 5 of the last 50."""
    if sent >= 20 and wilson(bounced, sent)[0] > 0.04:  # noqa: PLR2004 - bars of the safety page
        return f"{bounced} of {sent} mails of seven days bounced for good: over 4 % beyond doubt"
    if recent_sent >= 50 and recent_bounced >= 5:  # noqa: PLR2004
        return f"{recent_bounced} of the last {recent_sent} mails bounced for good"
    return None


def complaint_breaker(complaints: int, sent: int, complaints_day: int) -> str | None:
    """Why complaints must stop sending, or ``None``: two in a day, or a rate beyond doubt over 0.2 %."""
    if complaints_day >= 2:  # noqa: PLR2004 - bars of the safety page
        return f"{complaints_day} complaints in 24 hours"
    if sent and wilson(complaints, sent)[0] > 0.002:  # noqa: PLR2004
        return f"{complaints} of {sent} mails of seven days were complained about"
    return None

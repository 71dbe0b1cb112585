"""What an event means: its key, and whether it ends the conversation (rules A2, A10; invariant I6).

What must hold: equal events have equal keys, and effects only ever add suppressions, so order never matters.
"""

import hashlib
from collections.abc import Callable

from rules.hashing import canonical

STOPS = {
    "hard_bounce": "hard_bounce",
    "invalid": "hard_bounce",
    "blocked": "blocked",
    "complaint": "complaint",
    "unsubscribed": "unsubscribed",
}
"""Kinds of event that suppress the address for good, and the reason they do it with."""


def event_key(*, message_id: str, kind: str, moment: str, email: str, link: str | None) -> str:
    """The provider gives no event id: message, kind, second, address and link are one event.

    The key begins with the second, so that news is written behind what is there, however long the history.

    Args:
        message_id: With or without its angle brackets.
        kind: As folded; a name nobody knows as the provider spells it.
        moment: UTC, as in ``2026-11-23T10:00:00.000000Z``; what is below a second does not count.
        email: Normalised.
        link: Where a click went.

    Returns:
        32 characters, as in ``261123T100000`` and 19 hex digits of SHA-256 over the five as canonical JSON.
    """
    second = f"{moment[:19]}+00:00"
    parts = (message_id.strip("<> "), kind, second, email.casefold(), link or "")
    told = f'["{parts[0]}","{parts[1]}","{second}","{parts[3]}","{parts[4]}"]'
    if not (told.isascii() and told.isprintable()) or "\\" in told or told.count('"') != 2 * len(parts):
        told = canonical(parts)
    return moment[2:19].replace("-", "").replace(":", "") + hashlib.sha256(told.encode()).hexdigest()[:19]


def rate(part: int, whole: int) -> float | None:
    """A rate, or ``None`` where there is nothing to take it of (rule B26)."""
    return None if whole == 0 else part / whole


def opt_out_burst(opted_out: int, leads: Callable[[], int]) -> str | None:
    """Why the opt-outs of one hour look wrong, or ``None``: 20 or more, and over 5 % of the leads.

    Args:
        opted_out: People who opted out within the hour.
        leads: Counts the leads; asked only where it matters.
    """
    if opted_out < 20 or opted_out <= 0.05 * (known := leads()):  # noqa: PLR2004 - bars of the safety page
        return None
    return f"{opted_out} of {known} people opted out within an hour."

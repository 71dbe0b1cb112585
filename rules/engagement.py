"""What an event means: its key, and whether it ends the conversation (rules A2, A10; invariant I6).

What must hold: equal events have equal keys, and effects only ever add suppressions, so order never matters.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache

from rules.hashing import canonical

STOPS = {
    "hard_bounce": "hard_bounce",
    "invalid": "hard_bounce",
    "blocked": "blocked",
    "complaint": "complaint",
    "unsubscribed": "unsubscribed",
}
"""Kinds of event that suppress the address for good, and the reason they do it with."""


def event_keys(
    messages: Sequence[str], kinds: Sequence[str], moments: Sequence[str], emails: Sequence[str], links: Sequence[str]
) -> list[str]:
    """Keys of events, in their order; each argument has a value for each event.

    The provider gives no event id: message, kind, second, address and link are one event. A key begins with the second,
    so that news is written behind what is there, however long the history. How an id, an address or a link is written
    is worked out once, however often it comes.

    Args:
        messages: Message ids, with or without their angle brackets.
        kinds: As folded; a name nobody knows as the provider spells it.
        moments: UTC, as in ``2026-11-23T10:00:00.000000Z``; what is below a second does not count.
        emails: Normalised.
        links: Where clicks went; empty for other events.

    Returns:
        32 characters each, as in ``261123T100000`` and 19 hex digits of SHA-256 over the five as canonical JSON.
    """
    bare = cache(lambda message: canonical(message.strip("<> ")))
    folded = cache(lambda email: canonical(email.casefold()))
    plain = cache(canonical)
    compact = cache(lambda minute: minute[2:].replace("-", "").replace(":", ""))
    each = zip(map(bare, messages), map(plain, kinds), moments, map(folded, emails), map(plain, links), strict=True)
    told = [f'[{message},{kind},"{at[:19]}+00:00",{email},{link}]' for message, kind, at, email, link in each]
    said = [hashlib.sha256(text.encode()).hexdigest() for text in told]
    return [f"{compact(at[:16])}{at[17:19]}{digest[:19]}" for at, digest in zip(moments, said, strict=True)]


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

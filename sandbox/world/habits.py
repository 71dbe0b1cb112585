"""How often people do what, and the fates a script can force on an address.

The one thing that must hold: rates are shares between 0 and 1, and `delivered` is whatever the failures leave over.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class ReplyKind(StrEnum):
    """What a person means with an answer."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    REFUSAL = "refusal"
    UNSUBSCRIBE_WISH = "unsubscribe_wish"
    WRONG_PERSON = "wrong_person"


class Fate(StrEnum):
    """What can be forced to happen to a mail for one address."""

    DELIVERED = "delivered"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    DEFERRED = "deferred"
    BLOCKED = "blocked"
    INVALID = "invalid"
    ERROR = "error"
    OPEN = "open"
    PROXY_OPEN = "proxy_open"
    CLICK = "click"
    SCANNER = "scanner"
    UNSUBSCRIBE = "unsubscribe"
    COMPLAINT = "complaint"
    OUT_OF_OFFICE = "out_of_office"
    REPLY_POSITIVE = "reply_positive"
    REPLY_NEUTRAL = "reply_neutral"
    REPLY_REFUSAL = "reply_refusal"
    REPLY_UNSUBSCRIBE_WISH = "reply_unsubscribe_wish"
    REPLY_WRONG_PERSON = "reply_wrong_person"


UNDELIVERED = frozenset(
    {Fate.HARD_BOUNCE, Fate.SOFT_BOUNCE, Fate.BLOCKED, Fate.INVALID, Fate.ERROR},
)
"""Fates after which nobody has read anything."""

REPLIES: dict[Fate, ReplyKind] = {
    Fate.REPLY_POSITIVE: ReplyKind.POSITIVE,
    Fate.REPLY_NEUTRAL: ReplyKind.NEUTRAL,
    Fate.REPLY_REFUSAL: ReplyKind.REFUSAL,
    Fate.REPLY_UNSUBSCRIBE_WISH: ReplyKind.UNSUBSCRIBE_WISH,
    Fate.REPLY_WRONG_PERSON: ReplyKind.WRONG_PERSON,
}


@dataclass(frozen=True, slots=True)
class Scripted:
    """A forced fate: for the `on_mail`-th mail to the address (0 = every mail), `after` its delivery if given."""

    fate: Fate
    on_mail: int = 0
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of B2B recipients. Per mail unless the comment says otherwise."""

    hard_bounce: float = 0.015  # per address: a dead address stays dead
    invalid: float = 0.008  # per address
    soft_bounce: float = 0.015
    blocked: float = 0.006
    error: float = 0.006
    deferred_first: float = 0.02  # delivered after a delay
    scanners: float = 0.12  # per company domain: the gateway is the company's, not the person's
    opens: float = 0.35
    proxy_opens: float = 0.15
    clicks: float = 0.04
    replies: float = 0.06  # per address, over a whole sequence
    out_of_office: float = 0.04
    unsubscribes: float = 0.008
    complaints: float = 0.001
    bounce_mails: float = 0.3  # of hard bounces: a notice also reaches the mailbox
    reply_by_mail: tuple[float, ...] = (0.55, 0.3, 0.15)  # which mail of the sequence is answered
    reply_mix: tuple[tuple[ReplyKind, float], ...] = (
        (ReplyKind.POSITIVE, 0.32),
        (ReplyKind.NEUTRAL, 0.22),
        (ReplyKind.REFUSAL, 0.26),
        (ReplyKind.UNSUBSCRIBE_WISH, 0.1),
        (ReplyKind.WRONG_PERSON, 0.1),
    )

    @property
    def delivered(self) -> float:
        """Share of first mails that arrive."""
        return 1.0 - (self.hard_bounce + self.invalid + self.soft_bounce + self.blocked + self.error)

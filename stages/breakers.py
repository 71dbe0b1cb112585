"""Breakers over what came back: latched with their reason, taken off by a person, judged anew on what came after.

What must hold: a breaker that was taken off trips again on new evidence only, and then it does (rules B4, B19).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from resources.ledger.flags import Flag, FlagName
from resources.ledger.ledger import Ledger
from rules.breakers import Signal, tripped, unclear_streak
from rules.campaign import Campaign

LAST = 50
"""Mails that the count of recent hard bounces is taken of."""
WEEK = timedelta(days=7)
FLAGS = {
    Signal.HARD_BOUNCES: FlagName.HARD_BOUNCES,
    Signal.COMPLAINTS: FlagName.COMPLAINTS,
    Signal.UNSUBSCRIBES: FlagName.UNSUBSCRIBES,
}


@dataclass(frozen=True, slots=True)
class Reopened:
    """What a person took off, with the reasons it had tripped for, and what stays closed."""

    taken_off: Sequence[Flag]
    kept: Sequence[Flag]


def trip_breakers(ledger: Ledger, *, campaign: Campaign, now: datetime) -> Sequence[str]:
    """Latch the breakers that the mails of seven days call for.

    Returns:
        The reasons.
    """
    reasons = []
    since_then = cache(ledger.questions.outcomes_since)
    of_last = cache(partial(ledger.questions.outcomes_of_last, LAST))
    for signal, name in FLAGS.items():
        overruled = _overruled(ledger, name)
        since = now - WEEK if overruled is None else max(now - WEEK, overruled)
        day = max(since, now - timedelta(days=1))
        reason = tripped(
            signal,
            since_then(since),
            of_last(since=since),
            since_then(day),
            campaign.breakers,
        )
        if reason is not None:
            ledger.flags.raise_flag(name, reason=reason, actor="engagement", now=now)
            reasons.append(reason)
    return reasons


def trip_on_streak(ledger: Ledger, *, campaign: Campaign, now: datetime) -> str | None:
    """Latch sending when request after request brings no acceptance.

    Returns:
        The reason.
    """
    limits = campaign.breakers
    last = ledger.sends.last_states(limits.unclear_in_a_row, since=_overruled(ledger, FlagName.UNCLEAR))
    reason = unclear_streak(last, limits)
    if reason is not None:
        ledger.flags.raise_flag(FlagName.UNCLEAR, reason=reason, actor="sender", now=now)
    return reason


def reopen(ledger: Ledger, *, actor: str, now: datetime) -> Reopened:
    """Take off the pause and every latched breaker but the gate, in the operator's name."""
    taken_off = []
    for flag in ledger.flags.raised():
        if flag.name == FlagName.GATE:
            continue
        ledger.flags.stamp(f"overruled.{flag.name}", at=now, detail=actor)
        if ledger.flags.lower_flag(FlagName(flag.name), reason="resumed", actor=actor, now=now):
            taken_off.append(flag)
    return Reopened(taken_off, [flag for flag in ledger.flags.raised() if flag.name == FlagName.GATE])


def _overruled(ledger: Ledger, name: FlagName) -> datetime | None:
    """When the operator last took it off: mails before that were looked at by a person."""
    stamped = ledger.flags.stamped(f"overruled.{name}")
    return None if stamped is None else stamped[0]

"""Whether a prepared mail may leave now: every guard in one pure decision (rules A1, A5, A9, A10; I2, I3, I4, I7).

The ledger calls `may_send` inside the intent transaction with facts read in that transaction. What must hold: no path
to a recipient goes around this function.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.business_hours import BusinessHours, sendable
from rules.holidays_calendar import HolidayCalendar
from rules.place.zones import Zones


class SendState(StrEnum):
    """Where a send stands (design 6). ``unknown`` is never sent again."""

    READY = "ready"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    PRESUMED = "presumed"
    CANCELLED = "cancelled"


HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)

COUNTED = (SendState.SENDING, SendState.ACCEPTED, SendState.UNKNOWN, SendState.PRESUMED)
"""States whose request may have reached the provider: they use up caps (invariant I7)."""


class Answer(StrEnum):
    """The decision's three forms."""

    GO = "go"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Decision:
    """Go, later (with the moment to look again) or never, and the reason."""

    answer: Answer
    reason: str
    retry_at: datetime | None = None

    @classmethod
    def go(cls) -> "Decision":
        """Send it."""
        return cls(Answer.GO, "every guard allows it")

    @classmethod
    def later(cls, reason: str, retry_at: datetime | None) -> "Decision":
        """Not now."""
        return cls(Answer.LATER, reason, retry_at)

    @classmethod
    def never(cls, reason: str) -> "Decision":
        """Not at all: the send is cancelled with this reason."""
        return cls(Answer.NEVER, reason)


@dataclass(frozen=True, slots=True)
class SendFacts:
    """What the ledger knows inside the intent transaction.

    Attributes:
        suppressed: Why the address or its company must not be mailed, or ``None``.
        suppressed_until: When a passing suppression (out of office, company pause) ends.
        halted: The open breaker, pause or gate with its reason, or ``None``.
        content_matches: Whether subject and text still hash to what was approved.
        in_last_hour: Counted sends of the last 60 minutes.
        today: Counted sends of the operator's day.
        company_today: Counted sends to the same company on that day.
        ready_at: When the mail was written.
        company_last: When the company's latest counted send was decided, on any day.
        resumed_at: When a switch that stops sending was last taken off.
        since_resumed: Counted sends since then, of the last 60 minutes.
    """

    now: datetime
    places: Zones
    suppressed: str | None
    suppressed_until: datetime | None
    halted: str | None
    content_matches: bool
    in_last_hour: int
    today: int
    company_today: int
    ready_at: datetime
    company_last: datetime | None = None
    resumed_at: datetime | None = None
    since_resumed: int = 0


@dataclass(frozen=True, slots=True)
class SendPolicy:
    """The limits of this moment, from the configuration."""

    hours: BusinessHours
    holidays: HolidayCalendar
    hour_cap: int
    day_cap: int
    company_cap: int
    next_day: datetime
    company_gap: timedelta = timedelta()
    """Time between two mails to one company."""
    max_lateness: timedelta = timedelta(hours=48)
    """A mail written longer ago than this is stale: its slot is planned anew, it is not sent in a burst."""


def opened(hour_cap: int, since: timedelta) -> int:
    """How many of the hour's mails may be asked for so long after a stop: a quarter more every quarter of an hour."""
    quarters = min(4, since // QUARTER + 1)
    return -(-hour_cap * quarters // 4)


def may_send(facts: SendFacts, policy: SendPolicy) -> Decision:
    """Decide; the cheapest and most final guards come first. Raises nothing."""
    if facts.halted:
        return Decision.later(facts.halted, None)
    if facts.suppressed and facts.suppressed_until:
        return Decision.later(facts.suppressed, facts.suppressed_until)
    if facts.suppressed:
        return Decision.never(facts.suppressed)
    if not facts.content_matches:
        return Decision.never("what would go out is not what was approved")
    if facts.now - facts.ready_at > policy.max_lateness:
        return Decision.never("the draft is stale: its slot passed")
    if facts.today >= policy.day_cap:
        return Decision.later(f"the day's cap of {policy.day_cap} is reached", policy.next_day)
    if facts.in_last_hour >= policy.hour_cap:
        return Decision.later(f"the hour's cap of {policy.hour_cap} is reached", facts.now + timedelta(minutes=10))
    if (quarter_at := _held_back(facts, policy)) is not None:
        return Decision.later("sending was resumed: the hour's cap opens a quarter at a time", quarter_at)
    if facts.company_today >= policy.company_cap:
        return Decision.later(f"the company's cap of {policy.company_cap} a day is reached", policy.next_day)
    if facts.company_last is not None and facts.now - facts.company_last < policy.company_gap:
        return Decision.later("a colleague was written to just now", facts.company_last + policy.company_gap)
    window = sendable(facts.now, facts.places, policy.hours, policy.holidays)
    if not window.allowed:
        return Decision.later(window.reason, window.retry_at)
    return Decision.go()


def _held_back(facts: SendFacts, policy: SendPolicy) -> datetime | None:
    """When the next quarter opens after a stop, if this one is used up: a resumed campaign does not burst."""
    if facts.resumed_at is None or not timedelta() <= facts.now - facts.resumed_at < HOUR:
        return None
    since = facts.now - facts.resumed_at
    if facts.since_resumed < opened(policy.hour_cap, since):
        return None
    return facts.resumed_at + (since // QUARTER + 1) * QUARTER


@dataclass(frozen=True, slots=True)
class SuppressionFact:
    """One suppression row: its reason, and until when it holds (``None``: for good)."""

    reason: str
    until: datetime | None


def strongest(facts: Sequence[SuppressionFact], now: datetime) -> SuppressionFact | None:
    """The suppression that counts: one for good before one that passes, the latest end before an earlier one."""
    live = [fact for fact in facts if fact.until is None or fact.until > now]
    if not live:
        return None
    for fact in live:
        if fact.until is None:
            return fact
    return max(live, key=lambda fact: fact.until or now)

"""What the provider says became of the mails: pulled in bulk, keyed by content, applied as suppressions (A2, I6)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from resources.clock.gateway import Clock
from resources.ledger.event_rows import EventRow, EventSource
from resources.ledger.ledger import Ledger
from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.mail_provider.gateway import BlockedContact, MailProvider, ProviderEvent
from rules.addresses import normalise_address
from rules.campaign import Campaign
from rules.engagement import STOPS
from rules.hashing import address_hash
from stages.breakers import trip_breakers
from stages.event_batch import event_rows
from stages.unknowns import settle_unknowns

EVENTS_STAMP = "events.read"
REPLIES_STAMP = "replies.read"
OVERLAP_DAYS = 2
"""Days read again: events come late, and the provider's days are not ours."""
LONGEST_RANGE = 88
"""Days back that a comparison of counts may reach: with today and tomorrow the provider's 90."""
SPAN_DAYS = 30
"""Days of one listing: at 500 mails a day some 60,000 events, 12 pages, and about 100 MB while they are applied."""
PROVIDER, STATISTICS = "brevo", "statistics"


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying events changed: how many were told, new, better copies of known ones; suppressions; event days."""

    told: int = 0
    new: int = 0
    improved: int = 0
    suppressed: int = 0
    days: frozenset[str] = frozenset()

    def __add__(self, other: "Applied") -> "Applied":
        return Applied(
            self.told + other.told, self.new + other.new, self.improved + other.improved,
            self.suppressed + other.suppressed, self.days | other.days,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class EngagementReport:
    """What a look brought.

    Attributes:
        read: Events the provider told.
        new: Of these, those we did not know.
        suppressed: Suppressions added.
        looked_up: Unknown outcomes of sends that were looked up.
        days: Event days that changed.
        requests: Requests it took, of all rate pools.
        deferred: Why the provider was not (or not wholly) asked, ``None`` if it was.
    """

    read: int
    new: int
    suppressed: int
    looked_up: int
    days: tuple[str, ...]
    requests: int = 0
    deferred: str | None = None


async def pull_events(
    provider: MailProvider,
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    pepper: str,
) -> EngagementReport:
    """Read every event since the last look, with overlap, and the blocked contacts; apply both.

    Raises:
        ServiceFailure: A listing failed. Ranges read before it are applied, which repeating changes nothing about; the
            stamp stays where it was.
    """
    now = clock.now()
    first = unheard_since(ledger, EVENTS_STAMP, now=now)
    before = sum(provider.calls().values())
    applied, deferred = await read_range(
        provider, first, now.date() + timedelta(days=1), ledger=ledger, campaign=campaign, clock=clock, pepper=pepper
    )
    if deferred is None:
        blocked = await provider.blocked(first)
        applied += apply_events((), blocked, ledger=ledger, campaign=campaign, now=now, pepper=pepper)
        ledger.flags.stamp(EVENTS_STAMP, at=now, detail=f"{applied.told} read, {applied.new} new")
    looked_up = settle_unknowns(ledger, now=now, asked=deferred is None)
    trip_breakers(ledger, campaign=campaign, now=now)
    return EngagementReport(
        applied.told, applied.new, applied.suppressed, looked_up, tuple(sorted(applied.days)),
        requests=sum(provider.calls().values()) - before, deferred=deferred,
    )  # fmt: skip


async def read_range(
    provider: MailProvider,
    first: date,
    last: date,
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    pepper: str,
) -> tuple[Applied, str | None]:
    """Read the events of a range of account days, in as few listings as memory allows, and apply each listing.

    The hour's calls are counted in the ledger, where every process sees them; a listing that would begin without an
    allowance is left for later.

    Returns:
        What changed, and why the range was not read to its end (``None`` if it was).
    """
    applied = Applied()
    for start, end in spans(first, last):
        now = clock.now()
        used = ledger.api_calls.used(PROVIDER, STATISTICS, now=now)
        if used >= campaign.ears.statistics_calls_per_hour:
            return applied, f"{used} calls of this hour are used up; the days from {start} on wait for the next one"
        before = Counter(provider.calls())
        try:
            events = await provider.events(start, end)
        finally:
            ledger.api_calls.note(PROVIDER, Counter(provider.calls()) - before, now=now)
        applied += apply_events(events, (), ledger=ledger, campaign=campaign, now=clock.now(), pepper=pepper)
    return applied, None


def spans(first: date, last: date, *, days: int = SPAN_DAYS) -> list[tuple[date, date]]:
    """Cut a range of days into ranges of at most so many days, both ends included."""
    starts = [first + timedelta(days=ahead) for ahead in range(0, (last - first).days + 1, days)]
    return [(start, min(start + timedelta(days=days - 1), last)) for start in starts]


def unheard_since(ledger: Ledger, stamp: str, *, now: datetime) -> date:
    """The first day to read: before the last look with overlap, else before the first mail of all."""
    last = ledger.flags.stamped(stamp)
    heard = last[0] if last else ledger.questions.first_intent() or now
    return heard.date() - timedelta(days=OVERLAP_DAYS)


def apply_events(
    events: Sequence[ProviderEvent],
    blocked: Sequence[BlockedContact],
    *,
    ledger: Ledger,
    campaign: Campaign,
    now: datetime,
    pepper: str,
    source: EventSource = EventSource.POLL,
) -> Applied:
    """Suppress whom events and blocked contacts stop, give mails the ids their events carry, then store the events.

    In this order, and from every event told and not only the new ones: a run that dies in between is repeated whole,
    and an event that is known but not yet obeyed cannot be (I2, I6). Repeating adds nothing.
    """
    rows = event_rows(events, zone=campaign.zone, pepper=pepper, source=source)
    facts = {row.event_key: _suppression(row) for row in rows if row.kind in STOPS}
    suppressed = ledger.suppressions.add(
        [*facts.values(), *(_blocked(contact, pepper) for contact in blocked)], now=now
    )
    named: dict[str, set[str]] = {}
    for row in rows:
        if row.send_key and row.message_id:
            named.setdefault(row.send_key, set()).add(row.message_id)
    ledger.sends.name_anew(named, now=now)
    merged = ledger.events.merge(rows, now=now)
    changed = {*merged.new, *merged.improved}
    days = frozenset(row.day for row in rows if row.event_key in changed)
    return Applied(len(events), len(merged.new), len(merged.improved), suppressed, days)


def _suppression(row: EventRow) -> Suppression:
    reason, at = SuppressionReason(STOPS[row.kind]), datetime.fromisoformat(row.at)
    return Suppression("address", row.address_hash, reason, at, "provider_event", row.event_key)


def _blocked(contact: BlockedContact, pepper: str) -> Suppression:
    key = address_hash(normalise_address(contact.email), pepper)
    reason = SuppressionReason.UNSUBSCRIBED if "unsubscribed" in contact.reason else SuppressionReason.BLOCKED
    return Suppression("address", key, reason, contact.at, "blocked_contacts", contact.reason)

"""Our count of a day's mails held against the provider's; a difference stops the next sends (invariant I10).

Also how a restored ledger is taken over: what the provider knows is imported first, so that nothing is sent again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from resources.clock.gateway import Clock
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.sends import NewSend
from resources.mail_provider.gateway import EventKind, MailProvider, ProviderEvent
from rules.addresses import normalise_address
from rules.campaign import Campaign
from rules.failures import FailureKind, ServiceFailure
from rules.hashing import address_hash, send_key
from rules.mail import Mail, harmless
from rules.place.zones import UNKNOWN
from stages.days import day_of
from stages.engagement import LONGEST_RANGE, apply_events, pull_events
from stages.leads import all_leads
from stages.settling import ADOPTED_STAMP

SETTLED = timedelta(hours=2)
"""A day is compared this long after it ended in the provider's zone: its books lag behind."""
COMPARED_STAMP = "books.compared"
"""When our books were last held against the provider's, whatever came of it."""
EDGE = timedelta(minutes=1)
"""A mail asked for this shortly before midnight may stand in the provider's books of the next day."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A day's counts and the verdict: ``equal``, ``missing`` (we have more) or ``orphans`` (the provider has more)."""

    day: str
    ours: int
    provider: int
    verdict: str


async def reconcile_days(
    provider: MailProvider,
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    days_back: int = 7,
) -> Sequence[Tally]:
    """Compare the last whole days by count; latch the imbalance breaker on a difference.

    However many nights were missed, every day since the newest that was compared is compared now.

    Unknown outcomes count as possibly sent, and mails around midnight as possibly of the day after: a day with some
    may have up to that many more or fewer at the provider.
    """
    now = clock.now()
    account = await provider.account()
    zone = account_zone(account.timezone)
    last = (now.astimezone(zone) - SETTLED).date() - timedelta(days=1)
    before = {row["day"]: row for row in ledger.keepsakes.tallies()}
    # The campaign's first morning may be the day before where the provider's account is.
    begun = campaign.starts - timedelta(days=1)
    seen = date.fromisoformat(max(before)) if before else begun
    first = max(min(last - timedelta(days=days_back - 1), seen), begun, last - timedelta(days=LONGEST_RANGE))
    if first > last:
        ledger.flags.stamp(COMPARED_STAMP, at=now)
        return []
    theirs = await provider.daily_requests(first, last)
    overruled = ledger.flags.stamped(f"overruled.{FlagName.IMBALANCE}")
    tallies: list[Tally] = []
    wrong: list[Tally] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        ours, least, most = _ours(ledger, day, zone)
        count = theirs.get(day, 0)
        verdict = "equal" if least <= count <= most else ("missing" if count < least else "orphans")
        tally = Tally(day.isoformat(), ours, count, verdict)
        tallies.append(tally)
        known = before.get(tally.day)
        if known is None or (known["ours"], known["provider"], known["verdict"]) != (ours, count, verdict):
            ledger.keepsakes.tally(tally.day, ours=ours, provider=count, verdict=verdict, now=now)
        elif overruled is not None and overruled[0] >= known["at"]:
            continue  # the operator has seen these very numbers and explained them
        if verdict != "equal":
            wrong.append(tally)
    if wrong:
        worst = wrong[-1]
        reason = (
            f"on {worst.day} the ledger counts {worst.ours} mails, the provider {worst.provider}; "
            "see `outbound reconcile`, then `outbound resume` once it is explained"
        )
        ledger.flags.raise_flag(FlagName.IMBALANCE, reason=reason, actor="reconciliation", now=now)
    ledger.flags.stamp(COMPARED_STAMP, at=now)
    return tallies


def account_zone(name: str | None) -> ZoneInfo:
    """The provider account's zone; UTC where it names none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _ours(ledger: Ledger, day: date, zone: ZoneInfo) -> tuple[int, int, int]:
    """Mails of a day by our books, and the least and the most of them that may be in the provider's."""
    start = datetime.combine(day, time(), tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    ours, unsure = ledger.questions.accepted_between(start, end)
    early, _ = ledger.questions.accepted_between(start - EDGE, start)
    late, _ = ledger.questions.accepted_between(end - EDGE, end)
    return ours, ours - late, ours + unsure + early


def _remember_lost(
    events: Sequence[ProviderEvent], *, ledger: Ledger, campaign: Campaign, pepper: str, actor: str
) -> int:
    """Write down mails of this campaign that the ledger has no row of: they left after the backup was made (I1)."""
    people = {lead.address: lead for lead in all_leads(ledger, campaign) if lead.rejected is None}
    lost: dict[str, NewSend] = {}
    message_ids: dict[str, str] = {}
    for event in sorted(events, key=lambda event: event.at):
        key = event.send_key or ""
        address = normalise_address(event.email)
        step = next(
            (name.name for name in campaign.cadence.steps if key == send_key(campaign.id, name.name, address)), None
        )
        if step is None or key in lost or ledger.questions.send_of(key) is not None:
            continue
        person = people.get(address)
        message_ids[key] = event.message_id
        lost[key] = NewSend(
            send_key=key,
            campaign=campaign.id,
            step=step,
            address=address,
            address_hash=address_hash(address, pepper),
            lead_id=person.lead_id if person else "unknown",
            company_key=person.company_key if person else address.partition("@")[2],
            to_name=person.full_name if person else address,
            variant="unknown",
            day=day_of(event.at, campaign.zone),
            places=person.places if person else UNKNOWN,
            mail=_lost_mail(event),
            not_before=event.at,
        )
    return ledger.sends.remember_lost(list(lost.values()), message_ids=message_ids, actor=actor)


async def _withheld(
    provider: MailProvider, events: Sequence[ProviderEvent], first: date, *, now: datetime
) -> date | None:
    """The last day of which the provider's own report counts more mails than its list of events has."""
    zone = account_zone((await provider.account()).timezone)
    counted = await provider.daily_requests(first, now.astimezone(zone).date())
    told = Counter(event.at.astimezone(zone).date() for event in events if event.kind is EventKind.REQUEST)
    return max((day for day, number in counted.items() if told[day] < number), default=None)


def _lost_mail(event: ProviderEvent) -> Mail:
    """The subject as the provider tells it, so that a follow-up answers the mail its reader has; the text is gone."""
    subject = harmless(" ".join(str(event.raw.get("subject") or "").split()))
    return Mail(subject or "Our earlier mail", "The text of this mail was lost with the ledger that had sent it.")


async def adopt_ledger(
    provider: MailProvider,
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    pepper: str,
    actor: str,
    incomplete: bool = False,
) -> int:
    """Import what the provider knows of the last three months, settle sends it already took, and open the gate.

    Sending begins a day later (`stages.settling`): what is still on its way is imported by then.

    Args:
        provider: Who took the mails.
        ledger: What is taken over.
        campaign: The configuration.
        clock: The time.
        pepper: Key of the address hashes.
        actor: Who takes it over.
        incomplete: Whether to make do with fewer mails than the provider counts, as where it keeps its list for less
            time than its report.

    Returns:
        How many sends the ledger had forgotten.

    Raises:
        ServiceFailure: The provider could not be read, or its list is not whole: nothing was taken over.
    """
    now = clock.now()
    first = now.date() - timedelta(days=LONGEST_RANGE)
    events = await provider.events(first, now.date() + timedelta(days=1))
    if not incomplete and (day := await _withheld(provider, events, first, now=now)) is not None:
        raise ServiceFailure.of(
            FailureKind.TRANSIENT, "mail provider", "not_whole",
            f"the provider counts more mails on {day} than it tells of: its list is not whole, and nothing was taken "
            "over; try again in a while, or make do with what it tells (--incomplete)",
        )  # fmt: skip
    blocked = await provider.blocked(first)
    apply_events(events, blocked, ledger=ledger, campaign=campaign, now=now, pepper=pepper)
    forgotten = ledger.sends.remember_accepted(zone=campaign.zone, actor=actor, now=now)
    forgotten += _remember_lost(events, ledger=ledger, campaign=campaign, pepper=pepper, actor=actor)
    ledger.flags.stamp(ADOPTED_STAMP, at=now)
    ledger.adopt(actor=actor, now=now)
    await pull_events(provider, ledger=ledger, campaign=campaign, clock=clock, pepper=pepper)
    return forgotten

"""What the provider says became of the mails: pulled in bulk, keyed by content, applied as suppressions (A2, I6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.events import NewEvent
from resources.ledger.ledger import Ledger
from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.mail_provider.gateway import BlockedContact, MailProvider, ProviderEvent
from rules.addresses import normalise_address
from rules.campaign import Campaign
from rules.engagement import STOPS, event_key
from rules.hashing import address_hash, canonical
from stages.breakers import trip_breakers
from stages.days import day_of
from stages.unknowns import settle_unknowns

EVENTS_STAMP = "events.read"
REPLIES_STAMP = "replies.read"
OVERLAP_DAYS = 2
"""Days read again: events come late, and the provider's days are not ours."""
LONGEST_RANGE = 88
"""Days back that one look may reach: with today and tomorrow the provider's 90."""

EVENT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "event_key": pl.String, "kind": pl.String, "at": pl.Datetime("us", "UTC"),
    "message_id": pl.String, "send_key": pl.String, "lead_id": pl.String, "step": pl.String, "variant": pl.String,
    "reason": pl.String, "link": pl.String, "parked": pl.Boolean, "received_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EngagementReport:
    """Events read and new, suppressions added, unknown outcomes looked up, and the event days that changed."""

    read: int
    new: int
    suppressed: int
    looked_up: int
    days: tuple[str, ...]


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
        ServiceFailure: A listing failed; nothing of it was applied and the stamp stays where it was.
    """
    now = clock.now()
    first = max(unheard_since(ledger, EVENTS_STAMP, now=now), now.date() - timedelta(days=LONGEST_RANGE))
    events = await provider.events(first, now.date() + timedelta(days=1))
    blocked = await provider.blocked(first)
    suppressed, fresh = apply_events(events, blocked, ledger=ledger, campaign=campaign, now=now, pepper=pepper)
    looked_up = settle_unknowns(ledger, now=now)
    trip_breakers(ledger, campaign=campaign, now=now)
    ledger.flags.stamp(EVENTS_STAMP, at=now, detail=f"{len(events)} read, {len(fresh)} new")
    return EngagementReport(
        len(events), len(fresh), suppressed, looked_up, tuple(sorted({event.day for event in fresh}))
    )


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
) -> tuple[int, list[NewEvent]]:
    """Suppress whom events and blocked contacts stop, then store the events.

    In this order, and from every event told and not only the new ones: a run that dies in between is repeated whole,
    and an event that is known but not yet obeyed cannot be (I2, I6). Repeating adds nothing.

    Returns:
        How many suppressions and which events were new.
    """
    kept = [stored(event, campaign, pepper) for event in events]
    facts = [fact for event in kept if (fact := _suppression(event))]
    facts += [_blocked(contact, pepper) for contact in blocked]
    suppressed = ledger.suppressions.add(facts, now=now)
    return suppressed, ledger.events.receive(kept, now=now)


def stored(event: ProviderEvent, campaign: Campaign, pepper: str) -> NewEvent:
    """An event as the ledger keeps it: the address as a keyed hash, the raw item without it."""
    email = normalise_address(event.email)
    raw = {name: value for name, value in event.raw.items() if name not in ("email", "from", "subject")}
    return NewEvent(
        event_key=event_key(message_id=event.message_id, kind=event.kind, at=event.at, email=email, link=event.link),
        day=day_of(event.at, campaign.zone),
        kind=event.kind,
        message_id=event.message_id,
        send_key=event.send_key,
        address_hash=address_hash(email, pepper),
        at=event.at,
        reason=event.reason,
        link=event.link,
        raw=canonical(raw),
    )


def _suppression(event: NewEvent) -> Suppression | None:
    reason = STOPS.get(event.kind)
    if reason is None:
        return None
    return Suppression(
        "address", event.address_hash, SuppressionReason(reason), event.at, "provider_event", event.event_key
    )


def _blocked(contact: BlockedContact, pepper: str) -> Suppression:
    key = address_hash(normalise_address(contact.email), pepper)
    reason = SuppressionReason.UNSUBSCRIBED if "unsubscribed" in contact.reason else SuppressionReason.BLOCKED
    return Suppression("address", key, reason, contact.at, "blocked_contacts", contact.reason)


def event_frame(ledger: Ledger, day: str) -> pl.DataFrame:
    """Rows of the `engagement_events` table for an event day, from the ledger alone."""
    rows = [
        {
            **{name: row.get(name) for name in EVENT_SCHEMA},
            "send_key": row["known_send_key"],
            "parked": row["known_send_key"] is None,
        }
        for row in ledger.events.of_day(day)
    ]
    return pl.DataFrame(rows, schema=EVENT_SCHEMA)

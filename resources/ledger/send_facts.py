"""What the intent transaction knows of a send when it decides: read inside it, so that nothing slips in between.

What must hold: every fact comes from the same transaction that stores the decision (invariants I2, I7).
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from resources.ledger.flags import Stand, stand
from resources.ledger.schema import Moment, record, send, suppression
from rules.hashing import canonical
from rules.mail import Mail
from rules.place.zones import Confidence, Zones
from rules.sending import COUNTED, HOUR, SendFacts, SuppressionFact, strongest

USES_CAPS = (send.c.kind == "outreach") & send.c.state.in_(COUNTED)
_WITHIN_HOUR = select(func.count()).where(USES_CAPS, send.c.intent_at > bindparam("ago", type_=Moment))
_COUNTS = (
    _WITHIN_HOUR.scalar_subquery().label("hour"),
    select(func.count()).where(USES_CAPS, send.c.intent_day == bindparam("day")).scalar_subquery().label("today"),
    _WITHIN_HOUR.where(send.c.intent_at >= bindparam("resumed", type_=Moment)).scalar_subquery().label("since_resumed"),
)
# One statement for each: each is a way to the database and back, for every mail.
_USED = select(*_COUNTS)
# The latest mail to a company is not asked for alone: SQLite would go through all mails, from the newest back, for one.
_OF_COMPANY = select(
    func.count().filter(send.c.intent_day == bindparam("day")).label("today"),
    func.max(send.c.intent_at, type_=Moment).label("latest"),
    select(record.c.barred).where(record.c.record_id == bindparam("lead")).scalar_subquery().label("barred"),
).where(USES_CAPS, send.c.company_key == bindparam("company"))
_SUPPRESSED = select(suppression.c.reason, suppression.c.until).where(
    suppression.c.key.in_((bindparam("address"), bindparam("company"))), suppression.c.lifted_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Sends that use up caps: of the last 60 minutes, of the day, and of those minutes since a switch went off."""

    hour: int
    today: int
    since_resumed: int
    resumed_at: datetime | None


def places_text(places: Zones) -> str:
    """Zones as stored."""
    return canonical(
        {
            "candidates": list(places.candidates),
            "confidence": str(places.confidence),
            "how": places.how,
            "country": places.country,
            "subdivision": places.subdivision,
        }
    )


def places_from(text: str) -> Zones:
    """Zones from their stored form."""
    parts = json.loads(text)
    return Zones(
        candidates=tuple(parts["candidates"]),
        confidence=Confidence(parts["confidence"]),
        how=parts["how"],
        country=parts["country"],
        subdivision=parts["subdivision"],
    )


def counts_of(connection: Connection, switches: Stand, *, now: datetime, day: str) -> Counts:
    """What is used up of the caps, in the caller's transaction."""
    asked = {"ago": now - HOUR, "resumed": switches.resumed_at, "day": day}
    return Counts(*connection.execute(_USED, asked).one(), switches.resumed_at)


def facts_of(connection: Connection, row: RowMapping, *, now: datetime, day: str, approved: str) -> SendFacts:
    """Everything `rules.sending.may_send` asks for.

    Args:
        connection: The open transaction.
        row: The send.
        now: The moment.
        day: The operator's day.
        approved: The hash of what would go out.
    """
    company_key = row["company_key"]
    switches = stand(connection)
    used = counts_of(connection, switches, now=now, day=day)
    theirs = connection.execute(_OF_COMPANY, {"day": day, "company": company_key, "lead": row["lead_id"]}).one()
    suppressions = connection.execute(_SUPPRESSED, {"address": row["address_hash"], "company": company_key}).all()
    known = [SuppressionFact(reason, until) for reason, until in suppressions]
    if theirs.barred:
        known.append(SuppressionFact("the operator set do-not-contact", None))
    fact = strongest(known, now)
    stored = Mail(row["subject"], row["body"]).digest
    return SendFacts(
        now=now,
        places=places_from(row["places"]),
        suppressed=fact.reason if fact else None,
        suppressed_until=fact.until if fact else None,
        halted=switches.halted,
        content_matches=stored == row["content_hash"] == approved,
        in_last_hour=used.hour,
        today=used.today,
        company_today=theirs.today,
        company_last=theirs.latest,
        resumed_at=used.resumed_at,
        since_resumed=used.since_resumed,
        ready_at=row["ready_at"],
    )

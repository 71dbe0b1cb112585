"""What the intent transaction knows of a send when it decides: read inside it, so that nothing slips in between.

What must hold: every fact comes from the same transaction that stores the decision (invariants I2, I7).
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from resources.ledger.flags import Stand, stand
from resources.ledger.schema import Moment, record, send, suppression
from rules.hashing import canonical
from rules.mail import Mail
from rules.place.zones import Confidence, Zones
from rules.sending import COUNTED, HOUR, SendFacts, SuppressionFact, strongest

USES_CAPS = (send.c.kind == "outreach") & send.c.state.in_(COUNTED)


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


def counted(connection: Connection, *where: ColumnElement[bool]) -> int:
    """How many sends use up caps (invariant I7)."""
    return connection.execute(select(func.count()).where(USES_CAPS, *where)).scalar_one()


def counts_of(connection: Connection, switches: Stand, *, now: datetime, day: str) -> Counts:
    """What is used up of the caps, in the caller's transaction."""
    hour = send.c.intent_at > now - HOUR
    resumed = switches.resumed_at
    return Counts(
        hour=counted(connection, hour),
        today=counted(connection, send.c.intent_day == day),
        since_resumed=counted(connection, hour, send.c.intent_at >= resumed) if resumed else 0,
        resumed_at=resumed,
    )


def facts_of(connection: Connection, row: RowMapping, *, now: datetime, day: str, approved: str) -> SendFacts:
    """Everything `rules.sending.may_send` asks for.

    Args:
        connection: The open transaction.
        row: The send.
        now: The moment.
        day: The operator's day.
        approved: The hash of what would go out.
    """
    suppressions = connection.execute(
        select(suppression.c.reason, suppression.c.until).where(
            suppression.c.key.in_((row["address_hash"], row["company_key"])), suppression.c.lifted_at.is_(None)
        )
    ).all()
    known = [SuppressionFact(reason, until) for reason, until in suppressions]
    if connection.execute(select(record.c.barred).where(record.c.record_id == row["lead_id"])).scalar():
        known.append(SuppressionFact("the operator set do-not-contact", None))
    fact = strongest(known, now)
    switches = stand(connection)
    used = counts_of(connection, switches, now=now, day=day)
    company = connection.execute(
        select(
            func.count().filter(send.c.intent_day == day), func.max(send.c.intent_at, type_=Moment)
        ).where(USES_CAPS, send.c.company_key == row["company_key"])
    ).one()  # fmt: skip
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
        company_today=company[0],
        company_last=company[1],
        resumed_at=used.resumed_at,
        since_resumed=used.since_resumed,
        ready_at=row["ready_at"],
    )

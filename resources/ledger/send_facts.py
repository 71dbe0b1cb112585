"""What the intent transaction knows of a send when it decides: read inside it, so that nothing slips in between.

What must hold: every fact comes from the same transaction that stores the decision (invariants I2, I7).
"""

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, select

from resources.ledger.flags import halted
from resources.ledger.schema import send, suppression
from rules.hashing import canonical
from rules.mail import Mail
from rules.place.zones import Confidence, Zones
from rules.sending import COUNTED, SendFacts, SuppressionFact, strongest


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


def facts_of(connection: Connection, row: RowMapping, *, now: datetime, day: str, approved: str) -> SendFacts:
    """Everything `rules.sending.may_send` asks for.

    Args:
        connection: The open transaction.
        row: The send.
        now: The moment.
        day: The operator's day.
        approved: The hash of what would go out.
    """
    counted = (send.c.kind == "outreach") & send.c.state.in_(COUNTED)
    suppressions = connection.execute(
        select(suppression.c.reason, suppression.c.until).where(
            suppression.c.key.in_((row["address_hash"], row["company_key"]))
        )
    ).all()
    fact = strongest([SuppressionFact(reason, until) for reason, until in suppressions], now)
    stored = Mail(row["subject"], row["body"]).digest
    return SendFacts(
        now=now,
        places=places_from(row["places"]),
        suppressed=fact.reason if fact else None,
        suppressed_until=fact.until if fact else None,
        halted=halted(connection),
        content_matches=stored == row["content_hash"] == approved,
        in_last_hour=connection.execute(
            select(func.count()).where(counted, send.c.intent_at > now - timedelta(hours=1))
        ).scalar_one(),
        today=connection.execute(select(func.count()).where(counted, send.c.intent_day == day)).scalar_one(),
        company_today=connection.execute(
            select(func.count()).where(counted, send.c.company_key == row["company_key"], send.c.intent_day == day)
        ).scalar_one(),
        ready_at=row["ready_at"],
    )

"""What a send is before it goes, what a holder of it has, and the one compare-and-set that moves it (design 6).

What must hold: a move happens only from the state and under the epoch that its caller saw (rule A7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from resources.ledger.schema import send
from resources.ledger.send_facts import places_text
from rules.mail import Mail
from rules.place.zones import Zones
from rules.sending import SendState

LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewSend:
    """A mail that passed every quality rule and may be sent once its guards allow it."""

    send_key: str
    campaign: str
    step: str
    address: str
    address_hash: str
    lead_id: str
    company_key: str
    to_name: str
    variant: str
    day: str
    places: Zones
    mail: Mail
    not_before: datetime
    in_reply_to: str | None = None
    kind: str = "outreach"
    prompt: str | None = None
    """The prompt it was written with, where a writer wrote it."""
    allocation: str | None = None
    """The chances the variant was drawn with, as JSON by variant: what a comparison of variants rests on."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A send held by one holder under one epoch, with all that goes on the wire."""

    send_key: str
    epoch: int
    step: str
    lead_id: str
    address: str
    to_name: str
    mail: Mail
    in_reply_to: str | None


def ready_values(item: NewSend, now: datetime) -> dict[str, Any]:
    """A ready send's columns, all but its key and its counters."""
    names = (
        "kind", "campaign", "step", "address", "address_hash", "lead_id", "company_key", "to_name", "variant", "day",
        "in_reply_to", "not_before", "prompt", "allocation",
    )  # fmt: skip
    return {name: getattr(item, name) for name in names} | {
        "places": places_text(item.places),
        "subject": item.mail.subject,
        "body": item.mail.text,
        "content_hash": item.mail.digest,
        "state": SendState.READY,
        "ready_at": now,
        "settled_at": None,
        "reason": None,
    }


def move(
    connection: Connection,
    send_key: str,
    epoch: int,
    before: tuple[SendState, ...],
    values: Mapping[str, Any],
) -> bool:
    """Compare-and-set on state and epoch."""
    moved = connection.execute(
        update(send)
        .where(send.c.send_key == send_key, send.c.epoch == epoch, send.c.state.in_(before))
        .values(**values)
    ).rowcount
    return bool(moved == 1)

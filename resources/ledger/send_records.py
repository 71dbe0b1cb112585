"""What a send is before it goes, what a holder of it has, and the one compare-and-set that moves it (design 6).

What must hold: a move happens only from the state and under the epoch that its caller saw (rule A7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, update

from resources.ledger.schema import send
from resources.ledger.send_facts import places_text
from rules.mail import Mail
from rules.place.zones import Zones
from rules.sending import SendState

LEASE = timedelta(minutes=5)

# Run many times for each mail: a statement that is made once costs half of one that is made anew each time.
_MOVE = update(send).where(
    send.c.send_key == bindparam("the_key"), send.c.epoch == bindparam("the_epoch"),
    send.c.state.in_(bindparam("before", expanding=True)),
)  # fmt: skip


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
    seen = {"the_key": send_key, "the_epoch": epoch, "before": before}
    return bool(connection.execute(_MOVE, {**values, **seen}).rowcount == 1)

"""What an alarm is decided from, counted in the ledger: mails, events and outcomes of the last days.

What must hold: a handful of indexed counts, however long the history is: this is asked every minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from resources.ledger.schema import provider_event, send
from resources.ledger.transactions import Transactions
from rules.sending import COUNTED, SendState

UNKNOWN_FOR = timedelta(hours=2)
PARKED_FOR = timedelta(days=1)
LOOK_BACK = timedelta(days=8)
"""Older parked events were told of for a week; counting them for ever would cost more each day."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Mails sent today and yesterday, events heard in 24 hours, outcomes unknown for hours, events nobody claims."""

    sent_today: int
    sent_before: int
    heard: int
    unknown: int
    parked: int


def watch(transactions: Transactions, *, now: datetime, today: str, yesterday: str) -> Counts:
    """Count.

    Args:
        transactions: The ledger.
        now: The moment.
        today: The operator's day.
        yesterday: The day before it.
    """
    outreach = send.c.kind == "outreach"
    sent = select(func.count()).where(outreach, send.c.state.in_(COUNTED))
    unknown = outreach & (send.c.state == SendState.UNKNOWN) & (send.c.intent_at <= now - UNKNOWN_FOR)
    received = provider_event.c.received_at
    with transactions.read() as connection:
        return Counts(
            sent_today=connection.execute(sent.where(send.c.intent_day == today)).scalar_one(),
            sent_before=connection.execute(sent.where(send.c.intent_day == yesterday)).scalar_one(),
            heard=connection.execute(
                select(func.count()).where(received >= now - timedelta(days=1))
            ).scalar_one(),
            unknown=connection.execute(select(func.count()).where(unknown)).scalar_one(),
            parked=connection.execute(
                select(func.count()).where(
                    received <= now - PARKED_FOR,
                    received > now - LOOK_BACK,
                    ~exists().where(send.c.message_id == provider_event.c.message_id),
                    ~exists().where(send.c.send_key == provider_event.c.send_key),
                )
            ).scalar_one(),
        )  # fmt: skip

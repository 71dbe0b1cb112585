"""Which days a change touched: what has to be projected again, so that a day costs the same whatever came before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from resources.ledger.schema import provider_event, reply, send, work
from resources.ledger.transactions import Transactions


@dataclass(frozen=True, slots=True)
class ChangedDays:
    """Partitions with changes since an instant, sorted.

    Attributes:
        sends: Days of sends that changed.
        events: Days of events that arrived.
        replies: Days of replies that arrived.
        outcomes: Days of events' and replies' sends: the days whose funnel changed.
        work: Days of stage outcomes that changed.
    """

    sends: tuple[str, ...]
    events: tuple[str, ...]
    replies: tuple[str, ...]
    outcomes: tuple[str, ...]
    work: tuple[str, ...]


def changed_days(transactions: Transactions, since: datetime) -> ChangedDays:
    """Ask the ledger which days changed since an instant."""
    moved = or_(send.c.settled_at >= since, send.c.intent_at >= since, send.c.ready_at >= since)
    arrived = provider_event.c.received_at >= since
    answered = reply.c.received_at >= since
    with transactions.read() as connection:
        sends = set(connection.execute(select(send.c.day).where(moved, send.c.kind == "outreach").distinct()).scalars())
        events = set(connection.execute(select(provider_event.c.day).where(arrived).distinct()).scalars())
        replies = set(connection.execute(select(reply.c.day).where(answered).distinct()).scalars())
        outcomes = set(sends)
        for join in (
            select(send.c.day).join(provider_event, provider_event.c.message_id == send.c.message_id).where(arrived),
            select(send.c.day).join(reply, reply.c.send_key == send.c.send_key).where(answered),
        ):
            outcomes.update(connection.execute(join.where(send.c.kind == "outreach").distinct()).scalars())
        days = set(connection.execute(select(work.c.day).where(work.c.at >= since).distinct()).scalars())
    return ChangedDays(*(tuple(sorted(found)) for found in (sends, events, replies, outcomes, days)))

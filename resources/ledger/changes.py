"""Which days a change touched: what has to be projected again, so that a day costs the same whatever came before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select

from resources.ledger.schema import provider_event, reply, send, work
from resources.ledger.transactions import Transactions
from rules.classification.kinds import JUDGED


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
    outreach = send.c.kind == "outreach"
    by_message = provider_event.c.message_id == send.c.message_id
    with transactions.read() as connection:

        def days(*statements: Select[tuple[str]]) -> set[str]:
            return {str(day) for one in statements for day in connection.execute(one.distinct()).scalars()}

        sends = days(select(send.c.day).where(moved, outreach))
        replies = days(select(reply.c.day).where(answered))
        # A send that became known takes its parked events out of the parking place, on whatever day they happened.
        events = days(
            select(provider_event.c.day).where(arrived),
            select(provider_event.c.day).join(send, by_message).where(moved),
        )
        outcomes = sends | days(
            select(send.c.day).join(provider_event, by_message).where(arrived, outreach),
            select(send.c.day).join(reply, reply.c.send_key == send.c.send_key).where(answered, outreach),
        )
        beside = _judged_beside(arrived)
        events |= days(*beside.events)
        outcomes |= days(beside.sends.where(outreach))
        worked = days(select(work.c.day).where(work.c.at >= since))
    return ChangedDays(*(tuple(sorted(found)) for found in (sends, events, replies, outcomes, worked)))


@dataclass(frozen=True, slots=True)
class _Beside:
    """Questions for what is judged together with events that arrived: days of events, and days of mails."""

    events: tuple[Select[tuple[str]], Select[tuple[str]]]
    sends: Select[tuple[str]]


def _judged_beside(arrived: ColumnElement[bool]) -> _Beside:
    """Opens and clicks of one mail, and of one company, are judged together: news of one may change the others."""
    earlier, mail = provider_event.alias("earlier"), send.alias("mail")
    companies = (
        select(mail.c.company_key)
        .join(provider_event, provider_event.c.message_id == mail.c.message_id)
        .where(arrived, provider_event.c.kind.in_(JUDGED))
        .distinct()
        .scalar_subquery()
    )
    of_company = send.c.company_key.in_(companies)
    same_mail = select(earlier.c.day).join(provider_event, provider_event.c.message_id == earlier.c.message_id)
    same_company = select(earlier.c.day).join(send, send.c.message_id == earlier.c.message_id).where(of_company)
    judged = earlier.c.kind.in_(JUDGED)
    return _Beside((same_mail.where(arrived, judged), same_company.where(judged)), select(send.c.day).where(of_company))

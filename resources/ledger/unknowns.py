"""Sends whose outcome nobody knows: found in the provider's events, presumed sent after a day, never sent again (I1).

What must hold: what was asked for once never becomes ready here, whatever is found or not found.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, or_, select, update

from resources.ledger.schema import Moment, provider_event, send
from resources.ledger.transactions import Transactions
from rules.sending import SendState

CHECKS = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=2), timedelta(hours=24))
"""When an unknown outcome is looked for in the provider's events, counted from its intent."""

_EXPIRED = send.c.lease_until < bindparam("now", type_=Moment)
_DEAD = "the sender died during the call"
_FREED = (
    update(send)
    .where(send.c.state == SendState.CLAIMED, _EXPIRED)
    .values(state=SendState.READY, holder=None, lease_until=None)
    .returning(send.c.send_key, send.c.lead_id)
)
_LOST = (
    update(send)
    .where(send.c.state == SendState.SENDING, _EXPIRED)
    .values(state=SendState.UNKNOWN, holder=None, lease_until=None, reason=_DEAD)
    .returning(send.c.send_key, send.c.lead_id)
)

UNSURE = (SendState.UNKNOWN, SendState.PRESUMED, SendState.REJECTED)
"""States that an event of the provider overrules: it has the mail, whatever was believed or said of it."""
_DUE = (
    select(send.c.send_key, send.c.lead_id, send.c.address_hash, send.c.intent_at, send.c.checks)
    .where(
        or_(
            (send.c.state == SendState.UNKNOWN)
            & or_(send.c.next_check_at.is_(None), send.c.next_check_at <= bindparam("now", type_=Moment)),
            send.c.state.in_(UNSURE)
            & select(provider_event.c.tag).where(provider_event.c.tag == send.c.send_key).exists(),
        )
    )
    .order_by(send.c.intent_at, send.c.send_key)
)
_ACCEPTED = select(send.c.send_key, send.c.lead_id, send.c.message_id).where(
    send.c.send_key.in_(bindparam("keys", expanding=True)), send.c.state == SendState.ACCEPTED
)


@dataclass(frozen=True, slots=True)
class UnknownSend:
    """A send whose outcome nobody knows."""

    send_key: str
    lead_id: str
    address_hash: str
    intent_at: datetime
    checks: int


class Unknowns:
    """What is done about outcomes that are missing; a part of `resources.ledger.sends.Sends`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def reap(self, *, now: datetime) -> tuple[int, int]:
        """Free what a dead holder held: claims go back to ready, sendings become unknown, never ready (I1).

        Returns:
            Claims freed, sendings made unknown.
        """
        with self._transactions.write() as (connection, journal):
            freed = connection.execute(_FREED, {"now": now}).all()
            lost = connection.execute(_LOST, {"now": now}).all()
            for row in lost:
                journal.append("send.unknown", row.send_key, at=now, actor="reaper", lead_id=row.lead_id, reason=_DEAD)
        return len(freed), len(lost)

    def unknown_due(self, *, now: datetime) -> list[UnknownSend]:
        """Unknown outcomes whose next look-up has come, and open ones of which an event was heard, whenever that is."""
        with self._transactions.read() as connection:
            return [UnknownSend(*row) for row in connection.execute(_DUE, {"now": now})]

    def looked_up(self, item: UnknownSend, *, message_id: str | None, now: datetime) -> SendState:
        """Record a look-up: found settles it as accepted; not found a day after the intent presumes it sent.

        Returns:
            The state it is in now.
        """
        checks = item.checks + 1
        if message_id is not None:
            values: dict[str, Any] = {"state": SendState.ACCEPTED, "message_id": message_id, "next_check_at": None}
        elif now - item.intent_at >= CHECKS[-1]:
            values = {
                "state": SendState.PRESUMED,
                "next_check_at": None,
                "reason": "no trace after a day: presumed sent",
            }
        else:
            ahead = [item.intent_at + wait for wait in CHECKS if item.intent_at + wait > now]
            values = {"state": SendState.UNKNOWN, "next_check_at": ahead[0]}
        before = (SendState.UNKNOWN,) if message_id is None else UNSURE
        with self._transactions.write() as (connection, journal):
            moved = connection.execute(
                update(send)
                .where(send.c.send_key == item.send_key, send.c.state.in_(before))
                .values(checks=checks, **values)
            ).rowcount
            if moved:
                journal.append(
                    f"send.{values['state']}", item.send_key, at=now, actor="reconciler", lead_id=item.lead_id,
                    checks=checks, message_id=message_id,
                )  # fmt: skip
        return SendState(values["state"])

    def name_anew(self, named: Mapping[str, AbstractSet[str]], *, now: datetime) -> int:
        """Take the message id that the provider's events carry, where its answer to the request had named another.

        Args:
            named: Per send key, the message ids of its events.
            now: The moment.

        Returns:
            How many sends have another id now.
        """
        renamed = 0
        keys = list(named)
        with self._transactions.read() as connection:
            wrong = [
                (row.send_key, row.lead_id, row.message_id)
                for start in range(0, len(keys), 500)
                for row in connection.execute(_ACCEPTED, {"keys": keys[start : start + 500]})
                if row.message_id not in named[row.send_key]
            ]
        if not wrong:
            return 0
        with self._transactions.write() as (connection, journal):
            for key, lead_id, told in wrong:
                right = min(named[key])
                mine = (send.c.send_key == key) & (send.c.message_id == told)
                if connection.execute(update(send).where(mine).values(message_id=right)).rowcount:
                    renamed += 1
                    theirs = (provider_event.c.message_id == told) & (provider_event.c.send_key == key)
                    connection.execute(update(provider_event).where(theirs).values(tag=key))
                    journal.append(
                        "send.renamed", key, at=now, actor="reconciler", lead_id=lead_id, told=told, message_id=right
                    )
        return renamed

    def remember_accepted(self, *, zone: ZoneInfo, actor: str, now: datetime) -> int:
        """Settle as accepted what the provider's events name and this ledger does not know to be gone (a restore).

        Returns:
            How many sends it had forgotten.
        """
        gone = (SendState.ACCEPTED, SendState.PRESUMED)
        forgotten = (
            select(
                send.c.send_key, send.c.lead_id, func.min(provider_event.c.message_id).label("message_id"),
                func.min(provider_event.c.at, type_=Moment).label("at"),
            )
            .join(provider_event, provider_event.c.tag == send.c.send_key)
            .where(send.c.state.not_in(gone))
            .group_by(send.c.send_key, send.c.lead_id)
        )  # fmt: skip
        with self._transactions.write() as (connection, journal):
            rows = connection.execute(forgotten).all()
            for row in rows:
                values = {
                    "state": SendState.ACCEPTED, "message_id": row.message_id, "intent_at": row.at, "settled_at": now,
                    "intent_day": row.at.astimezone(zone).date().isoformat(), "epoch": send.c.epoch + 1,
                    "holder": None, "lease_until": None, "next_check_at": None,
                }  # fmt: skip
                connection.execute(update(send).where(send.c.send_key == row.send_key).values(**values))
                journal.append(
                    "send.accepted", row.send_key, at=now, actor=actor, lead_id=row.lead_id,
                    reason="the provider had it; the ledger had forgotten",
                )  # fmt: skip
        return len(rows)

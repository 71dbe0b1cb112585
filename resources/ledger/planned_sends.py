"""Sends before anybody asks for them: written as ready, withdrawn, or remembered from the provider after a restore.

What must hold: one row per campaign, step and address, and only what was never asked for is written anew (I1).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, update

from resources.ledger.schema import send
from resources.ledger.send_records import NewSend, ready_values
from resources.ledger.transactions import Journal, Transactions
from rules.sending import SendState

_REVIVED = update(send).where(
    send.c.send_key == bindparam("the_key"), send.c.state == SendState.CANCELLED, send.c.intent_at.is_(None)
)


class PlannedSends:
    """Ready and withdrawn sends; a part of `resources.ledger.sends.Sends`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert

    def prepare(self, sends: Sequence[NewSend], *, now: datetime) -> int:
        """Store mails as ready; one that exists for the same campaign, step and address stays as it is.

        The exception is one that was withdrawn before anybody asked for it: nothing of it can have gone out, so it is
        written anew and ready again.

        Returns:
            How many are ready now that were not.
        """
        with self._transactions.write() as (connection, journal):
            return sum(make_ready(connection, journal, self._insert, item, now=now) for item in sends)

    def remember_lost(self, sends: Sequence[NewSend], *, message_ids: Mapping[str, str], actor: str) -> int:
        """Write down mails the provider took and this ledger has no row of: written after the backup it comes from.

        Args:
            sends: One per mail; ``not_before`` is when the provider took it, the content is not known any more.
            message_ids: The provider's message id by send key.
            actor: Who takes the ledger over.

        Returns:
            How many were new. Their people and steps are taken from now on (I1).
        """
        new = self.prepare(sends, now=max((item.not_before for item in sends), default=datetime.now(UTC)))
        with self._transactions.write() as (connection, journal):
            for item in sends:
                moved = connection.execute(
                    update(send)
                    .where(send.c.send_key == item.send_key, send.c.state == SendState.READY, send.c.epoch == 0)
                    .values(
                        state=SendState.ACCEPTED, message_id=message_ids[item.send_key], epoch=1, intent_day=item.day,
                        ready_at=item.not_before, intent_at=item.not_before, settled_at=item.not_before,
                        reason="sent after the backup this ledger was restored from",
                    )
                ).rowcount  # fmt: skip
                if moved:
                    journal.append(
                        "send.accepted", item.send_key, at=item.not_before, actor=actor, lead_id=item.lead_id,
                        reason="sent after the backup this ledger was restored from",
                    )  # fmt: skip
        return new

    def cancel(self, send_keys: Sequence[str], *, reason: str, actor: str, now: datetime) -> int:
        """Withdraw ready sends, with the reason; what is claimed or gone stays."""
        with self._transactions.write() as (connection, journal):
            rows = connection.execute(
                update(send)
                .where(send.c.send_key.in_(send_keys), send.c.state == SendState.READY)
                .values(state=SendState.CANCELLED, reason=reason, settled_at=now)
                .returning(send.c.send_key, send.c.lead_id)
            ).all()
            for row in rows:
                journal.append("send.cancelled", row.send_key, at=now, actor=actor, lead_id=row.lead_id, reason=reason)
        return len(rows)


def make_ready(connection: Connection, journal: Journal, insert: Any, item: NewSend, *, now: datetime) -> bool:
    """Store a mail as ready in the caller's transaction, under the rules of `PlannedSends.prepare`.

    Returns:
        Whether it is ready now and was not.
    """
    values = ready_values(item, now)
    if not connection.execute(_REVIVED, {**values, "the_key": item.send_key}).rowcount:
        fresh = {"send_key": item.send_key, "epoch": 0, "checks": 0, **values}
        if connection.execute(_added(insert), fresh).first() is None:
            return False
    journal.append(
        "send.ready", item.send_key, at=now, actor="drafting", lead_id=item.lead_id,
        step=item.step, variant=item.variant, content=item.mail.digest,
    )  # fmt: skip
    return True


@cache
def _added(insert: Callable[..., Any]) -> Any:
    """The statement that adds a send where there is none, in the engine's own words."""
    return insert(send).on_conflict_do_nothing().returning(send.c.send_key)

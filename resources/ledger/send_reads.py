"""What is asked about sends: which are ready, which were written, how many count against the caps.

What must hold: nothing here changes anything.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from resources.ledger.flags import stand
from resources.ledger.schema import send
from resources.ledger.send_facts import Counts, counts_of
from resources.ledger.transactions import Transactions
from rules.sending import SendState


class SendReads:
    """Reads of the sends; a part of `resources.ledger.sends.Sends`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def rows(self, statement: Select[Any]) -> list[dict[str, Any]]:
        """Read sends with a statement over `resources.ledger.schema.send`."""
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def written(self, send_keys: Sequence[str]) -> set[str]:
        """Of these, the sends that exist and were not withdrawn."""
        found: set[str] = set()
        with self._transactions.read() as connection:
            for start in range(0, len(send_keys), 500):
                mine = send.c.send_key.in_(send_keys[start : start + 500]) & (send.c.state != SendState.CANCELLED)
                found.update(connection.execute(select(send.c.send_key).where(mine)).scalars())
        return found

    def waiting(self) -> bool:
        """Whether anything is ready, held, under way or unknown: whether the sender has anything to look at."""
        open_states = (SendState.READY, SendState.CLAIMED, SendState.SENDING, SendState.UNKNOWN)
        with self._transactions.read() as connection:
            found = connection.execute(select(send.c.send_key).where(send.c.state.in_(open_states)).limit(1)).first()
        return found is not None

    def ever_sent(self) -> bool:
        """Whether any request was ever decided."""
        with self._transactions.read() as connection:
            return (
                connection.execute(select(send.c.send_key).where(send.c.intent_at.is_not(None)).limit(1)).first()
                is not None
            )

    def of_day(self, day: str) -> list[dict[str, Any]]:
        """Every send planned for a day, in key order."""
        return self.rows(select(send).where(send.c.day == day).order_by(send.c.send_key))

    def ready(self, *, now: datetime) -> list[dict[str, Any]]:
        """Ready sends whose time has come, oldest first."""
        statement = select(send).where(
            send.c.state == SendState.READY, send.c.kind == "outreach", send.c.not_before <= now
        )
        return self.rows(statement.order_by(send.c.ready_at, send.c.send_key))

    def counts(self, *, now: datetime, day: str) -> Counts:
        """What is used up of the caps."""
        with self._transactions.read() as connection:
            return counts_of(connection, stand(connection), now=now, day=day)

    def last_states(self, number: int, *, since: datetime | None) -> list[SendState]:
        """Where the last requests stand, newest first; those still under way and those before an instant left out."""
        asked = (send.c.kind == "outreach") & send.c.intent_at.is_not(None) & (send.c.state != SendState.SENDING)
        if since is not None:
            asked &= send.c.intent_at > since
        statement = select(send.c.state).where(asked).order_by(send.c.intent_at.desc()).limit(number)
        with self._transactions.read() as connection:
            return [SendState(state) for state in connection.execute(statement).scalars()]

"""What a chat command asked for and has not got yet: runs that are wanted, and questions with a button under them.

What must hold: a question is answered once, by the person it was put to, and not after it expired.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from resources.ledger.schema import question_asked, wanted_run
from resources.ledger.transactions import Transactions
from rules.hashing import canonical


@dataclass(frozen=True, slots=True)
class WantedRun:
    """A run of the outreach job that a command asked for: its update id makes it happen once."""

    update_id: int
    kind: str
    number: int


class Chat:
    """Runs wanted and questions asked."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert

    def want(self, run: WantedRun, *, now: datetime) -> None:
        """Remember that a run is wanted; the same update wants it once."""
        with self._transactions.write() as (connection, journal):
            added = connection.execute(
                self._insert(wanted_run)
                .values(update_id=run.update_id, kind=run.kind, number=run.number, at=now)
                .on_conflict_do_nothing()
                .returning(wanted_run.c.update_id)
            ).first()
            if added is not None:
                journal.append(f"chat.{run.kind}", str(run.update_id), at=now, actor="telegram", number=run.number)

    def wanted(self, *, since: datetime) -> list[WantedRun]:
        """Runs that were asked for since an instant, oldest first; starting them is idempotent by update id."""
        statement = select(wanted_run).where(wanted_run.c.at >= since).order_by(wanted_run.c.update_id)
        with self._transactions.read() as connection:
            return [WantedRun(row.update_id, row.kind, row.number) for row in connection.execute(statement)]

    def ask(
        self, nonce: str, action: Mapping[str, Any], *, user_id: int, now: datetime, lasting: timedelta
    ) -> None:  # fmt: skip
        """Put a question: the action happens when this person says yes in time."""
        values = {
            "user_id": user_id, "action": canonical(action), "asked_at": now, "expires_at": now + lasting,
            "answered_at": None,
        }  # fmt: skip
        with self._transactions.write() as (connection, _):
            statement = self._insert(question_asked).values(nonce=nonce, **values)
            connection.execute(statement.on_conflict_do_nothing())

    def answer(self, nonce: str, *, user_id: int, now: datetime) -> Mapping[str, Any] | None:
        """Take an answer, once.

        Returns:
            The action, or ``None`` where nothing is to be done: unknown, answered before, expired, or put to another.
        """
        with self._transactions.write() as (connection, _):
            row = connection.execute(
                update(question_asked)
                .where(
                    question_asked.c.nonce == nonce,
                    question_asked.c.user_id == user_id,
                    question_asked.c.answered_at.is_(None),
                    question_asked.c.expires_at >= now,
                )
                .values(answered_at=now)
                .returning(question_asked.c.action)
            ).first()
        if row is None:
            return None
        action: Mapping[str, Any] = json.loads(row.action)
        return action

"""What the operator is to be told: open alerts with how often they came up, and notes said once.

What must hold: an alert is durable before anybody is told of it, and stays to be told until somebody says that it was;
one that came back a hundred times is one row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from resources.ledger.schema import alert, note
from resources.ledger.transactions import Journal, Transactions
from rules.alarms import Alarm, Severity

OPEN, RESOLVED = "open", "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alarm as the ledger knows it.

    Attributes:
        state: ``open``, or ``resolved`` once nobody reports it any more.
        times: How often it was reported since it opened.
        told_times: That number when the operator was last told, ``None`` for never.
    """

    alarm: Alarm
    state: str
    first_at: datetime
    last_at: datetime
    times: int
    told_at: datetime | None
    told_times: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A message for the operator's chat."""

    key: str
    text: str


class Alerts:
    """The table of alerts and the notes beside it."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert

    def report(self, alarms: Iterable[Alarm], *, now: datetime, within: str | None = None) -> None:
        """Open what is new, count what is known, resolve what is gone.

        Args:
            alarms: What holds now.
            now: When that was looked at.
            within: Prefix of the keys that were looked at: an open alert of these that is not among ``alarms`` is over.
                ``None`` resolves nothing, for alarms that are reported when they happen.
        """
        said = {alarm.key: alarm for alarm in alarms}
        with self._transactions.write() as (connection, journal):
            known = {
                row.key: row for row in connection.execute(select(alert.c.key, alert.c.state, alert.c.times)).all()
            }
            for key, alarm in said.items():
                words = {
                    "severity": alarm.severity, "what": alarm.what, "means": alarm.means, "fix": alarm.fix,
                    "look": alarm.look, "last_at": now,
                }  # fmt: skip
                if key in known and known[key].state == OPEN:
                    counted = {**words, "times": known[key].times + 1}
                    connection.execute(update(alert).where(alert.c.key == key).values(**counted))
                    continue
                opened = {**words, "state": OPEN, "first_at": now, "times": 1, "told_state": None, "told_times": None}
                if key in known:
                    connection.execute(update(alert).where(alert.c.key == key).values(**opened))
                else:
                    connection.execute(self._insert(alert).values(key=key, told_at=None, **opened))
                journal.append("alert.opened", key, at=now, actor="alarms", what=alarm.what[:200])
            if within is None:
                return
            for key, row in known.items():
                if row.state == OPEN and key.startswith(within) and key not in said:
                    _resolve(connection, journal, key, now)

    def resolve(self, keys: Sequence[str], *, now: datetime) -> None:
        """These are over; what was not open stays as it is."""
        with self._transactions.write() as (connection, journal):
            there = alert.c.key.in_(keys) & (alert.c.state == OPEN)
            for row in connection.execute(select(alert.c.key).where(there).order_by(alert.c.key)).all():
                _resolve(connection, journal, row.key, now)

    def to_tell(self, *, now: datetime, every: timedelta) -> list[Alert]:
        """Alerts the operator does not know of: new, or over after having been told; what hurries again after a while.

        Args:
            now: The moment.
            every: After how long an open alert that hurries is told again; the others stand in the digest.
        """
        lasting = and_(alert.c.severity == Severity.PAGE, alert.c.told_at <= now - every)
        news = or_(
            and_(alert.c.state == OPEN, or_(alert.c.told_state.is_(None), lasting)),
            and_(alert.c.state == RESOLVED, alert.c.told_state == OPEN),
        )
        return self._read(news)

    def open(self) -> list[Alert]:
        """Every open alert, oldest first."""
        return self._read(alert.c.state == OPEN)

    def told(self, told: Sequence[Alert], *, now: datetime) -> None:
        """The operator was told of these, as they were when they were read."""
        with self._transactions.write() as (connection, _):
            for one in told:
                values = {"told_state": one.state, "told_at": now, "told_times": one.times}
                connection.execute(update(alert).where(alert.c.key == one.alarm.key).values(**values))

    def leave_note(self, key: str, text: str, *, now: datetime) -> bool:
        """Put a message into the outbox; one with the same key is put there once.

        Returns:
            Whether it is new.
        """
        with self._transactions.write() as (connection, _):
            added = connection.execute(
                self._insert(note)
                .values(note_key=key, text=text, at=now, said_at=None)
                .on_conflict_do_nothing()
                .returning(note.c.note_key)
            ).first()
        return added is not None

    def unsaid(self) -> list[Note]:
        """Notes that wait, oldest first."""
        with self._transactions.read() as connection:
            rows = connection.execute(select(note).where(note.c.said_at.is_(None)).order_by(note.c.at, note.c.note_key))
            return [Note(row.note_key, row.text) for row in rows]

    def said(self, key: str, *, now: datetime) -> None:
        """The note went out."""
        with self._transactions.write() as (connection, _):
            connection.execute(update(note).where(note.c.note_key == key).values(said_at=now))

    def _read(self, condition: Any) -> list[Alert]:
        with self._transactions.read() as connection:
            rows = connection.execute(select(alert).where(condition).order_by(alert.c.first_at, alert.c.key))
            return [
                Alert(
                    Alarm(row.key, Severity(row.severity), row.what, row.means, row.fix, row.look),
                    row.state, row.first_at, row.last_at, row.times, row.told_at, row.told_times,
                )
                for row in rows
            ]  # fmt: skip


def _resolve(connection: Connection, journal: Journal, key: str, now: datetime) -> None:
    connection.execute(update(alert).where(alert.c.key == key).values(state=RESOLVED, last_at=now))
    journal.append("alert.resolved", key, at=now, actor="alarms")

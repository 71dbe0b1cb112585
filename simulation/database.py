"""The ledger of a simulated installation: in memory, watched from inside, cut off wherever its process dies.

What must hold: a commit that returned survives every process, and a transaction whose process died leaves nothing.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from resources.ledger.fake.books import OUTREACH, Books, RowWatcher
from resources.ledger.fake.ledger import FakeLedger
from resources.ledger.in_memory import InMemory
from resources.ledger.ledger import Ledger, Place
from simulation.accidents import Accidents

MACHINE: Final = "machine-1"


class Database(Protocol):
    """What is behind a simulated ledger, seen past the product."""

    def states(self) -> list[tuple[str, int]]:
        """Sends to leads by state, in order of the states."""
        ...

    def in_state(self, *states: str) -> int:
        """How many sends are in one of these states."""
        ...

    def backup(self) -> "Database":
        """A copy."""
        ...

    def restore(self, copy: "Database") -> None:
        """Hold what a copy holds."""
        ...

    def cloned(self, *, campaign: str, machine: str) -> Ledger:
        """A second installation's ledger: a copy of this one, on another machine."""
        ...


class Boundaries(RowWatcher):
    """Every statement that writes, and the end of every transaction, is a place where a process may die."""

    def __init__(self, accidents: Accidents) -> None:
        self._accidents = accidents

    def changed(self, table: str, row: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
        """The recorder writes it down, once it is durable."""
        self._accidents.recorder.row_changed(table, row, before)

    def statement(self, writes: str, text: str, values: Any) -> None:
        """A process may die before it writes."""
        del text, values
        if writes:
            self._accidents.boundary("ledger: ", writes)

    def ending(self) -> None:
        """It may die before what it wrote is durable."""
        self._accidents.boundary("ledger: commit")

    def committed(self) -> None:
        """What was told is durable."""
        self._accidents.recorder.committed()

    def undone(self) -> None:
        """What was told never happened."""
        self._accidents.recorder.rolled_back()

    def ended(self) -> None:
        """The machine may stand still before the process goes on."""
        self._accidents.maybe_suspend()


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a ledger on SQLite."""

    connection: sqlite3.Connection

    def states(self) -> list[tuple[str, int]]:
        """See `Database.states`."""
        rows = self.connection.execute(
            "SELECT state, count(*) FROM send WHERE kind = 'outreach' GROUP BY state ORDER BY state"
        )
        return [(str(state), int(number)) for state, number in rows]

    def in_state(self, *states: str) -> int:
        """See `Database.in_state`."""
        marks = ", ".join("?" * len(states))
        found = self.connection.execute(f"SELECT count(*) FROM send WHERE state IN ({marks})", states)  # noqa: S608 - marks
        return int(found.fetchone()[0])

    def backup(self) -> "Tables":
        """See `Database.backup`."""
        twin = sqlite3.connect(":memory:")
        self.connection.backup(twin)
        return Tables(twin)

    def restore(self, copy: Database) -> None:
        """See `Database.restore`."""
        assert isinstance(copy, Tables), "a ledger is restored from a backup of its own kind"
        copy.connection.backup(self.connection)

    def cloned(self, *, campaign: str, machine: str) -> Ledger:
        """See `Database.cloned`."""
        ledger, transactions = _opened(campaign, machine)
        self.connection.backup(transactions.database)
        return ledger


@dataclass(frozen=True, slots=True)
class Dicts:
    """The dicts of a fake ledger."""

    books: Books

    def states(self) -> list[tuple[str, int]]:
        """See `Database.states`."""
        return sorted(Counter(row["state"] for row in self.books.numbered if row["kind"] == OUTREACH).items())

    def in_state(self, *states: str) -> int:
        """See `Database.in_state`."""
        return sum(len(self.books.by_state[state]) for state in states)

    def backup(self) -> "Dicts":
        """See `Database.backup`."""
        return Dicts(self.books.copied())

    def restore(self, copy: Database) -> None:
        """See `Database.restore`."""
        assert isinstance(copy, Dicts), "a ledger is restored from a backup of its own kind"
        self.books.become(copy.books)

    def cloned(self, *, campaign: str, machine: str) -> Ledger:
        """See `Database.cloned`."""
        return FakeLedger(Place("", None, campaign, machine), self.books.copied())


def open_ledger(*, campaign: str, accidents: Accidents, fakes: bool) -> tuple[Ledger, Database]:
    """Open an empty ledger whose every statement that writes and every commit is a boundary.

    Returns:
        The ledger, and what is behind it for copies and counts.
    """
    watcher = Boundaries(accidents)
    if fakes:
        books = Books()
        books.watcher = watcher
        return FakeLedger(Place("", None, campaign, MACHINE), books), Dicts(books)
    ledger, transactions = _opened(campaign, MACHINE)
    accidents.recorder.watch_ledger(transactions.database)
    transactions.watcher = watcher
    return ledger, Tables(transactions.database)


def _opened(campaign: str, machine: str) -> tuple[Ledger, InMemory]:
    ledger = Ledger.open(Place("sqlite://", None, campaign, machine))
    assert isinstance(ledger.transactions, InMemory), "the simulator's ledger is in memory"
    return ledger, ledger.transactions

"""The ledger of a simulated installation: in memory, watched from inside, cut off wherever its process dies.

What must hold: a commit that returned survives every process, and a transaction whose process died leaves nothing.
"""

import sqlite3
from typing import Any, Final

from resources.ledger.in_memory import InMemory, Watcher
from resources.ledger.ledger import Ledger, Place
from simulation.accidents import Accidents

MACHINE: Final = "machine-1"


class _Boundaries(Watcher):
    """Every statement that writes, and the end of every transaction, is a place where a process may die."""

    def __init__(self, accidents: Accidents) -> None:
        self._accidents = accidents

    def statement(self, writes: str, text: str, values: Any) -> None:
        """A process may die before it writes."""
        del text, values
        if writes:
            self._accidents.boundary(f"ledger: {writes}")

    def ending(self) -> None:
        """It may die before what it wrote is durable."""
        self._accidents.boundary("ledger: commit")

    def committed(self) -> None:
        """What the triggers told is durable."""
        self._accidents.recorder.committed()

    def undone(self) -> None:
        """What the triggers told never happened."""
        self._accidents.recorder.rolled_back()

    def ended(self) -> None:
        """The machine may stand still before the process goes on."""
        self._accidents.maybe_suspend()


def open_ledger(*, campaign: str, accidents: Accidents) -> tuple[Ledger, sqlite3.Connection]:
    """Open an empty ledger whose every statement that writes and every commit is a boundary.

    Returns:
        The ledger, and the database behind it for copies and counts.
    """
    ledger, transactions = _opened(campaign, MACHINE)
    accidents.recorder.watch_ledger(transactions.database)
    transactions.watcher = _Boundaries(accidents)
    return ledger, transactions.database


def cloned(database: sqlite3.Connection, *, campaign: str, machine: str) -> Ledger:
    """A second installation's ledger: a copy of this one, on another machine."""
    ledger, transactions = _opened(campaign, machine)
    database.backup(transactions.database)
    return ledger


def copied(database: sqlite3.Connection) -> sqlite3.Connection:
    """A backup."""
    backup = sqlite3.connect(":memory:")
    database.backup(backup)
    return backup


def _opened(campaign: str, machine: str) -> tuple[Ledger, InMemory]:
    ledger = Ledger.open(Place("sqlite://", None, campaign, machine))
    assert isinstance(ledger.transactions, InMemory), "the simulator's ledger is in memory"
    return ledger, ledger.transactions

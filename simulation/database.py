"""The ledger of a simulated installation: in memory, watched from inside, cut off wherever its process dies.

What must hold: a commit that returned survives every process, and a transaction whose process died leaves nothing.
"""

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from resources.ledger.ledger import Ledger, Place
from simulation.accidents import Accidents

MACHINE: Final = "machine-1"


def open_ledger(witness: Path, *, campaign: str, accidents: Accidents) -> tuple[Ledger, sqlite3.Connection]:
    """Open an empty ledger whose every statement that writes and every commit is a boundary.

    Returns:
        The ledger, and the database behind it for copies and counts.
    """
    ledger = Ledger.open(Place("sqlite://", witness, campaign, MACHINE))
    engine = ledger.transactions.engine
    database = _database(engine)
    accidents.recorder.watch_ledger(database)

    # Before SQLAlchemy's own handling begins: it throws connections away that something unheard-of went through.
    @event.listens_for(engine, "before_execute")
    def _statement(_connection: Any, statement: Any, *_: Any) -> None:
        if statement.is_dml:
            accidents.boundary(f"ledger: {type(statement).__name__.lower()} {statement.table.name}")

    @event.listens_for(engine, "commit")
    def _commit(_connection: Any) -> None:
        accidents.boundary("ledger: commit")
        accidents.recorder.committed()
        accidents.maybe_suspend()

    @event.listens_for(engine, "rollback")
    def _rollback(_connection: Any) -> None:
        accidents.recorder.rolled_back()

    # A process that died at its commit is rolled back by the pool, which tells nobody of a rollback.
    @event.listens_for(engine, "reset")
    def _reset(*_: Any) -> None:
        accidents.recorder.rolled_back()

    return ledger, database


def cloned(database: sqlite3.Connection, witness: Path, *, campaign: str, machine: str) -> Ledger:
    """A second installation's ledger: a copy of this one, on another machine."""
    ledger = Ledger.open(Place("sqlite://", witness, campaign, machine))
    database.backup(_database(ledger.transactions.engine))
    return ledger


def copied(database: sqlite3.Connection) -> sqlite3.Connection:
    """A backup."""
    backup = sqlite3.connect(":memory:")
    database.backup(backup)
    return backup


def _database(engine: Engine) -> sqlite3.Connection:
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection), "the simulator's ledger is SQLite in memory"
    return raw

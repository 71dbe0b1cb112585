"""The ledger in memory, for simulations and tests: the same tables and statements, straight on one connection.

What must hold: it lives as long as its process and serves one task at a time; what a transaction did is there as a
whole or not at all, as in a file (the conformance suite of the ledger runs over it). It can be watched from outside.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, Engine

from resources.ledger.straight import Straight
from resources.ledger.transactions import Head, Journal, LedgerError, Transactions


class Watcher:
    """Sees what a ledger in memory does; whatever a method raises ends the transaction. Here they do nothing."""

    def statement(self, writes: str, text: str, values: Any) -> None:
        """Before a statement: ``insert send`` or the like (empty where it reads), SQLite's text, its values."""

    def ending(self) -> None:
        """Before a transaction ends, a reading one too."""

    def committed(self) -> None:
        """A transaction that wrote is durable."""

    def undone(self) -> None:
        """A transaction that wrote was rolled back."""

    def ended(self) -> None:
        """A transaction is over, and nothing went wrong."""


class InMemory(Transactions):
    """Transactions past SQLAlchemy's connections, which cost more than what SQLite does in memory."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        with engine.connect() as connection:
            database = connection.connection.driver_connection
        assert isinstance(database, sqlite3.Connection), "a ledger in memory is SQLite's"
        self.database = database
        self.watcher = Watcher()
        self._straight = Straight(database, engine.dialect, self._told)
        # It has what the ledger's modules ask of a connection; the conformance suite says so.
        self._connection = cast("Connection", self._straight)

    @property
    def statements_known(self) -> int:
        """How many statements are remembered: those that somebody keeps."""
        return self._straight.known

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, Journal]]:
        """One transaction with its journal; rolls back on any exception."""
        database = self.database
        self._alone()
        database.execute("BEGIN IMMEDIATE")
        try:
            entries = Journal(self._connection)
            yield self._connection, entries
            entries.write()
            self.watcher.ending()
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            self.watcher.undone()
            raise
        self.written = Head(entries.seq, entries.hash)
        self.watcher.committed()
        self.watcher.ended()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view: nobody else runs meanwhile."""
        self._alone()
        yield self._connection
        self.watcher.ending()
        self.watcher.ended()

    def _alone(self) -> None:
        if self.database.in_transaction:
            raise LedgerError("a transaction was begun within another")

    def _told(self, writes: str, text: str, values: Any) -> None:
        self.watcher.statement(writes, text, values)

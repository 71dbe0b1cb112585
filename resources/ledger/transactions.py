"""The ledger's two kinds of transaction, and the journal that each of them extends.

What must hold: writers are serial on both engines (SQLite takes the write lock at BEGIN, Postgres locks the journal's
head row), and a commit that returned has reached the disk (rollback journal with ``synchronous=EXTRA``; Postgres with
``fsync`` and ``synchronous_commit`` on). No schedule and no pool is needed for either.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select, update

from resources.ledger.schema import journal, journal_head, moment_text
from rules.hashing import canonical, chained

READ: Final = "outbound_read"
"""Option of a connection that only reads."""
_HEAD = select(journal_head.c.seq, journal_head.c.hash)
_MOVED_HEAD = update(journal_head)
_ENTRY = insert(journal)


class LedgerError(Exception):
    """The ledger cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Head:
    """The journal's last entry: its number and its hash."""

    seq: int
    hash: str


class Journal:
    """Appends to the hash-chained journal; entries hold opaque ids, never addresses (rule A11)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        head = connection.execute(_HEAD).one()
        self.seq: int = head.seq
        self.hash: str = head.hash
        self._rows: list[dict[str, Any]] = []

    def append(
        self,
        kind: str,
        subject: str,
        *,
        at: datetime,
        actor: str,
        lead_id: str | None = None,
        **detail: Any,
    ) -> None:
        """Add an entry; it is written when the transaction commits."""
        self.seq += 1
        row = {
            "seq": self.seq,
            "at": moment_text(at),
            "kind": kind,
            "subject": subject,
            "lead_id": lead_id,
            "actor": actor,
            "detail": canonical(detail),
        }
        self.hash = chained(self.hash, row)
        self._rows.append({**row, "at": at, "hash": self.hash})

    def write(self) -> None:
        """Write what was appended."""
        if self._rows:
            self._connection.execute(_ENTRY, self._rows)
            self._connection.execute(_MOVED_HEAD, {"seq": self.seq, "hash": self.hash})


class Transactions:
    """The engine with its read and write transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(**{READ: True})
        self.postgres = engine.dialect.name == "postgresql"
        self.insert = _insert_of(postgres=self.postgres)
        self.written: Head | None = None
        """Where the journal stood after this process's last transaction."""

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, Journal]]:
        """One serial, durable transaction with its journal; rolls back on any exception."""
        with self.engine.connect() as connection, connection.begin():
            if self.postgres:
                connection.execute(select(journal_head.c.seq).with_for_update())
            entries = Journal(connection)
            yield connection, entries
            entries.write()
        self.written = Head(entries.seq, entries.hash)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view that blocks no writer for longer than its own statements."""
        with self._reading.connect() as connection, connection.begin():
            yield connection


def _insert_of(*, postgres: bool) -> Any:
    """The engine's own ``insert``, which knows conflicts; loaded when a ledger is opened, not before."""
    if postgres:
        from sqlalchemy.dialects.postgresql import insert as own  # noqa: PLC0415 - as said
    else:
        from sqlalchemy.dialects.sqlite import insert as own  # type: ignore[assignment]  # noqa: PLC0415
    return own


def verify_chain(transactions: Transactions) -> int:
    """Recompute the journal's hash chain.

    Returns:
        The number of entries.

    Raises:
        LedgerError: An entry was changed, removed or inserted, naming the first bad one.
    """
    previous, count = "0" * 64, 0
    with transactions.read() as connection:
        for row in connection.execute(select(journal).order_by(journal.c.seq)).mappings():
            entry: Mapping[str, Any] = {
                "seq": row["seq"],
                "at": moment_text(row["at"]),
                "kind": row["kind"],
                "subject": row["subject"],
                "lead_id": row["lead_id"],
                "actor": row["actor"],
                "detail": row["detail"],
            }
            count += 1
            previous = chained(previous, entry)
            if row["seq"] != count or row["hash"] != previous:
                raise LedgerError(f"the journal is broken at entry {count}: it was changed after it was written")
        head = connection.execute(select(journal_head.c.seq, journal_head.c.hash)).one()
    if (head.seq, head.hash) != (count, previous if count else "0" * 64):
        raise LedgerError(f"the journal ends at entry {count}, but its head says {head.seq}")
    return count

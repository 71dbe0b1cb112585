"""Opening the ledger and its two kinds of transaction.

What must hold: writers are serial on both engines (SQLite takes the write lock at BEGIN, Postgres locks the journal's
head row), and a commit that returned has reached the disk (rollback journal with ``synchronous=EXTRA``; Postgres with
``fsync`` and ``synchronous_commit`` on). No schedule and no pool is needed for either.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import StaticPool

from resources.ledger.migrating import MIGRATED, migrate
from resources.ledger.schema import SCHEMA_VERSION, journal, journal_head, meta, metadata, moment_text
from rules.hashing import canonical, chained

_READ = "outbound_read"
_HEAD = select(journal_head.c.seq, journal_head.c.hash)
_MOVED_HEAD = update(journal_head)
_ENTRY = insert(journal)
BUSY_SECONDS = 30


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
        self._reading = engine.execution_options(**{_READ: True})
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


def open_transactions(url: str) -> Transactions:
    """Open (and on first use create) the ledger.

    Args:
        url: ``sqlite:///path/ledger.db``, ``sqlite://`` (in memory, for simulations) or
            ``postgresql+psycopg://…``.

    Raises:
        LedgerError: The engine is not durable as configured, the file is damaged, or the schema is of another version.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite(url, parsed.database)
    elif parsed.get_backend_name() == "postgresql":
        engine = create_engine(url, pool_pre_ping=True)
    else:
        raise LedgerError(f"a ledger lives in SQLite or Postgres, not in {parsed.get_backend_name()!r}")
    transactions = Transactions(engine)
    try:
        _prepare(transactions)
    except LedgerError:
        engine.dispose()
        raise
    except DBAPIError as error:
        engine.dispose()
        raise LedgerError(f"the ledger at {parsed.render_as_string()} cannot be opened: {error.orig}") from error
    return transactions


def _sqlite(url: str, database: str | None) -> Engine:
    memory = not database or database == ":memory:"
    if memory:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
        _file(engine).parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA cache_size = -131072")  # up to 128 MiB, taken as it is needed
        if not memory:
            cursor.execute("PRAGMA journal_mode = DELETE")
            cursor.execute("PRAGMA synchronous = EXTRA")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Past SQLAlchemy, which has said already that it begins: its own way there takes longer than the statement.
        begin = "BEGIN" if connection.get_execution_options().get(_READ) else "BEGIN IMMEDIATE"
        try:
            connection.connection.cursor().execute(begin).close()
        except sqlite3.Error as error:
            raise OperationalError(begin, None, error) from error

    return engine


def _file(engine: Engine) -> Path:
    """Where SQLite will put the ledger; of a URI (``sqlite:///file:/path?…&uri=true``) its path."""
    (name,), options = engine.dialect.create_connect_args(engine.url)
    return Path(unquote(urlsplit(name).path) if options.get("uri") else name)


def _prepare(transactions: Transactions) -> None:
    with transactions.read() as connection:
        verify_durability(connection, postgres=transactions.postgres)
        exists = transactions.engine.dialect.has_table(connection, meta.name)
    if not exists:
        with _alone(transactions) as connection:
            metadata.create_all(connection)
            if connection.execute(select(journal_head.c.seq)).first() is None:
                connection.execute(insert(journal_head).values(one=1, seq=0, hash="0" * 64))
                connection.execute(insert(meta).values(key="schema_version", value=SCHEMA_VERSION))
    with transactions.read() as connection:
        version = _version(connection)
    if version in MIGRATED:
        with _alone(transactions) as connection:
            if _version(connection) == version:
                migrate(connection, version)
        version = SCHEMA_VERSION
    if version != SCHEMA_VERSION:
        raise LedgerError(
            f"the ledger has schema {version}, this program needs {SCHEMA_VERSION}; "
            "run the release that wrote it (docs/how-to/upgrade.md)"
        )


@contextmanager
def _alone(transactions: Transactions) -> Iterator[Connection]:
    """A transaction for changing tables: no second process does the same beside it."""
    with transactions.engine.connect() as connection, connection.begin():
        if transactions.postgres:
            connection.execute(text("SELECT pg_advisory_xact_lock(20261121)"))
        yield connection


def _version(connection: Connection) -> str:
    return str(connection.execute(select(meta.c.value).where(meta.c.key == "schema_version")).scalar_one())


def verify_durability(connection: Connection, *, postgres: bool) -> None:
    """Ask the engine whether a commit that returned has reached the disk.

    Raises:
        LedgerError: A setting lets it forget; names it.
    """
    if postgres:
        for setting, bad in (("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off")):
            if connection.execute(text(f"SHOW {setting}")).scalar_one() == bad:
                raise LedgerError(f"Postgres runs with {setting}={bad}: a committed send could be forgotten; set it on")
        return
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if mode == "memory":
        return
    level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    if mode != "delete" or level != 3:  # noqa: PLR2004 - 3 is EXTRA
        raise LedgerError(f"the ledger needs journal_mode=delete and synchronous=EXTRA; it has {mode} and {level}")


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

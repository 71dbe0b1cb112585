"""Opening the ledger: its engine, the tables, what an older one lacks, and whether it keeps what it has committed.

What must hold: an engine that could forget a commit is refused (`resources.ledger.transactions` says which those are).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import StaticPool

from resources.ledger.in_memory import InMemory
from resources.ledger.migrating import MIGRATED, migrate
from resources.ledger.schema import SCHEMA_VERSION, journal_head, meta, metadata
from resources.ledger.transactions import READ, LedgerError, Transactions

BUSY_SECONDS: Final = 30


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
    try:
        _prepare(Transactions(engine))
    except LedgerError:
        engine.dispose()
        raise
    except DBAPIError as error:
        engine.dispose()
        raise LedgerError(f"the ledger at {parsed.render_as_string()} cannot be opened: {error.orig}") from error
    return InMemory(engine) if isinstance(engine.pool, StaticPool) else Transactions(engine)


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
        begin = "BEGIN" if connection.get_execution_options().get(READ) else "BEGIN IMMEDIATE"
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

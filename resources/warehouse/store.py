"""The warehouse: one DuckDB file, a table per asset, replaced per partition in one short transaction (design 3).

What must hold: no connection is open during network work, a replacement is seen whole or not at all, and a locked file
is waited for within bounds and then complained about with the name of its holder. Identifiers come from declared
tables only; values travel as parameters or as frames.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import duckdb

LOCK_HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")


class WarehouseLocked(Exception):
    """Another process holds the file; the message says which."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its DuckDB type and one sentence of meaning."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table of the warehouse.

    Attributes:
        name: Also the asset's name.
        columns: In order.
        order: Columns that give rows their order, so that equal content is an equal table.
        partition: The column that holds the partition's day, or ``None`` for a table replaced as a whole.
    """

    name: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    partition: str | None = "day"

    @property
    def ddl(self) -> str:
        """The statement that creates it."""
        columns = ", ".join(f'"{column.name}" {column.type}' for column in self.columns)
        return f'CREATE TABLE IF NOT EXISTS "{self.name}" ({columns})'


def _lacking(connection: "duckdb.DuckDBPyConnection", table: TableSpec) -> list[Column]:
    """Columns that the file's table has not: all of them where there is none."""
    rows = connection.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table.name]).fetchall()
    there = {row[0] for row in rows}
    return [column for column in table.columns if column.name not in there]


def _make(connection: "duckdb.DuckDBPyConnection", table: TableSpec) -> None:
    """Make a table, or add the columns a newer release has: empty until their partitions are made anew."""
    connection.execute(table.ddl)
    for column in _lacking(connection, table):
        connection.execute(f'ALTER TABLE "{table.name}" ADD COLUMN "{column.name}" {column.type}')


class Warehouse:
    """The file. Every call opens it, does one thing and closes it."""

    def __init__(
        self,
        path: Path,
        *,
        wait_seconds: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._wait = wait_seconds
        self._sleep = sleep

    def replace(self, table: TableSpec, frame: pl.DataFrame, *, partition: str | None = None) -> int:
        """Replace a partition (or the whole table) by a frame.

        Args:
            table: Where to.
            frame: Its columns are cast to the table's; missing ones are null.
            partition: The day; required exactly when the table has a partition column.

        Returns:
            The number of rows now in the partition.
        """
        if (partition is None) != (table.partition is None):
            raise ValueError(f"{table.name}: a partition is given exactly when the table has one")
        return self._write(table, frame, None if partition is None else (partition, partition))

    def replace_range(self, table: TableSpec, frame: pl.DataFrame, *, first: str, last: str) -> int:
        """Replace every partition from one day to another by the rows of a frame, in one transaction.

        Returns:
            The number of rows now in the range.
        """
        if table.partition is None:
            raise ValueError(f"{table.name} has no partitions")
        return self._write(table, frame, (first, last))

    def _write(self, table: TableSpec, frame: pl.DataFrame, span: tuple[str, str] | None) -> int:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        present = set(frame.columns)
        picks = ", ".join(
            f'CAST("{column.name}" AS {column.type})' if column.name in present else f"CAST(NULL AS {column.type})"
            for column in table.columns
        )
        ordering = ", ".join(f'"{name}"' for name in table.order)
        with self._beside(frame) as incoming, self._connected() as connection:
            connection.execute("BEGIN")
            _make(connection, table)
            where, values = ("", []) if span is None else (f' WHERE "{table.partition}" BETWEEN ? AND ?', list(span))
            connection.execute(f'DELETE FROM "{table.name}"{where}', values)  # noqa: S608 - declared names only
            if frame.height:
                connection.execute(
                    f'INSERT INTO "{table.name}" ({names}) SELECT {picks} FROM read_parquet(?) ORDER BY {ordering}',  # noqa: S608
                    [str(incoming)],
                )
            connection.execute("COMMIT")
        return frame.height

    def read(self, table: TableSpec, *, partition: str | None = None) -> pl.DataFrame:
        """A table, or one partition of it, in its declared order; empty where nothing was written yet."""
        where, values = ("", []) if partition is None else (f' WHERE "{table.partition}" = ?', [partition])
        ordering = ", ".join(f'"{name}"' for name in table.order)
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        return self.query(
            f'SELECT {names} FROM "{table.name}"{where} ORDER BY {ordering}',  # noqa: S608 - declared names only
            values,
            tables=[table],
        )

    def read_range(self, table: TableSpec, *, first: str, last: str) -> pl.DataFrame:
        """The partitions of a table from one day to another, in one read."""
        ordering = ", ".join(f'"{name}"' for name in (table.partition, *table.order))
        return self.query(
            f'SELECT * FROM "{table.name}" WHERE "{table.partition}" BETWEEN ? AND ? ORDER BY {ordering}',  # noqa: S608 - declared names only
            [first, last],
            tables=[table],
        )

    def query(self, sql: str, values: Sequence[Any] = (), *, tables: Sequence[TableSpec]) -> pl.DataFrame:
        """Run a read; tables that nobody wrote yet are empty rather than missing.

        Args:
            sql: A statement with ``?`` for values.
            values: The values.
            tables: The tables it reads.
        """
        if not self._path.exists():
            with self._connected() as connection:
                for table in tables:
                    _make(connection, table)
        with self._connected(read_only=True) as connection:
            missing = [table for table in tables if _lacking(connection, table)]
            if not missing:
                return _frame(connection, sql, values)
        with self._connected() as connection:
            for table in missing:
                _make(connection, table)
            return _frame(connection, sql, values)

    def erase(self, tables: Sequence[TableSpec], *, lead_ids: Sequence[str], words: Sequence[str]) -> int:
        """Forget people: their rows go, the words that name them go everywhere, and the file is written anew.

        A rebuild from the ledger brings back what may be known of them; nothing of the old file stays on the disk.

        Returns:
            How many rows went.
        """
        if not self._path.exists():
            return 0
        gone = 0
        fresh = self._path.with_suffix(".erasing")
        with self._connected() as connection:
            known = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            for table in (table for table in tables if table.name in known):
                names = {column.name for column in table.columns}
                for column in sorted({"lead_id", "record_id"} & names):
                    statement = f'DELETE FROM "{table.name}" WHERE list_contains(?, "{column}") RETURNING 1'  # noqa: S608 - declared names only
                    gone += len(connection.execute(statement, [list(lead_ids)]).fetchall())
                for column in (column.name for column in table.columns if column.type == "VARCHAR"):
                    for word in words:
                        connection.execute(
                            f'UPDATE "{table.name}" SET "{column}" = regexp_replace("{column}", ?, ?, \'gi\') '  # noqa: S608
                            f'WHERE contains(lower("{column}"), lower(?))',
                            [re.escape(word), "[erased]", word],
                        )
            fresh.unlink(missing_ok=True)
            here = connection.execute("SELECT current_database()").fetchall()[0][0]
            connection.execute(f"ATTACH '{str(fresh).replace(chr(39), chr(39) * 2)}' AS fresh")
            connection.execute(f'COPY FROM DATABASE "{here}" TO fresh')
            connection.execute("DETACH fresh")
        fresh.replace(self._path)
        self._path.with_name(f"{self._path.name}.wal").unlink(missing_ok=True)
        return gone

    @contextmanager
    def _beside(self, frame: pl.DataFrame) -> Iterator[Path]:
        """The frame as a Parquet file for the moment of the insert: DuckDB reads it without a copy in Python."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._path.parent, prefix=".incoming-") as folder:
            path = Path(folder) / "frame.parquet"
            frame.write_parquet(path)
            yield path

    @contextmanager
    def _connected(self, *, read_only: bool = False) -> "Iterator[duckdb.DuckDBPyConnection]":
        connection = self._connect(read_only=read_only)
        try:
            yield connection
        finally:
            connection.close()

    def _connect(self, *, read_only: bool) -> "duckdb.DuckDBPyConnection":
        import duckdb  # noqa: PLC0415 - the code location is loaded at every run, the engine only where it is opened

        self._path.parent.mkdir(parents=True, exist_ok=True)
        waited, pause = 0.0, 0.05
        while True:
            try:
                return duckdb.connect(str(self._path), read_only=read_only)
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise
                if waited >= self._wait:
                    raise WarehouseLocked(self._complaint(str(error), waited)) from error
            self._sleep(pause)
            waited += pause
            pause = min(pause * 1.5, 1.0)

    def _complaint(self, error: str, waited: float) -> str:
        holder = LOCK_HOLDER.search(error)
        who = f"{holder['program']} (process {holder['pid']})" if holder else "another process"
        return (
            f"the warehouse {self._path.name} is held by {who}; waited {waited:.0f} s. "
            "Close that program (a database browser, a notebook), then run again: nothing was lost."
        )


def _frame(connection: "duckdb.DuckDBPyConnection", sql: str, values: Sequence[Any]) -> pl.DataFrame:
    return pl.DataFrame(_Rows(connection.sql(sql, params=list(values))))


@dataclass(frozen=True, slots=True)
class _Rows:
    """A query's rows under a class of ours.

    Polars remembers every class it was given for as long as the process lives, and at its end DuckDB reports each of
    its own classes that somebody holds as leaked.
    """

    relation: "duckdb.DuckDBPyRelation"

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.relation.__arrow_c_stream__(requested_schema)

"""Bringing an older ledger to this release's tables, when it is opened.

What must hold: only additions, in one transaction. A column that is not there is added empty, a table that is not there
is made; nothing is rewritten or dropped, so that a killed migration leaves the old ledger as it was.
"""

from typing import Final

from sqlalchemy import Column, Connection, inspect, text, update
from sqlalchemy.schema import CreateColumn

from resources.ledger.schema import SCHEMA_VERSION, meta, metadata

MIGRATED: Final = ("1",)
"""Versions this release brings forward. Others are refused."""


def migrate(connection: Connection) -> list[str]:
    """Add what is missing and set the version.

    Args:
        connection: Inside a transaction that nobody else can write beside.

    Returns:
        What was added, such as ``send.approved_by``.

    Raises:
        ValueError: A missing column may not be empty, which no addition can satisfy: a fault of the release.
    """
    there = inspect(connection)
    tables = set(there.get_table_names())
    added: list[str] = []
    for table in metadata.sorted_tables:
        if table.name not in tables:
            table.create(connection)
            added.append(table.name)
            continue
        columns = {column["name"] for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name not in columns:
                connection.execute(text(_addition(connection, table.name, column)))
                added.append(f"{table.name}.{column.name}")
        indexes = {index["name"] for index in there.get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in indexes:
                index.create(connection)
    connection.execute(update(meta).where(meta.c.key == "schema_version").values(value=SCHEMA_VERSION))
    return added


def _addition(connection: Connection, table: str, column: Column[object]) -> str:
    if not column.nullable:
        raise ValueError(
            f"{table}.{column.name} is new and may not be empty: rows of an older ledger have no value for it"
        )
    definition = CreateColumn(column).compile(dialect=connection.dialect)
    return f"ALTER TABLE {connection.dialect.identifier_preparer.quote(table)} ADD COLUMN {definition}"

"""Bringing an older ledger to this release's tables, when it is opened.

What must hold: one transaction, so that a killed migration leaves the old ledger as it was. A column that is not there
is added empty, a table that is not there is made, no row and no value is dropped. Keys and tags of events are made new.
"""

from itertools import chain
from typing import Final

from sqlalchemy import Column, Connection, inspect, text, update
from sqlalchemy.schema import CreateColumn

from resources.ledger.schema import SCHEMA_VERSION, meta, metadata
from rules.sending import SendState

_KEY: Final = "replace(replace(substr(at, 3, 17), '-', ''), ':', '') || substr(event_key, 1, 19)"
_KEYS: Final = (
    f"""UPDATE suppression SET evidence = (SELECT {_KEY} FROM provider_event WHERE event_key = suppression.evidence)
    WHERE source = 'provider_event' AND evidence IN (SELECT event_key FROM provider_event)""",  # noqa: S608 - fixed
    f"UPDATE provider_event SET event_key = {_KEY}",  # noqa: S608 - fixed columns only
)
"""Keys of events began with no time before (`rules.engagement.event_keys`): the same event must keep being one row, and
the suppression that was lifted the same fact."""
_TAGS: Final = (
    "DROP INDEX IF EXISTS provider_event_send",
    "DROP INDEX IF EXISTS send_message",
    f"""UPDATE provider_event SET tag = send_key WHERE send_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM send
    WHERE send.send_key = provider_event.send_key AND send.message_id = provider_event.message_id
    AND send.state = '{SendState.ACCEPTED}')""",  # noqa: S608 - a state
)
"""Before version 3 every event was found by the send key it carries; and what two indexes did, two others do."""
_COUNTS: Final = ("DROP INDEX IF EXISTS send_intent_day",)
"""Before version 4 the caps of an hour were counted over every mail that ever went out."""
_ANEW: Final = {"1": _KEYS, "2": _TAGS, "3": _COUNTS}
"""What is rewritten on the way to the version after each."""
MIGRATED: Final = tuple(_ANEW)
"""Versions this release brings forward. Others are refused."""


def migrate(connection: Connection, before: str) -> list[str]:
    """Add what is missing and set the version.

    Args:
        connection: Inside a transaction that nobody else can write beside.
        before: The version it has, one of `MIGRATED`.

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
    for statement in chain.from_iterable(_ANEW[version] for version in MIGRATED if int(version) >= int(before)):
        connection.execute(text(statement))
    connection.execute(update(meta).where(meta.c.key == "schema_version").values(value=SCHEMA_VERSION))
    return added


def _addition(connection: Connection, table: str, column: Column[object]) -> str:
    if not column.nullable:
        raise ValueError(
            f"{table}.{column.name} is new and may not be empty: rows of an older ledger have no value for it"
        )
    definition = CreateColumn(column).compile(dialect=connection.dialect)
    return f"ALTER TABLE {connection.dialect.identifier_preparer.quote(table)} ADD COLUMN {definition}"

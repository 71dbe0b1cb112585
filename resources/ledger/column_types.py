"""What every table of the ledger is made of: one collection of tables, instants as text, words that others wrote.

What must hold: times are UTC text of fixed width, so that order and equality are the same on both engines.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, MetaData, String, Text, TypeDecorator

from rules.hashing import encodable

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware instant, stored as ``2026-11-21T20:44:10.000000Z``."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To text."""
        del dialect
        return None if value is None else moment_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """From text."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


class Words(TypeDecorator[str]):
    """Text that others wrote: what no database can hold (NUL, half a surrogate pair) is replaced, the rest is kept."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To what every engine stores."""
        del dialect
        return None if value is None else encodable(value).replace("\x00", "\ufffd")


def moment_text(value: datetime) -> str:
    """The stored form of an instant.

    Raises:
        ValueError: The instant has no time zone.
    """
    if value.tzinfo is None:
        raise ValueError("the ledger stores aware instants only")
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    return moment.isoformat("T", "microseconds")[:26] + "Z"

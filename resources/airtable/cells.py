"""How values become cells: what Airtable's JSON takes, and what it gives.

What must hold: an instant is written with its offset, always in UTC; a value Airtable has no cell for is refused here.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from resources.airtable.gateway import LeadRecord


def cell(value: Any) -> Any:
    """Return the JSON of a cell; ``None`` empties it.

    Raises:
        ValueError: A naive time.
        TypeError: A value that is no cell.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)  # an enumeration's member is its text
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time must carry its offset")
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [cell(each) for each in value]
    raise TypeError(f"{type(value).__name__} is no cell of Airtable's")


def cells(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a record's fields."""
    return {name: cell(value) for name, value in fields.items()}


def lead_record(item: Mapping[str, Any], names: dict[str, str]) -> LeadRecord:
    """Read a record of a listing.

    Args:
        item: ``{"id", "createdTime", "fields"}``.
        names: Field names seen so far, to keep one copy of each name however many records there are.
    """
    fields = {names.setdefault(name, name): value for name, value in item.get("fields", {}).items()}
    return LeadRecord(record_id=item["id"], created_at=datetime.fromisoformat(item["createdTime"]), fields=fields)

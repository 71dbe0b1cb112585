"""What a cell accepts, what it keeps, and how it is shown.

The one thing that must hold: an empty value is never kept and never shown; without typecast a value of another kind is
refused, as the real service does.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from sandbox.airtable.errors import AirtableRefusal, bad_value, unknown_option
from sandbox.airtable.formula_values import Value, text_of, wire_instant
from sandbox.airtable.schema import NUMBER_TYPES, TEXT_TYPES, Field
from sandbox.world.chance import airtable_id

MAX_TEXT: Final = 100_000
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_COLOURS: Final = ("blueLight2", "cyanLight2", "tealLight2", "greenLight2", "yellowLight2", "orangeLight2", "redLight2")


def accepted(field: Field, value: Any, *, typecast: bool) -> Any:
    """Return what the cell keeps; None clears it.

    Raises:
        AirtableRefusal: 422 for a value the field's type does not take.
    """
    if value is None or (isinstance(value, str | list) and not value):
        return None
    if field.type in TEXT_TYPES:
        return _text(field, value, typecast=typecast)
    if field.type in NUMBER_TYPES:
        return _number(field, value, typecast=typecast)
    reader = _READERS.get(field.type)
    return reader(field, value, typecast) if reader else value


def _text(field: Field, value: Any, *, typecast: bool) -> str:
    if not isinstance(value, str):
        if not typecast:
            raise bad_value(field.name)
        value = text_of(float(value)) if isinstance(value, int | float) else str(value)
    if len(value) > MAX_TEXT:
        raise bad_value(field.name)
    return str(value)


def _number(field: Field, value: Any, *, typecast: bool) -> float | int:
    if isinstance(value, str) and typecast:
        try:
            value = float(value.replace(",", ""))
        except ValueError:
            raise bad_value(field.name) from None
        return int(value) if value == int(value) else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad_value(field.name)
    return value


def _checkbox(field: Field, value: Any, typecast: bool) -> bool | None:
    if isinstance(value, bool):
        return value or None
    if typecast:
        return str(value).strip().lower() in {"1", "true", "yes", "checked", "x"} or None
    raise bad_value(field.name)


def _date(field: Field, value: Any, typecast: bool) -> str:
    if isinstance(value, str) and (_DAY.match(value) or typecast or "T" in value):
        try:
            return date.fromisoformat(value[:10]).isoformat()
        except ValueError:
            pass
    raise bad_value(field.name)


def _instant(field: Field, value: Any, _typecast: bool) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise bad_value(field.name) from None
    return wire_instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _option(field: Field, value: Any, typecast: bool) -> str:
    if not isinstance(value, str):
        raise bad_value(field.name)
    choices = field.options.setdefault("choices", [])
    if any(choice["name"] == value for choice in choices):
        return value
    if not typecast:
        raise unknown_option(value)
    colour = _COLOURS[len(choices) % len(_COLOURS)]
    choices.append({"id": airtable_id("sel", 0, field.id, value), "name": value, "color": colour})
    return value


def _options(field: Field, value: Any, typecast: bool) -> list[str]:
    if isinstance(value, str) and typecast:
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list):
        raise bad_value(field.name)
    return [_option(field, entry, typecast) for entry in dict.fromkeys(value)]


def _list(field: Field, value: Any, _typecast: bool) -> list[Any]:
    if not isinstance(value, list):
        raise bad_value(field.name)
    return value


def _object(field: Field, value: Any, _typecast: bool) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad_value(field.name)
    return value


_READERS: Final[dict[str, Callable[[Field, Any, bool], Any]]] = {
    "checkbox": _checkbox,
    "date": _date,
    "dateTime": _instant,
    "singleSelect": _option,
    "multipleSelects": _options,
    "multipleRecordLinks": _list,
    "multipleAttachments": _list,
    "singleCollaborator": _object,
    "barcode": _object,
}


def as_formula_value(field: Field, value: Any) -> Value:
    """Return a cell as formulas see it: dates become instants, lists of names stay lists."""
    if value is None:
        return None
    if field.type in {"date", "dateTime", "createdTime", "lastModifiedTime"}:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(value, list):
        return [entry if isinstance(entry, str) else str(entry.get("url", "")) for entry in value]
    if isinstance(value, dict):
        return str(value.get("name") or value.get("text") or value.get("email") or "")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def as_string(field: Field, value: Any) -> str:
    """Return a cell for cellFormat=string, as the user interface would show it."""
    shown = as_formula_value(field, value)
    if isinstance(shown, bool):
        return "checked"
    return str(value) if isinstance(shown, datetime) else text_of(shown)


def check_mergeable(field: Field) -> None:
    """Refuse a field an upsert cannot match on.

    Raises:
        AirtableRefusal: 422 INVALID_VALUE_FOR_COLUMN.
    """
    allowed = TEXT_TYPES | {"number", "singleSelect", "multipleSelects", "date"}
    if field.type not in allowed:
        raise AirtableRefusal(422, "INVALID_VALUE_FOR_COLUMN", f'Field "{field.name}" cannot be used to merge on')

"""Values inside formulas: what a cell becomes, what counts as true, how kinds compare.

The one thing that must hold: an empty cell equals the empty string and nothing else that is not empty.
"""

from datetime import UTC, datetime
from typing import Final

Value = str | float | bool | datetime | list[str] | None

ERROR: Final = "#ERROR!"


class FormulaFailure(Exception):
    """A formula that has no value for this record."""


def truthy(value: Value) -> bool:
    """Whether a record with this result is included: not 0, false, "" or empty."""
    if isinstance(value, datetime):
        return True
    return bool(value)


def text_of(value: Value) -> str:
    """Return a value as formulas concatenate it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, datetime):
        return wire_instant(value)
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)


def number_of(value: Value) -> float:
    """Return a value as arithmetic sees it; text that is no number fails."""
    if value is None or value == "":
        return 0.0
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, datetime):
        return value.timestamp() * 1000
    try:
        return float(text_of(value))
    except ValueError as cause:
        raise FormulaFailure("not a number") from cause


def instant_of(value: Value) -> datetime | None:
    """Return a value as an aware instant; text is read as ISO 8601, UTC where it says no zone."""
    if isinstance(value, datetime):
        return value
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise FormulaFailure("not a date")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as cause:
        raise FormulaFailure("not a date") from cause
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def equal(left: Value, right: Value) -> bool:
    """Compare as `=` does: case-sensitive, empty equals "", a checkbox equals 1 or 0."""
    if _empty(left) or _empty(right):
        return _empty(left) and _empty(right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        try:
            return instant_of(left) == instant_of(right)
        except FormulaFailure:
            return False
    if _numeric(left) and _numeric(right):
        return number_of(left) == number_of(right)
    return text_of(left) == text_of(right)


def before(left: Value, right: Value) -> bool:
    """Compare as `<` does, by instant, number or text."""
    if isinstance(left, datetime) or isinstance(right, datetime):
        first, second = instant_of(left), instant_of(right)
        return first is not None and second is not None and first < second
    if (_numeric(left) or _empty(left)) and (_numeric(right) or _empty(right)):
        return number_of(left) < number_of(right)
    return text_of(left) < text_of(right)


def wire_instant(moment: datetime) -> str:
    """Write an instant as the API does: UTC, milliseconds, Z."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _empty(value: Value) -> bool:
    return value is None or (isinstance(value, str | list) and not value)


def _numeric(value: Value) -> bool:
    return isinstance(value, bool | int | float)

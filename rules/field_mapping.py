"""Which of a base's columns is which of our fields: guessed from names and types, for a person to confirm.

What must hold: a column is given to one field at most, and a guess never gives a column of a type its field cannot live
with.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rules.airtable_fields import AirtableFields
from rules.columns import Field, guess_columns
from rules.lead_fields import LEAD_FIELDS
from rules.place.folding import fold

OURS: Mapping[Field, str] = {
    Field.FULL_NAME: "name", Field.FIRST_NAME: "first_name", Field.LAST_NAME: "last_name", Field.TITLE: "title",
    Field.EMAIL: "email", Field.COMPANY: "company", Field.WEBSITE: "website", Field.COUNTRY: "country",
    Field.STATE: "state", Field.CITY: "city", Field.PHONE: "phone", Field.SOURCE: "source",
}  # fmt: skip


class UnknownFieldError(ValueError):
    """A mapping names a field or a column that there is not."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A field and its column.

    Attributes:
        column: Its name in the base.
        there: Whether the base has it; otherwise it is made.
        guessed: Found by something else than the very name that is configured.
    """

    column: str
    there: bool
    guessed: bool = False


def map_fields(
    columns: Mapping[str, str], *, named: AirtableFields, chosen: Mapping[str, str] | None = None
) -> dict[str, Mapped]:
    """Find a column for every field.

    Args:
        columns: The table's columns with their types.
        named: Names as configured, or their defaults.
        chosen: What a person said: our field to the base's column (an existing one, or a new name).

    Raises:
        UnknownFieldError: ``chosen`` names no field of ours, or gives one column to two.
    """
    said = _checked(dict(chosen or {}))
    found: dict[str, Mapped] = {key: Mapped(name, name in columns) for key, name in said.items()}
    for key, name in named.model_dump().items():
        if key not in found and name in columns and name not in _taken(found):
            found[key] = Mapped(name, there=True)
    for key, name in _guesses(columns, named, found).items():
        found[key] = Mapped(name, there=True, guessed=True)
    for key, name in named.model_dump().items():
        if key not in found:
            free = name if name not in _taken(found) else f"{name} (outbound)"
            found[key] = Mapped(free, there=False)
    return {key: found[key] for key in AirtableFields.model_fields}


def _checked(said: dict[str, str]) -> dict[str, str]:
    ours = {fold(key.replace("_", " ")): key for key in AirtableFields.model_fields}
    checked: dict[str, str] = {}
    for name, column in said.items():
        key = ours.get(fold(name.replace("_", " ")))
        if key is None:
            raise UnknownFieldError(f"there is no field {name!r}; the fields are {', '.join(ours.values())}")
        if column in checked.values():
            raise UnknownFieldError(f"the column {column!r} is given to two fields; each column holds one thing")
        checked[key] = column
    return checked


def _guesses(columns: Mapping[str, str], named: AirtableFields, found: Mapping[str, Mapped]) -> dict[str, str]:
    free = [name for name in columns if name not in _taken(found)]
    folded = {fold(name): name for name in reversed(free)}
    guesses = {
        key: folded[fold(name)] for key, name in named.model_dump().items() if key not in found and fold(name) in folded
    }
    rest = [name for name in free if name not in guesses.values()]
    for field, guess in guess_columns(rest).items():
        key = OURS.get(field)
        if key is not None and key not in found and key not in guesses:
            guesses[key] = guess.column
    return {key: name for key, name in guesses.items() if columns[name] in LEAD_FIELDS[key].fits}


def _taken(found: Mapping[str, Mapped]) -> set[str]:
    return {mapped.column for mapped in found.values()}

"""A lead file into the base: rows that can be leads go on, the others are kept with their reason (rules B22, B23).

What must hold: importing a file twice gives the same records once, and no cell can stop the rest of the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resources.airtable.gateway import LeadBase
from rules.addresses import AddressProblem, parse_address
from rules.airtable_fields import AirtableFields
from rules.columns import Field, Guess
from rules.field_mapping import OURS

CELL_LIMIT = 100_000
"""Characters Airtable takes in a text cell."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not imported: its line in the file, the reason, and the row."""

    line: int
    reason: str
    row: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Sorted:
    """A file's rows: those that can be leads, under the base's names, and the refused ones."""

    accepted: tuple[Mapping[str, str], ...]
    refused: tuple[RefusedRow, ...]


def sort_rows(
    rows: Sequence[Mapping[str, str | None]],
    columns: Mapping[Field, Guess],
    *,
    names: AirtableFields,
    source: str,
) -> Sorted:
    """Decide row by row. A malformed address goes on: the base shows the operator what to correct.

    Args:
        rows: Cells by the file's own column names, in file order; the first row is line 2.
        columns: Which column holds what.
        names: The base's field names.
        source: Where the rows come from; with the file's own id it becomes the lead's source.
    """
    accepted: list[Mapping[str, str]] = []
    refused: list[RefusedRow] = []
    seen: dict[str, int] = {}
    for line, row in enumerate(rows, start=2):
        cells = {field: (row.get(guess.column) or "").strip() for field, guess in columns.items()}
        reason = _refusal(cells, seen, line)
        if reason:
            refused.append(RefusedRow(line, reason, row))
            continue
        fields = {getattr(names, ours): cells[field] for field, ours in OURS.items() if cells.get(field)}
        fields.setdefault(names.name, " ".join(cells.get(f, "") for f in (Field.FIRST_NAME, Field.LAST_NAME)).strip())
        own = cells.get(Field.LEAD_ID)
        fields[names.source] = f"{source}#{own}" if own else source
        accepted.append({name: value for name, value in fields.items() if value})
    return Sorted(tuple(accepted), tuple(refused))


def _refusal(cells: Mapping[Field, str], seen: dict[str, int], line: int) -> str | None:
    for field, cell in cells.items():
        if len(cell) > CELL_LIMIT:
            return f"the {field.value} has {len(cell):,} characters; a cell holds {CELL_LIMIT:,}"
        if "\0" in cell:
            return f"the {field.value} holds a NUL byte"
        if cell[:1] in "=@" and cell[1:2].isalpha() and "(" in cell:
            return f"the {field.value} is a spreadsheet formula: {cell[:40]!r}"
    address = cells.get(Field.EMAIL, "")
    if not address:
        return "there is no address"
    parsed = parse_address(address)
    key = address.casefold() if isinstance(parsed, AddressProblem) else parsed.text
    if (first := seen.setdefault(key, line)) != line:
        return f"the same person as line {first}"
    return None


async def import_rows(base: LeadBase, accepted: Sequence[Mapping[str, str]], *, key: str) -> tuple[int, Sequence[str]]:
    """Create or update the records, matched on the address.

    Returns:
        How many were written, and what the base refused with its reasons.
    """
    report = await base.upsert(list(accepted), key=key)
    return len(report.written), [f"row {row}: {reason}" for row, reason in report.rejected.items()]

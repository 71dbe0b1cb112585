"""Filling the leads table from a CSV file.

The one thing that must hold: a cell reaches the table as it stands in the file, mistakes included; cleaning is not the
sandbox's business.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sandbox.airtable.residents import settle_people
from sandbox.airtable.schema import Field, Table
from sandbox.keys import SANDBOX_BASE_ID, SANDBOX_TABLE_ID
from sandbox.world.world import World

SAMPLE: Final = Path(__file__).parent / "data" / "sample_leads.csv"
"""Invented leads on reserved domains, with the mistakes real lists have."""


def load_leads(world: World, path: Path) -> int:
    """Create a record per line and return how many.

    Raises:
        OSError: the file cannot be read.
        ValueError: a column that the table does not have.
    """
    table = world.airtable.bases[SANDBOX_BASE_ID].table_named(SANDBOX_TABLE_ID)
    if table is None:
        raise ValueError("this world's base has no leads table")
    rows = list(_rows(table, path))
    made = world.airtable.create(table, rows, now=world.now, typecast=True)
    settle_people(world, table, made)
    return len(made)


def _rows(table: Table, path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        columns = {name: table.field_named(name) for name in reader.fieldnames or ()}
        unknown = [name for name, column in columns.items() if column is None]
        if unknown:
            raise ValueError(f"{path.name} has columns the table lacks: {', '.join(unknown)}")
        for line in reader:
            yield {name: _cell(columns[name], text) for name, text in line.items() if text}


def _cell(column: Field | None, text: str) -> Any:
    return float(text) if column is not None and column.type == "number" else text

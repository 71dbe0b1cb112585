"""Where the people of a table sit, told to the world.

The one thing that must hold: a lead whose record names a country keeps that country's hours and language.
"""

from collections.abc import Iterable

from sandbox.airtable.schema import Record, Table
from sandbox.world.scene import Scene


def settle_people(scene: Scene, table: Table, records: Iterable[Record]) -> None:
    """Settle everyone whose record has an address and a country; tables without such fields settle nobody."""
    columns = [table.field_named(name) for name in ("Email", "Country", "State")]
    email, country, state = (column.id if column else "" for column in columns)
    if not email or not country:
        return
    for record in records:
        address, place = record.cells.get(email), record.cells.get(country)
        if address and place:
            scene.settle(address, country=place, state=str(record.cells.get(state) or ""))

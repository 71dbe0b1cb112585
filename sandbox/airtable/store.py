"""Writing records: create, update, upsert, delete.

The one thing that must hold: a refused batch changes nothing (while the switch `airtable_atomic` is on), and every
change of a cell leaves its instant, because Last Modified is computed from nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.airtable.cells import accepted, check_mergeable
from sandbox.airtable.errors import AirtableRefusal, computed_field, missing_row, unknown_field, unprocessable
from sandbox.airtable.schema import Base, Record, Table
from sandbox.world.chance import airtable_id

_MERGE_FIELDS = range(1, 4)


@dataclass(frozen=True, slots=True)
class Written:
    """Records in the order of the request, and which of them an upsert created."""

    records: list[Record]
    created: list[str]


@dataclass(slots=True)
class PageIterator:
    """A listing somebody has begun: the ids it walks over and when it was last asked for."""

    table: str
    ids: list[str]
    touched: datetime


@dataclass(slots=True)
class AirtableStore:
    """Every base of the account, the open listings and the calls of the month."""

    seed: int
    bases: dict[str, Base] = field(default_factory=dict)
    iterators: dict[str, PageIterator] = field(default_factory=dict)
    made: int = 0
    month: str = ""
    calls_this_month: int = 0

    def new_id(self, prefix: str) -> str:
        """Return an id nobody has had."""
        self.made += 1
        return airtable_id(prefix, self.seed, self.made)

    def count_call(self, now: datetime) -> int:
        """Count a call in the calendar month of world time and return the month's total."""
        month = f"{now:%Y-%m}"
        if month != self.month:
            self.month, self.calls_this_month = month, 0
        self.calls_this_month += 1
        return self.calls_this_month

    def create(
        self,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        *,
        now: datetime,
        typecast: bool = False,
        atomic: bool = True,
    ) -> list[Record]:
        """Create records in order.

        Raises:
            AirtableRefusal: 422 for an unknown or computed field or a value of the wrong kind.
        """
        if atomic:
            for cells in rows:
                _checked(table, cells, typecast=typecast)
        made: list[Record] = []
        for cells in rows:
            kept = _checked(table, cells, typecast=typecast)
            record = Record(self.new_id("rec"), now)
            _apply(record, kept, now)
            table.records[record.id] = record
            made.append(record)
        return made

    def update(
        self,
        table: Table,
        changes: Sequence[tuple[str, Mapping[str, Any]]],
        *,
        now: datetime,
        typecast: bool = False,
        clear_others: bool = False,
        atomic: bool = True,
    ) -> list[Record]:
        """Change records by id; `clear_others` is PUT, which empties the fields not named.

        Raises:
            AirtableRefusal: 422 ROW_DOES_NOT_EXIST, and as for `create`.
        """
        if atomic:
            for record_id, cells in changes:
                _existing(table, record_id)
                _checked(table, cells, typecast=typecast)
        changed: list[Record] = []
        for record_id, cells in changes:
            record = _existing(table, record_id)
            kept = _checked(table, cells, typecast=typecast)
            if clear_others:
                kept = {entry.id: None for entry in table.fields if not entry.computed} | kept
            _apply(record, kept, now)
            changed.append(record)
        return changed

    def upsert(
        self,
        table: Table,
        rows: Sequence[tuple[str | None, Mapping[str, Any]]],
        *,
        merge_on: Sequence[str],
        now: datetime,
        typecast: bool = False,
        clear_others: bool = False,
    ) -> Written:
        """Update the one record that matches on `merge_on`, create one if none does.

        Raises:
            AirtableRefusal: 422 when more than one record matches, or the merge fields are not usable.
        """
        if len(merge_on) not in _MERGE_FIELDS:
            raise unprocessable("INVALID_REQUEST_UNKNOWN", "fieldsToMergeOn takes one to three fields")
        keys = [_mergeable(table, name) for name in merge_on]
        targets = [record_id or _match(table, cells, keys, typecast=typecast) for record_id, cells in rows]
        for target, (_, cells) in zip(targets, rows, strict=True):
            if target is not None:
                _existing(table, target)
            _checked(table, cells, typecast=typecast)
        written = Written([], [])
        for target, (record_id, cells) in zip(targets, rows, strict=True):
            # An earlier row of this very request may have created the match.
            now_there = target or record_id or _match(table, cells, keys, typecast=typecast)
            if now_there is None:
                record = self.create(table, [cells], now=now, typecast=typecast)[0]
                written.created.append(record.id)
            else:
                change = [(now_there, cells)]
                record = self.update(table, change, now=now, typecast=typecast, clear_others=clear_others)[0]
            written.records.append(record)
        return written

    def delete(self, table: Table, record_ids: Sequence[str]) -> None:
        """Delete records.

        Raises:
            AirtableRefusal: 422 if one of them is not there; then none is deleted.
        """
        for record_id in record_ids:
            _existing(table, record_id)
        for record_id in record_ids:
            del table.records[record_id]


def _existing(table: Table, record_id: str) -> Record:
    record = table.records.get(record_id)
    if record is None:
        raise missing_row(record_id)
    return record


def _checked(table: Table, cells: Mapping[str, Any], *, typecast: bool) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in cells.items():
        column = table.field_named(name)
        if column is None:
            raise unknown_field(name)
        if column.computed:
            raise computed_field(column.name)
        kept[column.id] = accepted(column, value, typecast=typecast)
    return kept


def _apply(record: Record, kept: Mapping[str, Any], now: datetime) -> None:
    for field_id, value in kept.items():
        if record.cells.get(field_id) == value:
            continue  # writing the same value is no modification
        if value is None:
            record.cells.pop(field_id, None)
        else:
            record.cells[field_id] = value
        record.changed[field_id] = now


def _mergeable(table: Table, name: str) -> str:
    column = table.field_named(name)
    if column is None:
        raise unknown_field(name)
    check_mergeable(column)
    return column.id


def _match(table: Table, cells: Mapping[str, Any], keys: Sequence[str], *, typecast: bool) -> str | None:
    wanted = _checked(table, cells, typecast=typecast)
    found = [
        record.id for record in table.records.values() if all(record.cells.get(key) == wanted.get(key) for key in keys)
    ]
    if len(found) > 1:
        raise AirtableRefusal(422, "INVALID_VALUE_FOR_COLUMN", "Cannot update more than one record")
    return found[0] if found else None

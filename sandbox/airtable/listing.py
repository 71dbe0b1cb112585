"""Reading records: filter, order, pages, and the wire form of a record.

The one thing that must hold: an offset stands for one listing and expires; it is never quietly started over.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.airtable.cells import as_formula_value, as_string
from sandbox.airtable.errors import bad_offset, lost_iterator, unknown_field, unknown_view
from sandbox.airtable.formula import bind
from sandbox.airtable.formula_values import Value, wire_instant
from sandbox.airtable.schema import Field, Record, Table
from sandbox.airtable.store import AirtableStore, PageIterator

MAX_PAGE: Final = 100
_OFFSET: Final = re.compile(r"(itr[0-9A-Za-z]{14})/(rec[0-9A-Za-z]{14})\Z")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a listing asks for. `order` is (field, descending)."""

    fields: tuple[str, ...] = ()
    formula: str = ""
    max_records: int | None = None
    page_size: int = MAX_PAGE
    order: tuple[tuple[str, bool], ...] = ()
    view: str = ""
    offset: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """How records are shown: fields by id, cells as text, with the number of comments."""

    by_id: bool = False
    as_text: bool = False
    count_comments: bool = False


PLAIN: Final = Look()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing; `offset` is None on the last."""

    records: list[Record]
    offset: str | None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record seen through its table's columns (by field id), for formulas and for sorting."""

    columns: dict[str, Field]
    record: Record

    @property
    def record_id(self) -> str:
        """The record's id."""
        return self.record.id

    @property
    def created(self) -> datetime:
        """When it was made."""
        return self.record.created

    def value(self, field_id: str) -> Value:
        """Return the cell as formulas see it, computed fields included."""
        column = self.columns[field_id]
        return as_formula_value(column, cell(self.record, column))

    def modified(self, field_ids: tuple[str, ...]) -> datetime:
        """Return when any of the fields last changed; all of them when none is named."""
        return last_modified(self.record, field_ids)


def last_modified(record: Record, field_ids: Iterable[str]) -> datetime:
    """Return the latest change among the fields (all if none is named), or the creation."""
    watched = set(field_ids)
    changes = (at for field_id, at in record.changed.items() if not watched or field_id in watched)
    return max(changes, default=record.created)


def cell(record: Record, column: Field) -> Any:
    """Return a cell's wire value, None when empty."""
    if column.type == "lastModifiedTime":
        return wire_instant(last_modified(record, column.options.get("referencedFieldIds", ())))
    if column.type == "createdTime":
        return wire_instant(record.created)
    return record.cells.get(column.id)


def wire_record(table: Table, record: Record, *, fields: tuple[str, ...] = (), look: Look = PLAIN) -> dict[str, Any]:
    """Return a record as JSON; empty cells are absent.

    Raises:
        AirtableRefusal: 422 UNKNOWN_FIELD_NAME for a wanted field the table lacks.
    """
    for name in fields:
        if table.field_named(name) is None:
            raise unknown_field(name)
    shown: dict[str, Any] = {}
    for column in table.fields:
        if fields and column.name not in fields and column.id not in fields:
            continue
        value = cell(record, column)
        if value is not None:
            shown[column.id if look.by_id else column.name] = as_string(column, value) if look.as_text else value
    body: dict[str, Any] = {"id": record.id, "createdTime": wire_instant(record.created), "fields": shown}
    if look.count_comments:
        body["commentCount"] = len(record.comments)
    return body


def page(
    store: AirtableStore,
    table: Table,
    query: ListQuery,
    *,
    now: datetime,
    iterator_life: timedelta,
    snapshot: bool = True,
) -> Page:
    """Return the page a query asks for.

    Raises:
        AirtableRefusal: 422 for an unknown view or field, a bad formula, a bad or an expired offset.
    """
    if query.offset:
        name, ids, start = _resume(store, table, query, now=now, life=iterator_life, snapshot=snapshot)
    else:
        name, ids, start = "", selected(table, query, now), 0
    end = start + query.page_size
    records = [table.records[record_id] for record_id in ids[start:end] if record_id in table.records]
    if end >= len(ids):
        store.iterators.pop(name, None)
        return Page(records, None)
    name = name or store.new_id("itr")
    store.iterators[name] = PageIterator(table.id, ids, now)
    return Page(records, f"{name}/{ids[end]}")


def selected(table: Table, query: ListQuery, now: datetime) -> list[str]:
    """Return the ids of every record that passes, in order, before paging."""
    columns = {column.id: column for column in table.fields}
    formulas = [bind(formula, table.field_ids()) for formula in _formulas(table, query)]
    named = [formula.only for formula in formulas if formula.only is not None]
    wanted = frozenset.intersection(*named) if named else table.records.keys()
    rows = [RecordRow(columns, record) for record_id, record in table.records.items() if record_id in wanted]
    order = query.order
    for formula in formulas:
        rows = [row for row in rows if formula.passes(row, now)]
    if query.view and not order:
        view = table.view_named(query.view)
        order = tuple(view.order) if view else ()
    for name, descending in reversed(order):
        column = table.field_named(name)
        if column is None:
            raise unknown_field(name)
        rows.sort(key=lambda row, field_id=column.id: _sort_key(row.value(field_id)), reverse=descending)  # type: ignore[misc]  # the default argument binds the loop's column
    return [row.record_id for row in rows][: query.max_records]


def _formulas(table: Table, query: ListQuery) -> list[str]:
    formulas = [query.formula] if query.formula else []
    if query.view:
        view = table.view_named(query.view)
        if view is None:
            raise unknown_view(query.view)
        if view.formula:
            formulas.insert(0, view.formula)
    return formulas


def _sort_key(value: Value) -> tuple[int, float, str]:
    """Empty cells come first, then numbers and instants, then text without regard to case."""
    if value is None or value in ("", []):
        return (0, 0.0, "")
    if isinstance(value, datetime):
        return (1, value.timestamp(), "")
    if isinstance(value, bool | int | float):
        return (1, float(value), "")
    return (2, 0.0, (", ".join(value) if isinstance(value, list) else value).casefold())


def _resume(
    store: AirtableStore, table: Table, query: ListQuery, *, now: datetime, life: timedelta, snapshot: bool
) -> tuple[str, list[str], int]:
    match = _OFFSET.match(query.offset)
    if match is None:
        raise bad_offset(query.offset)
    name, record_id = match.groups()
    iterator = store.iterators.get(name)
    if iterator is None or iterator.table != table.id or now - iterator.touched > life:
        store.iterators.pop(name, None)
        raise lost_iterator()
    iterator.touched = now
    ids = iterator.ids if snapshot else selected(table, query, now)
    return name, ids, ids.index(record_id) if record_id in ids else len(ids)

"""The record endpoints of the Airtable API and the table of all its routes.

The one thing that must hold: ten records per write and a hundred per page, whatever the client asks for.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.airtable import comments, errors, meta
from sandbox.airtable.listing import Look, page, wire_record
from sandbox.airtable.parameters import checked_keys, list_query, shown_as
from sandbox.airtable.reception import Handler, Visit, endpoint
from sandbox.airtable.residents import settle_people
from sandbox.airtable.schema import Record, Table
from sandbox.house import House
from sandbox.wire import Json

MAX_WRITE: Final = 10
_CREATE_KEYS: Final = frozenset({"fields", "records", "typecast", "returnFieldsByFieldId"})
_UPDATE_KEYS: Final = _CREATE_KEYS | {"performUpsert"}


async def list_records(visit: Visit) -> dict[str, Any]:
    """GET a table, or POST listRecords with the same parameters in the body."""
    world, switches = visit.house.world, visit.house.world.switches
    query, look = list_query(visit)
    if query.offset and world.faults.strikes("airtable.iterator_lost", visit.request.url.path):
        raise errors.lost_iterator()
    table = visit.table
    found = page(
        world.airtable,
        table,
        query,
        now=world.now,
        iterator_life=timedelta(minutes=switches.airtable_iterator_minutes),
        snapshot=switches.airtable_snapshot,
    )
    shown = [wire_record(table, record, fields=query.fields, look=look) for record in found.records]
    return {"records": shown} | ({"offset": found.offset} if found.offset else {})


async def get_record(visit: Visit) -> dict[str, Any]:
    """GET one record."""
    return wire_record(visit.table, visit.record, look=shown_as(visit))


async def create_records(visit: Visit) -> dict[str, Any]:
    """POST one record or up to ten."""
    body = checked_keys(visit.body, _CREATE_KEYS)
    rows = [body] if "fields" in body else _entries(body)
    if len(rows) > MAX_WRITE:
        raise errors.too_many_created(len(rows))
    cells = [_cells(row) for row in rows]
    _write_faults(visit, cells)
    table = visit.table
    made = visit.house.world.airtable.create(
        table,
        cells,
        now=visit.house.world.now,
        typecast=bool(body.get("typecast")),
        atomic=visit.house.world.switches.airtable_atomic,
    )
    shown = _shown(visit, table, made, body)
    return shown[0] if "fields" in body else {"records": shown}


async def update_records(visit: Visit) -> dict[str, Any]:
    """PATCH or PUT up to ten records by id, or upsert them by the values of some fields."""
    body = checked_keys(visit.body, _UPDATE_KEYS)
    rows = _entries(body)
    if len(rows) > MAX_WRITE or not all(isinstance(row.get("fields"), dict) for row in rows):
        raise errors.too_many_records()
    if not all(isinstance(row.get("id", ""), str) for row in rows):
        raise errors.too_many_records()
    _write_faults(visit, [row["fields"] for row in rows])
    world, table = visit.house.world, visit.table
    upsert = body.get("performUpsert")
    typecast, clear = bool(body.get("typecast")), visit.request.method == "PUT"
    if upsert is not None:
        pairs = [(row.get("id"), row["fields"]) for row in rows]
        merge_on = upsert.get("fieldsToMergeOn") or []
        written = world.airtable.upsert(
            table, pairs, merge_on=merge_on, now=world.now, typecast=typecast, clear_others=clear
        )
        updated = [record.id for record in written.records if record.id not in written.created]
        shown = _shown(visit, table, written.records, body)
        return {"records": shown, "createdRecords": written.created, "updatedRecords": updated}
    if not all(isinstance(row.get("id"), str) for row in rows):
        raise errors.too_many_records()
    changes = [(row["id"], row["fields"]) for row in rows]
    _vanish(visit, table, changes[0][0])
    atomic = world.switches.airtable_atomic
    changed = world.airtable.update(table, changes, now=world.now, typecast=typecast, clear_others=clear, atomic=atomic)
    return {"records": _shown(visit, table, changed, body)}


async def update_record(visit: Visit) -> dict[str, Any]:
    """PATCH or PUT one record."""
    body = checked_keys(visit.body, _CREATE_KEYS)
    if not isinstance(body.get("fields"), dict):
        raise errors.missing_fields()
    _write_faults(visit, [body["fields"]])
    _vanish(visit, visit.table, visit.request.path_params["record"])
    record, table, world = visit.record, visit.table, visit.house.world
    changed = world.airtable.update(
        table,
        [(record.id, body["fields"])],
        now=world.now,
        typecast=bool(body.get("typecast")),
        clear_others=visit.request.method == "PUT",
    )
    return _shown(visit, table, changed, body)[0]


async def delete_records(visit: Visit) -> dict[str, Any]:
    """DELETE up to ten records named in the query."""
    wanted = visit.request.query_params.getlist("records") + visit.request.query_params.getlist("records[]")
    if not 1 <= len(wanted) <= MAX_WRITE:
        raise errors.too_many_records()
    visit.house.world.airtable.delete(visit.table, wanted)
    return {"records": [{"id": record_id, "deleted": True} for record_id in wanted]}


async def delete_record(visit: Visit) -> dict[str, Any]:
    """DELETE one record."""
    record = visit.record
    visit.house.world.airtable.delete(visit.table, [record.id])
    return {"deleted": True, "id": record.id}


def _entries(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    records = body.get("records")
    if not isinstance(records, list) or not records or not all(isinstance(row, dict) for row in records):
        raise errors.missing_fields()
    return records


def _cells(row: Mapping[str, Any]) -> Mapping[str, Any]:
    cells = row.get("fields")
    if not isinstance(cells, dict):
        raise errors.missing_fields()
    return cells


def _shown(visit: Visit, table: Table, records: list[Record], body: Mapping[str, Any]) -> list[dict[str, Any]]:
    settle_people(visit.house.world, table, records)
    look = Look(by_id=bool(body.get("returnFieldsByFieldId")))
    return [wire_record(table, record, look=look) for record in records]


def _write_faults(visit: Visit, rows: Sequence[Mapping[str, Any]]) -> None:
    faults, subject = visit.house.world.faults, str(rows)
    name, value = next(((name, value) for cells in rows for name, value in cells.items()), ("Email", ""))
    if faults.strikes("airtable.unknown_field", subject):
        raise errors.unknown_field(name)
    if faults.strikes("airtable.unknown_option", subject):
        raise errors.unknown_option(str(value))


def _vanish(visit: Visit, table: Table, record_id: str) -> None:
    if visit.house.world.faults.strikes("airtable.record_vanishes", record_id):
        table.records.pop(record_id, None)


def airtable(house: House) -> Router:
    """Return the whole API under its `/v0` prefix; fixed paths come before those with a base id."""

    def route(path: str, method: str, handler: Handler) -> Route:
        return Route(f"/v0{path}", endpoint(house, handler), methods=[method])

    async def unknown(_request: Request) -> Response:
        return Json(errors.not_found().body, 404)

    table, record = "/{base}/{table}", "/{base}/{table}/{record}"
    return Router(
        routes=[
            *(route(f"/meta{path}", method, handler) for path, method, handler in meta.ROUTES),
            route(f"{table}/listRecords", "POST", list_records),
            *(route(f"{record}{path}", method, handler) for path, method, handler in comments.ROUTES),
            route(table, "GET", list_records),
            route(table, "POST", create_records),
            route(table, "PATCH", update_records),
            route(table, "PUT", update_records),
            route(table, "DELETE", delete_records),
            route(record, "GET", get_record),
            route(record, "PATCH", update_record),
            route(record, "PUT", update_record),
            route(record, "DELETE", delete_record),
            Route("/{path:path}", unknown, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
        ],
        redirect_slashes=False,
    )

"""The meta endpoints: who am I, bases, tables, and making tables and fields.

The one thing that must hold: a field type that only the service can compute cannot be created by a client.
"""

from typing import Any, Final

from sandbox.airtable import errors
from sandbox.airtable.reception import USER, Handler, Visit, lacking
from sandbox.airtable.schema import CREATABLE_TYPES, Field, Table, View
from sandbox.shapes import Shape, misfit
from sandbox.world.chance import airtable_id

MAX_DESCRIPTION: Final = 20_000
MAX_FIELDS: Final = 500
_SCOPES: Final = (
    "data.records:read",
    "data.records:write",
    "data.recordComments:read",
    "data.recordComments:write",
    "schema.bases:read",
    "schema.bases:write",
    "user.email:read",
)


async def whoami(visit: Visit) -> dict[str, Any]:
    """GET the token's user and scopes."""
    return {
        "id": USER["id"],
        "email": USER["email"],
        "scopes": [scope for scope in _SCOPES if not lacking(visit.house, scope)],
    }


async def bases(visit: Visit) -> dict[str, Any]:
    """GET every base the token sees."""
    known = visit.house.world.airtable.bases.values()
    return {"bases": [{"id": base.id, "name": base.name, "permissionLevel": "create"} for base in known]}


async def tables(visit: Visit) -> dict[str, Any]:
    """GET the tables of a base with fields and views."""
    whole = visit.request.query_params.getlist("include") + visit.request.query_params.getlist("include[]")
    shown = [visit.renamed(table).wire() for table in visit.base.tables]
    if "visibleFieldIds" in whole:
        for table in shown:
            for view in table["views"]:
                view["visibleFieldIds"] = [entry["id"] for entry in table["fields"]]
    return {"tables": shown}


async def create_table(visit: Visit) -> dict[str, Any]:
    """POST a table; its first field is the primary one."""
    body = _object(visit.body)
    wanted = body.get("fields")
    if not isinstance(wanted, list) or not wanted or not _filled(body.get("name")):
        raise errors.bad_request()
    if visit.base.table_named(body["name"]) is not None:
        raise errors.unprocessable("DUPLICATE_TABLE_NAME", f"A table named {body['name']} exists already")
    store = visit.house.world.airtable
    table = Table(store.new_id("tbl"), body["name"], [], [View(store.new_id("viw"), "Grid view")])
    table.description = _description(body)
    for entry in wanted:
        _add_field(visit, table, _object(entry))
    visit.base.tables.append(table)
    return table.wire()


async def update_table(visit: Visit) -> dict[str, Any]:
    """PATCH a table's name or description."""
    body, table = _object(visit.body), _table(visit)
    if _filled(body.get("name")):
        table.name = body["name"]
    if "description" in body:
        table.description = _description(body)
    return table.wire()


async def create_field(visit: Visit) -> dict[str, Any]:
    """POST a field."""
    return _add_field(visit, _table(visit), _object(visit.body)).wire()


async def update_field(visit: Visit) -> dict[str, Any]:
    """PATCH a field's name or description; its type stays."""
    body, table = _object(visit.body), _table(visit)
    field = table.field_named(visit.request.path_params["field"])
    if field is None:
        raise errors.not_permitted()
    if set(body) - {"name", "description"}:
        raise errors.bad_request()
    if _filled(body.get("name")):
        _free_name(table, body["name"], besides=field)
        field.name = body["name"]
    if "description" in body:
        field.description = _description(body)
    return field.wire()


def _add_field(visit: Visit, table: Table, body: dict[str, Any]) -> Field:
    if not _filled(body.get("name")) or body.get("type") not in CREATABLE_TYPES:
        raise errors.bad_request()
    if len(table.fields) >= MAX_FIELDS:
        raise errors.bad_request()
    _free_name(table, body["name"])
    options = body.get("options") or {}
    for choice in options.get("choices", ()):
        choice.setdefault("id", airtable_id("sel", 0, table.id, body["name"], choice.get("name")))
        choice.setdefault("color", "blueLight2")
    field_id = visit.house.world.airtable.new_id("fld")
    field = Field(field_id, body["name"], body["type"], options, _description(body))
    table.fields.append(field)
    return field


def _free_name(table: Table, name: str, besides: Field | None = None) -> None:
    taken = any(entry.name.casefold() == name.casefold() for entry in table.fields if entry is not besides)
    if taken:
        raise errors.unprocessable("DUPLICATE_OR_EMPTY_FIELD_NAME", f'A field named "{name}" exists already')


def _table(visit: Visit) -> Table:
    """Return the real table, not a renamed view of it: the schema endpoints change it."""
    table = visit.base.table_named(visit.request.path_params["table"])
    if table is None:
        raise errors.not_permitted()
    return table


_SHAPE: Final[Shape] = {"name": str, "description": str, "options": dict, "options.choices[]": dict}


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or misfit(body, _SHAPE):
        raise errors.bad_request()
    return body


def _filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _description(body: dict[str, Any]) -> str:
    description = str(body.get("description") or "")
    if len(description) > MAX_DESCRIPTION:
        raise errors.bad_request()
    return description


ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("/whoami", "GET", whoami),
    ("/bases", "GET", bases),
    ("/bases/{base}/tables", "GET", tables),
    ("/bases/{base}/tables", "POST", create_table),
    ("/bases/{base}/tables/{table}", "PATCH", update_table),
    ("/bases/{base}/tables/{table}/fields", "POST", create_field),
    ("/bases/{base}/tables/{table}/fields/{field}", "PATCH", update_field),
)

"""What stands before every Airtable endpoint: ids, the token, the limits, and faults.

The one thing that must hold: after a burst every request to the base is refused for the whole lock, as the real service
does, no matter how politely it comes.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from sandbox.airtable import errors
from sandbox.airtable.schema import Base, Record, Table
from sandbox.house import House
from sandbox.keys import SANDBOX_AIRTABLE_TOKEN
from sandbox.wire import Hangup, Json, about, gateway_page, json_body
from sandbox.world.chance import airtable_id

PER_BASE: Final = 5
PER_TOKEN: Final = 50
MAX_URL: Final = 16_000
_RECORD_ID: Final = re.compile(r"rec[0-9A-Za-z]{14}\Z")
_WRITES: Final = frozenset({"PATCH", "PUT", "DELETE"})
USER: Final = {"id": airtable_id("usr", 0, "operator"), "email": "olga@outreach.example", "name": "Olga Operator"}

Handler = Callable[["Visit"], Awaitable[Any]]


@dataclass(slots=True)
class Visit:
    """One request that has passed the door."""

    house: House
    request: Request
    body: Any

    @property
    def base(self) -> Base:
        """The base in the path.

        Raises:
            AirtableRefusal: 403; the service does not say whether it exists.
        """
        base = self.house.world.airtable.bases.get(self.request.path_params["base"])
        if base is None:
            raise errors.not_permitted()
        return base

    @property
    def table(self) -> Table:
        """The table in the path, with its fields and views as a fault may have renamed them.

        Raises:
            AirtableRefusal: 403.
        """
        table = self.base.table_named(self.request.path_params["table"])
        if table is None:
            raise errors.not_permitted()
        return self.renamed(table)

    @property
    def record(self) -> Record:
        """The record in the path.

        Raises:
            AirtableRefusal: 404, bare for an id that is none.
        """
        record_id = self.request.path_params["record"]
        if not _RECORD_ID.match(record_id):
            raise errors.not_found()
        record = self.table.records.get(record_id)
        if record is None:
            raise errors.record_not_found()
        return record

    def renamed(self, table: Table) -> Table:
        """Return a table as it looks after a fault has renamed a field or a view; its records are the same."""
        faults = self.house.world.faults
        column, view = faults.peek("airtable.renamed_field"), faults.peek("airtable.renamed_view")
        retyped = faults.peek("airtable.wrong_type")
        if retyped is not None:
            kind = "multipleAttachments"
            fields = [replace(one, type=kind) if one.name == retyped.match else one for one in table.fields]
            table = replace(table, fields=fields)
        if column is not None:
            fields = [
                replace(one, name=f"{one.name} (old)") if one.name == column.match else one for one in table.fields
            ]
            table = replace(table, fields=fields)
        if view is not None:
            views = [replace(one, name=f"{one.name} (old)") if one.name == view.match else one for one in table.views]
            table = replace(table, views=views)
        return table


def endpoint(house: House, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler with the door: it returns JSON content or raises a refusal."""

    async def answer(request: Request) -> Response:
        try:
            return await _admitted(house, request, handler)
        except errors.AirtableRefusal as refusal:
            return Json(refusal.body, refusal.status)

    return answer


async def _admitted(house: House, request: Request, handler: Handler) -> Response:
    if len(str(request.url)) > MAX_URL:
        raise errors.AirtableRefusal(HTTPStatus.REQUEST_URI_TOO_LONG, "REQUEST_TOO_LARGE", "URI too long")
    if request.headers.get("authorization") != f"Bearer {SANDBOX_AIRTABLE_TOKEN}":
        raise errors.not_authenticated()
    subject = await about(request)
    limited = _limited(house, request, subject) or _faulty(house, subject)
    if limited is not None:
        return limited
    if lacking(house, needed_scope(request)):
        raise errors.not_permitted()
    try:
        body = await json_body(request)
    except ValueError:
        raise errors.AirtableRefusal(422, "INVALID_REQUEST_BODY", "Could not parse request body") from None
    content = await handler(Visit(house, request, body))
    if _is_write(request):
        if house.world.faults.strikes("airtable.write_then_503", subject):
            raise errors.retriable()
        if house.world.faults.strikes("airtable.write_then_lost", subject):
            return Hangup()
    return Json(content)


def needed_scope(request: Request) -> str:
    """The scope of a token that a request needs; empty where any token will do."""
    path, writes = request.url.path, _is_write(request)
    if path.endswith(("/meta/whoami", "/meta/bases")):
        return ""
    kind = "schema.bases" if "/meta/" in path else "data.recordComments" if "/comments" in path else "data.records"
    return f"{kind}:{'write' if writes else 'read'}"


def lacking(house: House, scope: str) -> bool:
    """Whether the token lacks a scope."""
    fault = house.world.faults.peek("airtable.missing_scope")
    return bool(scope) and fault is not None and fault.match in scope


def _is_write(request: Request) -> bool:
    return request.method in _WRITES or (request.method == "POST" and not request.url.path.endswith("/listRecords"))


def _limited(house: House, request: Request, subject: str) -> Response | None:
    world, switches = house.world, house.world.switches
    base = request.path_params.get("base", "")
    lock = house.lock("airtable lock" if switches.airtable_lock_key == "token" or not base else f"airtable {base}")
    struck = world.faults.strikes("airtable.rate_limited", subject) is not None
    if house.paced:
        if lock.is_shut:
            return rate_limit_answer(switches.airtable_429_body)
        over_base = bool(base) and house.burst(f"airtable {base}", PER_BASE) > 0
        if over_base or house.burst("airtable token", PER_TOKEN) > 0 or struck:
            lock.shut(switches.airtable_lock_seconds)
            struck = True
    if struck:
        return rate_limit_answer(switches.airtable_429_body)
    if "/meta/" in request.url.path:
        return None
    calls = world.airtable.count_call(world.now)
    if 0 < switches.airtable_monthly_calls < calls or world.faults.strikes("airtable.billing_limit", subject):
        raise errors.billing_limit()
    return None


def rate_limit_answer(shape: str) -> Response:
    """Return the 429 in one of the two shapes seen in the wild; it carries no Retry-After."""
    message = "Rate limit exceeded. Please try again later"
    if shape == "plural":
        body: dict[str, Any] = {"errors": [{"error": "RATE_LIMIT_REACHED", "message": message}]}
    else:
        body = {"error": {"type": "RATE_LIMIT_REACHED", "message": message}}
    return Json(body, HTTPStatus.TOO_MANY_REQUESTS)


def _faulty(house: House, subject: str) -> Response | None:
    faults = house.world.faults
    if faults.strikes("airtable.retriable", subject):
        raise errors.retriable()
    if faults.strikes("airtable.server_error", subject):
        raise errors.AirtableRefusal(500, "SERVER_ERROR", "Internal Server Error")
    return gateway_page(HTTPStatus.BAD_GATEWAY) if faults.strikes("airtable.bad_gateway", subject) else None

"""The lead base over a world in memory: the same translations, the same refusals, no socket and no pyairtable.

What must hold: what a record is and whether a write is taken is decided by the world, exactly as over HTTP.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from resources.airtable.errors import SERVICE, airtable_failure
from resources.airtable.lead_base import AirtableLeadBase, Place
from resources.backoff import Patience
from resources.in_process import AsgiApp, InProcess
from resources.wire import BrokenOffError
from rules.failures import FailureKind, ServiceFailure

_PARAMETERS: Final[Mapping[str, str]] = {
    "page_size": "pageSize",
    "offset": "offset",
    "formula": "filterByFormula",
    "view": "view",
}
_LONG_QUESTION: Final = 8_000  # characters before quoting; the limit is 16,000 after


class InProcessWire:
    """Airtable's wire into an ASGI application."""

    def __init__(self, service: InProcess, place: Place) -> None:
        self._service = service
        self._place = place
        self._records = f"{place.base_id}/{quote(place.table, safe='')}"

    async def meta(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A request below ``/meta``."""
        return await self._once(method, f"meta/{path}", **({} if body is None else {"body": body}))

    async def page(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """One page of the table; a question too long for a URL goes as a POST, as pyairtable does it."""
        query = list(_query(options))
        if sum(len(name) + len(str(value)) for name, value in query) < _LONG_QUESTION:
            return await self._once("GET", self._records, query=query)
        body = {_PARAMETERS.get(name, name): value for name, value in options.items()}
        return await self._once("POST", f"{self._records}/listRecords", body=body)

    async def patch(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Update or upsert up to ten records."""
        return await self._once("PATCH", self._records, body=body)

    async def _once(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer = await self._service.request(method, path, **arguments)
        except BrokenOffError as error:
            message = "Airtable broke off"
            raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, "broken_off", message) from error
        if not answer.ok:
            raise ServiceFailure(airtable_failure(answer.status, answer.text, answer.headers, table=self._place.table))
        body: dict[str, Any] = json.loads(answer.text)
        return body


def fake_lead_base(world: AsgiApp, place: Place, *, token: str, patience: Patience | None = None) -> AirtableLeadBase:
    """Return a lead base for simulations and stage tests.

    Args:
        world: The application that stands before a world; Airtable answers under ``/airtable/v0``.
        place: Which table.
        token: The token the world accepts.
        patience: How requests are repeated; simulations pass one that sleeps in virtual time.
    """
    service = InProcess(world, prefix="/airtable/v0", headers={"authorization": f"Bearer {token}"})
    return AirtableLeadBase(InProcessWire(service, place), place, patience=patience or Patience())


def _query(options: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if name == "fields":
            yield from (("fields[]", each) for each in value)
        else:
            yield _PARAMETERS[name], value

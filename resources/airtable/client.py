"""The one HTTP client of Airtable (rule B18): pyairtable in threads, every request on its turn.

What must hold: requests are spaced so that Airtable's lock is never met, and when somebody else meets it everybody here
waits it out (rule B4); no blocking call runs on the event loop (rule B17).
"""

import asyncio
import queue
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import pyairtable
import requests

from resources.airtable.errors import SERVICE, airtable_failure
from resources.airtable.lead_base import LIVE_URL, REQUESTS_PER_SECOND, AirtableLeadBase, Place
from resources.backoff import Patience
from resources.pacing import Pacer, shared_pacer
from rules.failures import FailureKind, ServiceFailure

_CONNECTIONS: Final = 4
_TIMEOUTS: Final = (5, 30)


class HttpWire:
    """Airtable's wire over HTTP."""

    def __init__(self, apis: Sequence[pyairtable.Api], place: Place, *, pacer: Pacer) -> None:
        table = apis[0].table(place.base_id, place.table)
        self._table = place.table
        self._records_url = table.urls.records
        self._long_list = ("POST", table.urls.records_post)
        self._meta_url = apis[0].build_url("meta")
        self._pacer = pacer
        # A requests session is for one thread at a time; each call borrows one.
        self._idle: queue.SimpleQueue[pyairtable.Api] = queue.SimpleQueue()
        for api in apis:
            self._idle.put(api)

    async def meta(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A request below ``/meta``."""
        sent = {} if body is None else {"json": dict(body)}
        return await self._call(method, self._meta_url / path, **sent)

    async def page(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """One page of the table; a question too long for a URL goes as a POST."""
        return await self._call("GET", self._records_url, fallback=self._long_list, options=dict(options))

    async def patch(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Update or upsert up to ten records."""
        return await self._call("PATCH", self._records_url, json=dict(body))

    async def _call(self, method: str, url: str, **arguments: Any) -> dict[str, Any]:
        await self._pacer.turn()
        try:
            body = await asyncio.to_thread(self._blocking, method, url, arguments)
        except requests.HTTPError as error:
            headers = {name.lower(): value for name, value in error.response.headers.items()}
            failure = airtable_failure(error.response.status_code, error.response.text, headers, table=self._table)
            if failure.kind is FailureKind.FLOW_CONTROL and failure.retry_after:
                self._pacer.hold(failure.retry_after)
            raise ServiceFailure(failure) from error
        except requests.RequestException as error:
            message = "Airtable could not be reached or broke off"
            raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, type(error).__name__, message) from error
        if not isinstance(body, dict):
            message = "a success that is not a JSON object"
            raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, "unreadable_answer", message)
        return body

    def _blocking(self, method: str, url: str, arguments: Mapping[str, Any]) -> Any:
        api = self._idle.get()
        try:
            return api.request(method, url, **arguments)
        finally:
            self._idle.put(api)


@asynccontextmanager
async def connect(
    token: str,
    place: Place,
    *,
    endpoint_url: str = LIVE_URL,
    requests_per_second: float = REQUESTS_PER_SECOND,
    patience: Patience | None = None,
    pacer: Pacer | None = None,
) -> AsyncIterator[AirtableLeadBase]:
    """Open a client whose connections live as long as the block (rule B13).

    Args:
        token: ``pat...``
        place: Which table.
        endpoint_url: The API's root, without the version.
        requests_per_second: Shared by everybody in this process who talks to this base; 0 for no pacing.
        patience: How reads and idempotent writes are repeated.
        pacer: A pacer of one's own instead of the shared one.
    """
    turns = pacer or shared_pacer((endpoint_url, place.base_id), requests_per_second)
    apis = [
        pyairtable.Api(token, endpoint_url=endpoint_url, timeout=_TIMEOUTS, retry_strategy=None)
        for _ in range(_CONNECTIONS)
    ]
    try:
        yield AirtableLeadBase(HttpWire(apis, place, pacer=turns), place, patience=patience or Patience())
    finally:
        for api in apis:
            api.session.close()

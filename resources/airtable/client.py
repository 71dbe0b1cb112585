"""The one client of Airtable (rule B18): pyairtable in threads, paced, complete or failing.

What must hold: a listing is whole or it fails (rule A8); requests are spaced so that Airtable's lock is never met, and
when somebody else meets it everybody here waits it out (rule B4).
"""

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import pyairtable
import requests

from resources.airtable.cells import cells, lead_record
from resources.airtable.errors import ITERATOR_LOST, SERVICE, airtable_failure
from resources.airtable.formula import changed_since as formula_changed_since
from resources.airtable.gateway import LeadRecord, RecordChange, TableShape, WriteReport
from resources.airtable.writes import BulkWrite
from resources.backoff import Patience
from resources.pacing import Pacer, shared_pacer
from rules.failures import FailureKind, ServiceFailure

LIVE_URL: Final = "https://api.airtable.com"
REQUESTS_PER_SECOND: Final = 4.5
PAGE_SIZE: Final = 100
LISTING_TRIES: Final = 3
_CONNECTIONS: Final = 4
_TIMEOUTS: Final = (5, 30)


@dataclass(frozen=True, slots=True)
class Place:
    """Which table: the base's id and the table's name or id, and the fields whose changes count for a listing."""

    base_id: str
    table: str
    operator_fields: tuple[str, ...] = ()
    typecast: bool = True


class AirtableLeadBase:
    """Airtable over HTTP; open it with `connect`."""

    def __init__(self, apis: Sequence[pyairtable.Api], place: Place, *, pacer: Pacer, patience: Patience) -> None:
        self._place = place
        self._pacer = pacer
        self._patience = patience
        table = apis[0].table(place.base_id, place.table)
        self._records_url = table.urls.records
        self._long_list = ("POST", table.urls.records_post)
        self._tables_url = table.base.urls.tables
        # A requests session is for one thread at a time; each call borrows one.
        self._idle: queue.SimpleQueue[pyairtable.Api] = queue.SimpleQueue()
        for api in apis:
            self._idle.put(api)

    async def shape(self) -> TableShape:
        """Describe the table; needs the scope ``schema.bases:read``."""
        body = await self._patience.insist(partial(self._call, "GET", self._tables_url))
        wanted = self._place.table
        for table in body.get("tables") or ():
            if wanted in (table["id"], table["name"]):
                return TableShape(
                    table=table["name"],
                    fields={each["name"]: each["type"] for each in table["fields"]},
                    views=tuple(each["name"] for each in table.get("views") or ()),
                )
        raise ServiceFailure.of(
            FailureKind.SYSTEMIC,
            SERVICE,
            "unknown_table",
            f"the base has no table {wanted!r}; set it under [airtable] in campaign.toml",
        )

    async def records(
        self,
        *,
        changed_since: datetime | None = None,
        view: str | None = None,
        fields: Sequence[str] = (),
    ) -> Sequence[LeadRecord]:
        """List records completely or raise; see `LeadBase.records`."""
        options: dict[str, Any] = {"page_size": PAGE_SIZE}
        if changed_since is not None:
            options["formula"] = formula_changed_since(changed_since, self._place.operator_fields)
        if view is not None:
            options["view"] = view
        if fields:
            options["fields"] = list(fields)
        for _ in range(LISTING_TRIES - 1):
            try:
                return await self._list(options)
            except ServiceFailure as broken:
                if broken.failure.code not in ITERATOR_LOST:
                    raise
        return await self._list(options)

    async def update(self, changes: Sequence[RecordChange]) -> WriteReport:
        """Write changes in batches of ten; several changes of one record become one, the later ones win."""
        merged: dict[str, dict[str, Any]] = {}
        for change in changes:
            merged.setdefault(change.record_id, {}).update(cells(change.fields))
        records = {record_id: {"id": record_id, "fields": fields} for record_id, fields in merged.items()}
        return await BulkWrite(partial(self._patch, {})).run(records)

    async def upsert(self, rows: Sequence[Mapping[str, Any]], *, key: str) -> WriteReport:
        """Create or update rows matched on one field.

        A row without a value for the key, or with an earlier row's, is rejected: Airtable would create it anew.
        """
        records: dict[str, dict[str, Any]] = {}
        refused: dict[str, str] = {}
        seen: set[Any] = set()
        for number, row in enumerate(rows):
            value = row.get(key)
            if value is None or value == "":
                refused[str(number)] = f"no value for {key}, which rows are matched on"
            elif value in seen:
                refused[str(number)] = f"an earlier row has the same {key}"
            else:
                seen.add(value)
                records[str(number)] = {"fields": cells(row)}
        report = await BulkWrite(partial(self._patch, {"performUpsert": {"fieldsToMergeOn": [key]}})).run(records)
        return WriteReport(report.written, {**refused, **report.rejected}, report.requests)

    async def _list(self, options: Mapping[str, Any]) -> list[LeadRecord]:
        # Keyed by id: records that move while the listing runs may come twice.
        found: dict[str, LeadRecord] = {}
        names: dict[str, str] = {}
        offset: str | None = None
        while True:
            paged = options if offset is None else {**options, "offset": offset}
            call = partial(self._call, "GET", self._records_url, fallback=self._long_list, options=paged)
            body = await self._patience.insist(call, hopeless=ITERATOR_LOST)
            for item in body["records"]:
                record = lead_record(item, names)
                found[record.record_id] = record
            if (offset := body.get("offset")) is None:
                return list(found.values())

    async def _patch(
        self, options: Mapping[str, Any], records: Sequence[Mapping[str, Any]], count: Callable[[], None]
    ) -> list[str]:
        json = {"records": list(records), "typecast": self._place.typecast, **options}

        async def once() -> Any:
            count()
            return await self._call("PATCH", self._records_url, json=json)

        return [record["id"] for record in (await self._patience.insist(once))["records"]]

    async def _call(self, method: str, url: str, **arguments: Any) -> Any:
        await self._pacer.turn()
        try:
            body = await asyncio.to_thread(self._blocking, method, url, arguments)
        except requests.HTTPError as error:
            headers = {name.lower(): value for name, value in error.response.headers.items()}
            failure = airtable_failure(
                error.response.status_code, error.response.text, headers, table=self._place.table
            )
            if failure.kind is FailureKind.FLOW_CONTROL and failure.retry_after:
                self._pacer.hold(failure.retry_after)
            raise ServiceFailure(failure) from error
        except requests.RequestException as error:
            message = "Airtable could not be reached or broke off"
            raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, type(error).__name__, message) from error
        if not isinstance(body, dict):
            raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, "unreadable_answer", "a success without an object")
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
        yield AirtableLeadBase(apis, place, pacer=turns, patience=patience or Patience())
    finally:
        for api in apis:
            api.session.close()

"""A table of leads in Airtable, over any wire: listings that are whole, writes that survive their bad records.

What must hold: a listing is whole or it fails (rule A8), and only what is safe to repeat is repeated: reads, updates
and upserts. There is no plain creation in here: one that timed out could not be repeated.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from resources.airtable.builder import AirtableBuilder
from resources.airtable.cells import cells, lead_record
from resources.airtable.errors import ITERATOR_LOST, SERVICE
from resources.airtable.formula import among
from resources.airtable.formula import changed_since as formula_changed_since
from resources.airtable.gateway import Access, LeadRecord, RecordChange, TableShape, WriteReport
from resources.airtable.wire import Wire, base_tables
from resources.airtable.writes import BulkWrite
from resources.backoff import Patience
from rules.failures import FailureKind, ServiceFailure

LIVE_URL: Final = "https://api.airtable.com"
REQUESTS_PER_SECOND: Final = 4.5
"""Airtable allows 5; a burst over it is answered with a lock of 30 seconds."""

PAGE_SIZE: Final = 100
LISTING_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Which table.

    Attributes:
        base_id: ``app...``
        table: The table's name or id.
        operator_fields: Fields whose changes count for a listing of changes; any field when empty, our mirror too.
        typecast: Let Airtable convert values and create select options.
    """

    base_id: str
    table: str
    operator_fields: tuple[str, ...] = ()
    typecast: bool = True


class AirtableLeadBase:
    """The gateway; `client.connect` opens it over HTTP, `fake` over a world in memory."""

    def __init__(self, over: Wire, place: Place, *, patience: Patience) -> None:
        self._wire = over
        self._place = place
        self._patience = patience

    def builder(self) -> AirtableBuilder:
        """What may add to the base, over the same connections."""
        return AirtableBuilder(self._wire, self._place.base_id, patience=self._patience)

    async def shape(self) -> TableShape:
        """Describe the table; needs the scope ``schema.bases:read``."""
        wanted = self._place.table
        for number, shape in (await base_tables(self._wire, self._place.base_id, self._patience)).items():
            if wanted in (number, shape.table):
                return shape
        message = f"the base has no table {wanted!r}; set it under [airtable] in campaign.toml"
        raise ServiceFailure.of(FailureKind.SYSTEMIC, SERVICE, "unknown_table", message)

    async def access(self) -> Access:
        """What the token may do, and whether it sees the base."""
        told = await self._patience.insist(partial(self._wire.meta, "GET", "whoami"))
        seen = await self._patience.insist(partial(self._wire.meta, "GET", "bases"))
        levels = {base["id"]: str(base.get("permissionLevel", "")) for base in seen.get("bases") or ()}
        scopes = told.get("scopes")
        known = frozenset(map(str, scopes)) if isinstance(scopes, list) else None
        return Access(known, levels.get(self._place.base_id))

    async def records(
        self,
        *,
        changed_since: datetime | None = None,
        view: str | None = None,
        fields: Sequence[str] = (),
        record_ids: Sequence[str] | None = None,
    ) -> Sequence[LeadRecord]:
        """List records completely or raise; see `LeadBase.records`."""
        options: dict[str, Any] = {"page_size": PAGE_SIZE}
        if changed_since is not None:
            options["formula"] = formula_changed_since(changed_since, self._place.operator_fields)
        if view is not None:
            options["view"] = view
        if fields:
            options["fields"] = list(fields)
        if record_ids is None:
            return await self._insist(options)
        found: list[LeadRecord] = []
        for start in range(0, len(record_ids), PAGE_SIZE):
            part = among(record_ids[start : start + PAGE_SIZE])
            found += await self._insist({**options, "formula": part})
        return found

    async def _insist(self, options: Mapping[str, Any]) -> list[LeadRecord]:
        """A whole listing, begun anew where it broke (rule A8)."""
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
            body = await self._patience.insist(partial(self._wire.page, paged), hopeless=ITERATOR_LOST)
            for item in body["records"]:
                record = lead_record(item, names)
                found[record.record_id] = record
            if (offset := body.get("offset")) is None:
                return list(found.values())

    async def _patch(
        self, options: Mapping[str, Any], records: Sequence[Mapping[str, Any]], count: Callable[[], None]
    ) -> list[str]:
        body = {"records": list(records), "typecast": self._place.typecast, **options}

        async def once() -> dict[str, Any]:
            count()
            return await self._wire.patch(body)

        return [record["id"] for record in (await self._patience.insist(once))["records"]]

"""How a request reaches Airtable, whatever carries it, and how a base describes itself."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from resources.airtable.gateway import TableShape
from resources.backoff import Patience


class Wire(Protocol):
    """Carries one request to Airtable and returns the body; raises `ServiceFailure`, classified."""

    async def meta(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A request below ``/meta``."""
        ...

    async def page(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """One page of the table; option names are pyairtable's: page_size, offset, formula, view, fields."""
        ...

    async def patch(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Update or upsert up to ten records."""
        ...


async def base_tables(over: Wire, base_id: str, patience: Patience) -> dict[str, TableShape]:
    """Every table of a base by its id; needs the scope ``schema.bases:read``."""
    body = await patience.insist(partial(over.meta, "GET", f"bases/{base_id}/tables"))
    return {
        table["id"]: TableShape(
            table=table["name"],
            fields={each["name"]: each["type"] for each in table["fields"]},
            views=tuple(each["name"] for each in table.get("views") or ()),
        )
        for table in body.get("tables") or ()
    }

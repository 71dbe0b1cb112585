"""Making a table and its fields: what `outbound init` does to a base, over any wire.

What must hold: only additions; nothing here renames, retypes or deletes what a person made. Airtable's API makes no
views and no computed fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from resources.airtable.gateway import TableShape
from resources.airtable.wire import Wire, base_tables
from resources.backoff import Patience


@dataclass(frozen=True, slots=True)
class NewField:
    """A field to make: its name, Airtable's type, what it is for, and the type's options."""

    name: str
    type: str
    description: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        body: dict[str, Any] = {"name": self.name, "type": self.type}
        if self.description:
            body["description"] = self.description
        return body | ({"options": dict(self.options)} if self.options else {})


class BaseBuilder(Protocol):
    """A base that may be added to. All methods raise `ServiceFailure`; they need the two scopes ``schema.bases``."""

    async def tables(self) -> Mapping[str, TableShape]:
        """Every table by its id."""
        ...

    async def create_table(self, name: str, fields: Sequence[NewField]) -> str:
        """Make a table, its first field the primary one; returns its id. Not safe to repeat: look first."""
        ...

    async def create_field(self, table: str, wanted: NewField) -> None:
        """Add a field to a table by its id; one of that name there already is a refusal."""
        ...


class AirtableBuilder:
    """The builder; `AirtableLeadBase.builder` makes one over the same connections."""

    def __init__(self, over: Wire, base_id: str, *, patience: Patience) -> None:
        self._wire = over
        self._base = base_id
        self._patience = patience

    async def tables(self) -> Mapping[str, TableShape]:
        """Every table by its id."""
        return await base_tables(self._wire, self._base, self._patience)

    async def create_table(self, name: str, fields: Sequence[NewField]) -> str:
        """Make a table; asked for once, since a repetition could make a second one."""
        body = {"name": name, "fields": [each.body() for each in fields]}
        made = await self._wire.meta("POST", f"bases/{self._base}/tables", body)
        return str(made["id"])

    async def create_field(self, table: str, wanted: NewField) -> None:
        """Add a field; a repetition is refused by name, so it may be repeated."""
        path = f"bases/{self._base}/tables/{table}/fields"
        await self._patience.insist(partial(self._wire.meta, "POST", path, wanted.body()))

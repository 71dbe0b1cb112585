"""The lead base as the stages see it: bulk reads and batched writes, nothing per record (rule A2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class LeadRecord:
    """One record as received, field names as the base spells them."""

    record_id: str
    created_at: datetime
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Fields to write to one record; fields not named keep their value (rule B9)."""

    record_id: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a bulk write did.

    Attributes:
        written: Record ids that were written.
        rejected: Record id (or row number as text for creations) to the reason it was refused; the others went on.
        requests: HTTP requests spent.
    """

    written: tuple[str, ...]
    rejected: Mapping[str, str]
    requests: int


@dataclass(frozen=True, slots=True)
class TableShape:
    """The table as the base describes it: field name to Airtable type, and the names of its views."""

    table: str
    fields: Mapping[str, str]
    views: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """What a token may do.

    Attributes:
        scopes: The token's scopes; ``None`` where Airtable does not tell them.
        level: The permission on the base (``read`` to ``owner``); ``None`` where the token does not see the base.
    """

    scopes: frozenset[str] | None
    level: str | None


class LeadBase(Protocol):
    """A table of leads in Airtable. All methods raise `ServiceFailure`."""

    async def shape(self) -> TableShape:
        """Describe the table, so that renamed or missing fields are found before work starts (rule B7)."""
        ...

    async def access(self) -> Access:
        """What the token may do, and whether it sees the base: the canary of rule B21."""
        ...

    async def records(
        self,
        *,
        changed_since: datetime | None = None,
        view: str | None = None,
        fields: Sequence[str] = (),
        record_ids: Sequence[str] | None = None,
    ) -> Sequence[LeadRecord]:
        """List records completely or raise; a listing that breaks restarts from page one (rule A8).

        Args:
            changed_since: Only records whose operator-owned fields changed at or after this instant.
            view: Only records in this view.
            fields: Only these fields; all when empty.
            record_ids: Only these records, a hundred to a request; those that are not there are left out.
        """
        ...

    async def update(self, changes: Sequence[RecordChange]) -> WriteReport:
        """Write changes in batches of ten; a refused record does not stop its neighbours."""
        ...

    async def upsert(self, rows: Sequence[Mapping[str, Any]], *, key: str) -> WriteReport:
        """Create or update rows matched on one field: the only creation that is safe to repeat."""
        ...

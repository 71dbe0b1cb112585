"""Bases, tables, fields, views and records as data.

The one thing that must hold: cells are kept by field id, so that renaming a field loses nothing, and an empty cell is
not kept at all.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

TEXT_TYPES: Final = frozenset({"singleLineText", "multilineText", "email", "url", "phoneNumber", "richText"})
NUMBER_TYPES: Final = frozenset({"number", "currency", "percent", "duration", "rating"})
COMPUTED_TYPES: Final = frozenset(
    {
        "formula",
        "rollup",
        "count",
        "multipleLookupValues",
        "createdTime",
        "lastModifiedTime",
        "createdBy",
        "lastModifiedBy",
        "autoNumber",
        "button",
        "aiText",
        "externalSyncSource",
    }
)
"""Types a client cannot write; a client cannot create fields of these types either."""
CREATABLE_TYPES: Final = (
    TEXT_TYPES
    | NUMBER_TYPES
    | frozenset(
        {
            "checkbox",
            "date",
            "dateTime",
            "singleSelect",
            "multipleSelects",
            "multipleRecordLinks",
            "multipleAttachments",
            "singleCollaborator",
            "barcode",
        }
    )
)


@dataclass(slots=True)
class Field:
    """A column. `options` is what the API shows; select options live in `options["choices"]`."""

    id: str
    name: str
    type: str
    options: dict[str, Any] = field(default_factory=dict)
    description: str = ""

    @property
    def computed(self) -> bool:
        """Whether only the service writes it."""
        return self.type in COMPUTED_TYPES

    def wire(self) -> dict[str, Any]:
        """The field as the meta API shows it."""
        shown: dict[str, Any] = {"id": self.id, "name": self.name, "type": self.type}
        if self.description:
            shown["description"] = self.description
        if self.options:
            shown["options"] = self.options
        return shown


@dataclass(slots=True)
class View:
    """A named selection: a filter formula and an order of (field name, descending)."""

    id: str
    name: str
    formula: str = ""
    order: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(slots=True)
class Comment:
    """A remark beneath a record."""

    id: str
    text: str
    created: datetime
    author: dict[str, str]
    updated: datetime | None = None
    parent: str | None = None


@dataclass(slots=True)
class Record:
    """A row: cells and the instant each was last changed, both by field id."""

    id: str
    created: datetime
    cells: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table; records keep the order of their creation."""

    id: str
    name: str
    fields: list[Field]
    views: list[View]
    records: dict[str, Record] = field(default_factory=dict)
    description: str = ""
    made: int = 0

    def field_named(self, wanted: str) -> Field | None:
        """Find a field by name or id."""
        return next((entry for entry in self.fields if wanted in (entry.name, entry.id)), None)

    def view_named(self, wanted: str) -> View | None:
        """Find a view by name or id."""
        return next((entry for entry in self.views if wanted in (entry.name, entry.id)), None)

    def field_ids(self) -> dict[str, str]:
        """Map field names to ids."""
        return {entry.name: entry.id for entry in self.fields}

    def wire(self) -> dict[str, Any]:
        """The table as the meta API shows it; the first field is the primary one."""
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "primaryFieldId": self.fields[0].id,
            "fields": [entry.wire() for entry in self.fields],
            "views": [{"id": view.id, "name": view.name, "type": "grid"} for view in self.views],
        }
        if self.description:
            shown["description"] = self.description
        return shown


@dataclass(slots=True)
class Base:
    """A base and its tables."""

    id: str
    name: str
    tables: list[Table]

    def table_named(self, wanted: str) -> Table | None:
        """Find a table by name or id."""
        return next((entry for entry in self.tables if wanted in (entry.name, entry.id)), None)

"""What each mapped field of the lead table is made as, and which of Airtable's types it can live with.

What must hold: every field of `AirtableFields` is here, and what is made fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_WRITTEN_TEXT: Final = ("singleLineText", "multilineText", "richText")
_COMPUTED: Final = ("formula", "rollup", "multipleLookupValues")
_READ_TEXT: Final = (*_WRITTEN_TEXT, "singleSelect", "email", "url", "phoneNumber", *_COMPUTED)
_UTC: Final[Mapping[str, Any]] = {
    "dateFormat": {"name": "iso"},
    "timeFormat": {"name": "24hour"},
    "timeZone": "utc",
}
VERDICT_WORDS: Final = ("match", "mismatch", "match domain", "mismatch domain")


@dataclass(frozen=True, slots=True)
class LeadField:
    """A field.

    Attributes:
        made: The type a new field gets.
        fits: Types that can be read (a field of people) or written (a field of the machine).
        purpose: What it holds; becomes the field's description.
        options: Of a new field, as Airtable wants them.
    """

    made: str
    fits: tuple[str, ...]
    purpose: str
    options: Mapping[str, Any] = field(default_factory=dict)


def _read(made: str, purpose: str, *, fits: tuple[str, ...] = _READ_TEXT, options: Any = None) -> LeadField:
    return LeadField(made, fits, purpose, options or {})


def _written(purpose: str, *, made: str = "singleLineText", options: Any = None) -> LeadField:
    fits = {
        "singleLineText": (*_WRITTEN_TEXT, "singleSelect"),
        "multilineText": _WRITTEN_TEXT,
        "dateTime": ("dateTime", "singleLineText"),
        "number": ("number", "currency"),
    }
    return LeadField(made, fits[made], purpose, options or {})


LEAD_FIELDS: Final[Mapping[str, LeadField]] = {
    "name": _read("singleLineText", "The whole name, if it is not split."),
    "first_name": _read("singleLineText", "How the mail greets."),
    "last_name": _read("singleLineText", "The family name."),
    "title": _read("singleLineText", "Role at the company."),
    "email": _read("email", "The address; a record without one cannot be a lead."),
    "company": _read("singleLineText", "Name of the company."),
    "website": _read("url", "The company's site: what the address is held against."),
    "country": _read("singleLineText", "Any spelling; with state and city it gives the time zone."),
    "state": _read("singleLineText", "State, province or region."),
    "city": _read("singleLineText", "City."),
    "phone": _read("phoneNumber", "Its prefix is a weak hint of the country."),
    "source": _read("singleLineText", "Where the record came from."),
    "priority": _read(
        "number", "Higher goes first; empty is 0.",
        fits=("number", "rating", "count", "formula", "rollup"), options={"precision": 0},
    ),
    "do_not_contact": _read(
        "checkbox", "Ticked: not planned any more.",
        fits=("checkbox", "formula"), options={"icon": "check", "color": "redBright"},
    ),
    "attribution_override": _read(
        "singleSelect", "Your word against the verdict, for this lead or for its company and mail domain.",
        fits=("singleSelect", *_WRITTEN_TEXT, "formula"),
        options={"choices": [{"name": word} for word in VERDICT_WORDS]},
    ),
    "approval": _read("singleLineText", "Your word on the draft beside it: approve CODE, or reject CODE: reason."),
    "status": _written("Where the lead stands. Written by the machine."),
    "step": _written("Last step that went out. Written by the machine."),
    "variant": _written("Its variant. Written by the machine."),
    "verdict": _written("Whether the address belongs to the company. Written by the machine."),
    "verdict_reason": _written("The evidence, or why it is no lead. Written by the machine.", made="multilineText"),
    "next_action": _written("What comes next, or why nothing does. Written by the machine."),
    "next_action_at": _written("When its window opens. Written by the machine.", made="dateTime", options=_UTC),
    "last_event": _written("Newest event or answer. Written by the machine."),
    "last_event_at": _written("When. Written by the machine.", made="dateTime", options=_UTC),
    "last_sent_at": _written("When the last mail went out. Written by the machine.", made="dateTime", options=_UTC),
    "message_id": _written("Of the last mail. Written by the machine."),
    "audit": _written("The story in lines. Written by the machine.", made="multilineText"),
    "draft": _written("A draft that waits for your approval. Written by the machine.", made="multilineText"),
    "cost_usd": _written("Dollars spent. Written by the machine.", made="number", options={"precision": 4}),
}  # fmt: skip

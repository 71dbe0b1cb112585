"""The base every world starts with: one table of leads, empty.

The one thing that must hold: the fields operators own and the fields the machine mirrors are different fields, and
`Last Modified` watches the operators' ones only.
"""

from typing import Any, Final

from sandbox.airtable.schema import Base, Field, Table, View
from sandbox.keys import SANDBOX_BASE_ID, SANDBOX_TABLE_ID, SANDBOX_TABLE_NAME
from sandbox.world.chance import airtable_id

OPERATOR_FIELDS: Final[tuple[tuple[str, str], ...]] = (
    ("Name", "singleLineText"),
    ("First Name", "singleLineText"),
    ("Last Name", "singleLineText"),
    ("Title", "singleLineText"),
    ("Email", "email"),
    ("Company", "singleLineText"),
    ("Website", "url"),
    ("Country", "singleLineText"),
    ("State", "singleLineText"),
    ("City", "singleLineText"),
    ("Phone", "phoneNumber"),
    ("Source", "singleLineText"),
    ("Priority", "number"),
    ("Do Not Contact", "checkbox"),
    ("Attribution Override", "singleSelect"),
    ("Approval", "singleLineText"),
    ("Notes", "multilineText"),
)
MIRROR_FIELDS: Final[tuple[tuple[str, str], ...]] = (
    ("Status", "singleLineText"),
    ("Step", "singleLineText"),
    ("Variant", "singleLineText"),
    ("Verdict", "singleLineText"),
    ("Verdict Reason", "multilineText"),
    ("Next Action", "singleLineText"),
    ("Next Action At", "dateTime"),
    ("Last Event", "singleLineText"),
    ("Last Event At", "dateTime"),
    ("Last Sent At", "dateTime"),
    ("Message Id", "singleLineText"),
    ("Audit", "multilineText"),
    ("Cost USD", "number"),
    ("Draft", "multilineText"),
)
_DATE_TIME: Final[dict[str, Any]] = {
    "dateFormat": {"name": "iso", "format": "YYYY-MM-DD"},
    "timeFormat": {"name": "24hour", "format": "HH:mm"},
    "timeZone": "utc",
}


def leads_base() -> Base:
    """Return the starting base; its ids are the same in every world."""
    operators = [_field(name, kind) for name, kind in OPERATOR_FIELDS]
    machine = [_field(name, kind) for name, kind in MIRROR_FIELDS]
    modified = Field(
        airtable_id("fld", 0, "Last Modified"),
        "Last Modified",
        "lastModifiedTime",
        {
            "isValid": True,
            "referencedFieldIds": [entry.id for entry in operators],
            "result": {"type": "dateTime", "options": _DATE_TIME},
        },
    )
    views = [
        View("viwSandboxGrid0001", "Grid view"),
        View("viwSandboxQueue001", "Queue", formula="NOT({Email}='')"),
    ]
    table = Table(SANDBOX_TABLE_ID, SANDBOX_TABLE_NAME, [*operators, *machine, modified], views)
    return Base(SANDBOX_BASE_ID, "Outreach", [table])


def _field(name: str, kind: str) -> Field:
    return Field(airtable_id("fld", 0, name), name, kind, _options(name, kind))


def _options(name: str, kind: str) -> dict[str, Any]:
    if kind == "number":
        return {"precision": 4 if name == "Cost USD" else 0}
    if kind == "checkbox":
        return {"icon": "check", "color": "redBright"}
    if kind == "dateTime":
        return dict(_DATE_TIME)
    if kind == "singleSelect":
        colours = (
            ("match", "greenLight2"), ("mismatch", "redLight2"),
            ("match domain", "greenLight1"), ("mismatch domain", "redLight1"),
        )  # fmt: skip
        return {"choices": [{"id": airtable_id("sel", 0, option), "name": option, "color": c} for option, c in colours]}
    return {}

"""How a question about changes is asked: the filter formula of an incremental listing.

What must hold: no field name can break out of its braces or its formula; a name that Airtable cannot express is refused
here, in our words.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from rules.failures import FailureKind, ServiceFailure

_RECORD_ID: Final = re.compile(r"rec[0-9A-Za-z]{1,30}")
_JUST_BEFORE: Final = timedelta(milliseconds=1)


def changed_since(instant: datetime, fields: Sequence[str]) -> str:
    """Build the formula for records created, or changed in any of the fields, at or after an instant.

    Args:
        instant: Aware; millisecond precision, which is Airtable's.
        fields: Operator-owned field names. With none, any field counts, our own mirror included.

    Raises:
        ServiceFailure: ``SYSTEMIC`` for a name with a brace or a line break in it.
        ValueError: A naive instant.
    """
    if instant.tzinfo is None:
        raise ValueError("a watermark must carry its offset")
    # IS_AFTER is strict, and a record whose fields were never edited may have no modification time at all.
    after = (instant.astimezone(UTC) - _JUST_BEFORE).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    moment = f"DATETIME_PARSE('{after}')"
    modified = f"LAST_MODIFIED_TIME({', '.join(field_reference(name) for name in fields)})"
    return f"OR(IS_AFTER(CREATED_TIME(), {moment}), IF({modified}, IS_AFTER({modified}, {moment}), FALSE()))"


def among(record_ids: Sequence[str]) -> str:
    """Build the formula for these records and no others.

    Raises:
        ValueError: Something that is no record id, which could break out of its quotes.
    """
    if wrong := [record_id for record_id in record_ids if not _RECORD_ID.fullmatch(record_id)]:
        raise ValueError(f"{wrong[0]!r} is no record id")
    named = [f"RECORD_ID()='{record_id}'" for record_id in record_ids]
    return f"OR({', '.join(named)})"


def field_reference(name: str) -> str:
    """Write a field's name as a formula does.

    Raises:
        ServiceFailure: ``SYSTEMIC``: the name cannot be written in a formula.
    """
    if not name or any(character in name for character in "{}\\\r\n"):
        raise ServiceFailure.of(
            FailureKind.SYSTEMIC,
            "airtable",
            "unusable_field_name",
            f"the field name {name!r} cannot stand in a formula; rename it in the base and under [airtable.fields]",
        )
    return f"{{{name}}}"

"""A fact has one home, and a field one writer: people's fields are read, the machine's are a mirror (rules B6, B9)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rules.airtable_fields import MACHINE_OWNED, OPERATOR_OWNED, AirtableFields
from rules.lead_fields import LEAD_FIELDS
from stages.mirroring import mirror_fields
from stages.status import STATUS_SCHEMA
from tests.builders import campaign

ROW: dict[str, Any] = {
    **dict.fromkeys(STATUS_SCHEMA), "lead_id": "rec1", "status": "bumped", "cost_usd": 0.0123456,
    "last_sent_at": datetime(2026, 11, 23, 9, 30, tzinfo=UTC), "verdict_reason": "x" * 2000,
}  # fmt: skip


@pytest.mark.rule("B6")
def test_every_field_has_exactly_one_writer() -> None:
    assert set(OPERATOR_OWNED) | set(MACHINE_OWNED) == set(AirtableFields.model_fields)
    assert not set(OPERATOR_OWNED) & set(MACHINE_OWNED)


def test_every_field_is_made_as_a_type_it_can_live_with() -> None:
    assert set(LEAD_FIELDS) == set(AirtableFields.model_fields)
    assert [key for key, field in LEAD_FIELDS.items() if field.made not in field.fits or not field.purpose] == []


@pytest.mark.rule("B6")
@pytest.mark.rule("B9")
def test_the_mirror_writes_the_machines_fields_under_the_bases_names_and_no_others() -> None:
    renamed = campaign(airtable={"fields": {"status": "Stand", "audit": "Verlauf"}})
    written = mirror_fields(ROW, "2026-11-23 10:30 sent: bump", renamed)
    assert set(written) == {getattr(renamed.airtable.fields, name) for name in MACHINE_OWNED}
    assert written["Stand"] == "bumped"
    assert written["Verlauf"] == "2026-11-23 10:30 sent: bump"


@pytest.mark.rule("B26")
def test_what_is_missing_clears_its_cell_and_zero_stays_zero() -> None:
    written = mirror_fields({**ROW, "cost_usd": 0.0}, "", campaign())
    assert written["Cost USD"] == 0.0
    assert written["Step"] is None
    assert written["Audit"] is None
    assert written["Last Sent At"] == "2026-11-23T09:30:00.000Z"
    assert len(written["Verdict Reason"]) == 1000

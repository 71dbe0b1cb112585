"""Raw lead records: every version kept, every delivery harmless to repeat."""

from datetime import timedelta
from typing import Any

import pytest

from resources.ledger.ledger import Ledger
from tests.builders import DAY, MONDAY

LATER = MONDAY + timedelta(days=1)


def deliver(ledger: Ledger, *records: tuple[str, dict[str, Any]], later: int = 0, complete: bool = False) -> Any:
    now = MONDAY + timedelta(days=later)
    day = (now.date()).isoformat()
    return ledger.records.receive(list(records), now=now, day=day, complete=complete)


@pytest.mark.rule("B22")
def test_the_same_delivery_twice_changes_nothing(ledger: Ledger) -> None:
    first = deliver(ledger, ("rec1", {"Email": "a@b.example"}), ("rec2", {"Email": "c@d.example"}))
    again = deliver(ledger, ("rec1", {"Email": "a@b.example"}), ("rec2", {"Email": "c@d.example"}), later=1)

    assert (first.new, first.changed, first.gone, first.unchanged, first.days) == (2, 0, 0, 0, (DAY,))
    assert (again.new, again.changed, again.gone, again.unchanged, again.days) == (0, 0, 0, 2, ())
    assert ledger.records.version_columns()["record_id"] == ["rec1", "rec2"]
    assert ledger.records.version_count() == 2


def test_a_record_listed_twice_in_one_delivery_is_one(ledger: Ledger) -> None:
    received = deliver(ledger, ("rec1", {"Name": "First"}), ("rec1", {"Name": "Second"}))

    assert received.new == 1
    assert [record.fields for record in ledger.records.everything()] == [{"Name": "First"}]


@pytest.mark.rule("B36")
@pytest.mark.rule("B25")
def test_a_changed_record_keeps_its_old_version_and_its_intake_day(ledger: Ledger) -> None:
    deliver(ledger, ("rec1", {"Name": "Grace"}))
    received = deliver(ledger, ("rec1", {"Name": "Grace Hopper"}), later=1)

    (record,) = ledger.records.everything()
    assert (received.changed, received.days) == (1, (DAY,))
    assert (record.version, record.fields, record.intake_day) == (2, {"Name": "Grace Hopper"}, DAY)
    assert record.received_at == LATER
    columns = ledger.records.version_columns()
    assert list(zip(columns["version"], columns["fields"], columns["newest"], strict=True)) == [
        (1, '{"Name":"Grace"}', False),
        (2, '{"Name":"Grace Hopper"}', True),
    ]


@pytest.mark.rule("A8")
def test_only_a_whole_listing_can_make_a_record_gone(ledger: Ledger) -> None:
    deliver(ledger, ("rec1", {}), ("rec2", {}))
    part = deliver(ledger, ("rec1", {}), later=1)
    assert (part.gone, [record.in_view for record in ledger.records.everything()]) == (0, [True, True])

    whole = deliver(ledger, ("rec1", {}), later=2, complete=True)

    gone = ledger.records.find(["rec2"])[0]
    assert (whole.gone, whole.days, gone.in_view) == (1, (DAY,), False)
    assert gone.gone_at == MONDAY + timedelta(days=2)
    assert [entry["kind"] for entry in ledger.story("rec2")] == ["record.gone"]


@pytest.mark.parametrize("fields", [{"Name": "as before"}, {"Name": "changed"}])
def test_a_record_that_comes_back_is_in_the_view_again(ledger: Ledger, fields: dict[str, str]) -> None:
    deliver(ledger, ("rec1", {"Name": "as before"}))
    deliver(ledger, later=1, complete=True)

    received = deliver(ledger, ("rec1", fields), later=2)

    (record,) = ledger.records.everything()
    assert (record.in_view, record.gone_at, received.days) == (True, None, (DAY,))


def test_records_are_read_in_the_order_of_their_intake(ledger: Ledger) -> None:
    deliver(ledger, ("recB", {}), ("recC", {}))
    deliver(ledger, ("recA", {}), later=1)

    assert [record.record_id for record in ledger.records.everything()] == ["recB", "recC", "recA"]
    assert [record.record_id for record in ledger.records.of_day(DAY)] == ["recB", "recC"]
    days = {record.intake_day for record in ledger.records.everything()}
    assert days == {"2026-11-23", "2026-11-24"}


@pytest.mark.rule("B26")
def test_zero_and_empty_are_kept_as_they_came(ledger: Ledger) -> None:
    fields = {"Priority": 0, "Notes": "", "Score": 0.0, "Tags": [], "Nothing": None}
    deliver(ledger, ("rec1", fields))

    assert ledger.records.everything()[0].fields == fields


def test_hostile_cells_are_stored_and_read(ledger: Ledger) -> None:
    fields = {
        "Name": "a\x00b \ud83d half an emoji \u202e",
        "Big": "x" * 100_000,
        "Formula": "=1+1",
        "Deep": [{"a": [1]}],
    }
    deliver(ledger, ("rec1", fields))

    (record,) = ledger.records.everything()
    assert record.fields["Big"] == fields["Big"]
    assert record.fields["Deep"] == [{"a": [1]}]
    assert str(record.fields["Name"]).endswith("half an emoji \u202e")

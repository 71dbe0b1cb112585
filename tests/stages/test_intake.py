"""From the base into the ledger: every version of every record, and nothing taken for gone that was only not seen."""

from datetime import timedelta
from typing import Any

import pytest

from rules.airtable_fields import AirtableFields
from rules.failures import FailureKind, ServiceFailure
from stages.intake import FULL_EVERY, FULL_STAMP, READ_STAMP
from stages.leads import all_leads, lead_frame
from tests.builders import DAY, MONDAY
from tests.stages.office import Office, lead, open_office


async def test_the_first_look_is_whole_and_the_next_ones_see_what_changed(office: Office) -> None:
    first, *_ = office.add(*(lead(number) for number in range(3)))
    office.later(hours=1)
    report = await office.receive()
    assert (report.full, report.listed, report.received.new) == (True, 3, 3)

    office.later(hours=1)
    office.change(first, Title="Head of Everything")
    office.add(lead(7))
    office.later(minutes=30)
    report = await office.receive()

    assert (report.full, report.listed, report.received.new, report.received.changed) == (False, 2, 1, 1)
    office.later(hours=1)
    assert (await office.receive()).listed == 0


@pytest.mark.rule("A2")
async def test_a_look_costs_pages_not_records(office: Office) -> None:
    office.add(*(lead(number) for number in range(230)))
    await office.receive()
    pages = sum(
        n for what, n in office.world.tally.requests.items() if what.startswith("airtable|GET") and "meta" not in what
    )
    assert pages == 3


async def test_a_change_just_before_the_last_look_is_not_missed(office: Office) -> None:
    """The base's clock is not ours: the last ten minutes are read again."""
    (record,) = office.add(lead(1))
    await office.receive()
    office.later(minutes=5)
    office.change(record, Title="New")
    office.ledger.flags.stamp(READ_STAMP, at=office.now + timedelta(minutes=4))
    office.later(minutes=10)

    assert (await office.receive()).received.changed == 1


async def test_once_a_day_the_whole_view_is_read_and_finds_what_is_gone(office: Office) -> None:
    first, second = office.add(lead(1), lead(2))
    await office.receive()
    office.later(hours=2)
    office.change(second, Email=None)
    assert (await office.receive()).received.gone == 0

    office.later(seconds=FULL_EVERY.total_seconds())
    report = await office.receive()

    assert (report.full, report.received.gone) == (True, 1)
    gone = {record.record_id: record.in_view for record in office.ledger.records.everything()}
    assert gone == {first: True, second: False}


@pytest.mark.rule("A8")
async def test_a_listing_that_breaks_makes_nothing_look_gone(office: Office) -> None:
    office.add(*(lead(number) for number in range(230)))
    await office.receive()
    office.world.faults.arm("airtable.iterator_lost")

    with pytest.raises(ServiceFailure):
        await office.receive(full=True)

    assert all(record.in_view for record in office.ledger.records.everything())
    stamp = office.ledger.flags.stamped(FULL_STAMP)
    assert stamp is not None
    assert stamp[0] == MONDAY


@pytest.mark.rule("B7")
@pytest.mark.parametrize(
    ("key", "field"), [("email", "Email"), ("do_not_contact", "Do Not Contact"), ("audit", "Audit")]
)
async def test_a_renamed_field_stops_the_stage_with_its_name_and_the_mapping(
    office: Office, key: str, field: str
) -> None:
    office.world.faults.arm("airtable.renamed_field", match=field)

    with pytest.raises(ServiceFailure) as stopped:
        await office.receive()

    assert stopped.value.failure.kind is FailureKind.SYSTEMIC
    assert f"table 'Leads' has no field {field!r} (airtable.fields.{key})" in str(stopped.value)
    assert "[airtable.fields] in campaign.toml" in str(stopped.value)
    assert office.ledger.records.everything() == []


async def test_a_renamed_view_stops_the_stage_with_the_views_there_are(office: Office) -> None:
    office.world.faults.arm("airtable.renamed_view", match="Queue")
    with pytest.raises(ServiceFailure, match=r"has no view 'Queue' \(airtable\.view\); it has"):
        await office.receive()


async def test_another_name_in_the_mapping_is_believed(tmp_path: Any) -> None:
    office = open_office(tmp_path, airtable={"fields": {"title": "Notes"}})
    office.add(lead(1, Notes="Head of Notes", Title="Other"))
    await office.receive()

    assert [found.title for found in all_leads(office.ledger, office.campaign)] == ["Head of Notes"]
    assert AirtableFields().title == "Title"
    office.close()


@pytest.mark.rule("B25")
async def test_a_lead_belongs_to_the_day_it_was_first_seen(office: Office) -> None:
    (record,) = office.add(lead(1))
    await office.receive()
    office.later(days=2)
    office.change(record, Title="New")
    await office.receive()

    (row,) = lead_frame(all_leads(office.ledger, office.campaign)).iter_rows(named=True)
    assert (row["day"], row["title"], row["status"], row["zones"]) == (DAY, "New", "accepted", ["Europe/Berlin"])


"""A person whose address is at another company's domain: nothing but a model or a person can say whose it is."""

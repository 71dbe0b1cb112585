"""The lead base, in memory and over HTTP: listings, changes, upserts."""

from datetime import UTC, datetime, timedelta

import pytest

from resources.airtable.gateway import RecordChange
from resources.airtable.lead_base import AirtableLeadBase
from rules.failures import ServiceFailure
from tests.resources.airtable.conftest import add_leads, cells
from tests.resources.conftest import MONDAY, Town

LIST = "airtable|GET /v0/{base}/{table}"
PATCH = "airtable|PATCH /v0/{base}/{table}"


async def test_a_listing_is_whole_and_costs_one_request_per_hundred(base: AirtableLeadBase, town: Town) -> None:
    ids = town.call(lambda world: add_leads(world, 250))

    records = await base.records()

    assert [record.record_id for record in records] == ids
    assert records[7].fields["Email"] == "lead7@firm0.example"
    assert records[7].created_at == MONDAY
    assert town.call(lambda world: world.tally.requests[LIST]) == 3


async def test_an_empty_table_is_an_empty_listing(base: AirtableLeadBase) -> None:
    assert await base.records() == []


@pytest.mark.rule("B26")
async def test_an_empty_cell_is_absent_and_a_zero_is_there(base: AirtableLeadBase, town: Town) -> None:
    town.call(lambda world: add_leads(world, 1, Priority=0, Notes=None))

    (record,) = await base.records()

    assert record.fields["Priority"] == 0
    assert "Notes" not in record.fields


async def test_only_fields_asked_for_come(base: AirtableLeadBase, town: Town) -> None:
    town.call(lambda world: add_leads(world, 3))

    records = await base.records(fields=["Email"])

    assert all(set(record.fields) == {"Email"} for record in records)


async def test_a_question_too_long_for_a_url_still_brings_every_page(base: AirtableLeadBase, town: Town) -> None:
    ids = town.call(lambda world: add_leads(world, 250))

    records = await base.records(fields=["Email", "Company"] * 1000)

    assert [record.record_id for record in records] == ids
    assert town.call(lambda world: world.tally.requests["airtable|POST /v0/{base}/{table}/listRecords"]) == 3


async def test_a_view_is_a_filter(base: AirtableLeadBase, town: Town) -> None:
    town.call(lambda world: add_leads(world, 4))
    town.call(lambda world: add_leads(world, 3, first=4, Email=None))

    assert len(await base.records(view="Queue")) == 4


async def test_only_what_operators_changed_since_comes_and_the_instant_itself_counts(
    base: AirtableLeadBase, town: Town
) -> None:
    ids = town.call(lambda world: add_leads(world, 12))
    town.call(lambda world: world.advance(timedelta(hours=1)))
    later = town.call(lambda world: world.now)
    await base.update([RecordChange(ids[3], {"Notes": "call first"}), RecordChange(ids[5], {"Status": "drafted"})])
    new = town.call(lambda world: add_leads(world, 1, first=99))

    changed = await base.records(changed_since=later)

    assert {record.record_id for record in changed} == {ids[3], *new}
    assert await base.records(changed_since=later + timedelta(milliseconds=1)) == []
    assert len(await base.records(changed_since=MONDAY)) == 13


async def test_changes_go_in_tens_and_leave_other_fields_alone(base: AirtableLeadBase, town: Town) -> None:
    ids = town.call(lambda world: add_leads(world, 25))
    instant = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    report = await base.update(
        [RecordChange(each, {"Status": "sent", "Last Sent At": instant, "Cost USD": 0.0125}) for each in ids]
    )

    assert report.written == tuple(ids)
    assert report.rejected == {}
    assert report.requests == 3
    assert town.call(lambda world: world.tally.requests[PATCH]) == 3
    after = town.call(lambda world: cells(world, ids[24]))
    assert after["Status"] == "sent"
    assert after["Last Sent At"] == "2026-11-24T09:30:00.000Z"
    assert after["Email"] == "lead24@firm3.example"


async def test_several_changes_of_a_record_are_one_and_the_later_wins(base: AirtableLeadBase, town: Town) -> None:
    (one,) = town.call(lambda world: add_leads(world, 1))

    report = await base.update(
        [RecordChange(one, {"Status": "a", "Step": "opener"}), RecordChange(one, {"Status": "b"})]
    )

    assert report.written == (one,)
    after = town.call(lambda world: cells(world, one))
    assert (after["Status"], after["Step"]) == ("b", "opener")


async def test_none_empties_a_cell(base: AirtableLeadBase, town: Town) -> None:
    (one,) = town.call(lambda world: add_leads(world, 1, Notes="old"))

    await base.update([RecordChange(one, {"Notes": None})])

    assert "Notes" not in (await base.records())[0].fields


@pytest.mark.rule("B22")
async def test_upserting_twice_makes_one_record_each(base: AirtableLeadBase, town: Town) -> None:
    rows = [{"Email": f"new{number}@firm.example", "Company": "Firm"} for number in range(23)]

    first = await base.upsert(rows, key="Email")
    second = await base.upsert(rows, key="Email")

    assert len(first.written) == 23
    assert second.written == first.written
    assert first.requests == 3
    assert len(await base.records()) == 23
    assert town.call(lambda world: cells(world, first.written[0]))["Company"] == "Firm"


@pytest.mark.rule("B22")
async def test_rows_without_a_key_or_with_an_earlier_rows_key_are_rejected_with_the_reason(
    base: AirtableLeadBase,
) -> None:
    rows = [{"Email": "a@firm.example"}, {"Name": "no mail"}, {"Email": ""}, {"Email": "a@firm.example"}]

    report = await base.upsert(rows, key="Email")

    assert len(report.written) == 1
    assert set(report.rejected) == {"1", "2", "3"}
    assert "Email" in report.rejected["1"]
    assert "earlier row" in report.rejected["3"]


async def test_nothing_to_write_costs_nothing(base: AirtableLeadBase) -> None:
    report = await base.update([])

    assert (report.written, report.rejected, report.requests) == ((), {}, 0)
    assert (await base.upsert([], key="Email")).requests == 0


@pytest.mark.rule("B7")
async def test_the_shape_names_fields_types_and_views(base: AirtableLeadBase) -> None:
    shape = await base.shape()

    assert shape.table == "Leads"
    assert shape.fields["Email"] == "email"
    assert shape.fields["Last Modified"] == "lastModifiedTime"
    assert "Queue" in shape.views


@pytest.mark.rule("B21")
async def test_access_tells_the_scopes_and_whether_the_base_is_seen(base: AirtableLeadBase, town: Town) -> None:
    access = await base.access()
    assert access.level == "create"
    assert access.scopes is not None
    assert {"data.records:read", "data.records:write", "schema.bases:read"} <= access.scopes

    town.arm("airtable.missing_scope", match="data.records:write")
    lesser = await base.access()
    assert lesser.scopes is not None
    assert "data.records:write" not in lesser.scopes
    with pytest.raises(ServiceFailure, match="lacks a scope"):
        await base.upsert([{"Email": "ada@harbour.example"}], key="Email")
    assert (await base.shape()).table == "Leads"

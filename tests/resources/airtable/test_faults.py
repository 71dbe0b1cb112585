"""What goes wrong with a base, and what the lead base makes of it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from resources.airtable.client import connect
from resources.airtable.fake import fake_lead_base
from resources.airtable.gateway import RecordChange
from resources.airtable.lead_base import AirtableLeadBase
from resources.backoff import Patience
from resources.pacing import Pacer
from rules.failures import Failure, FailureKind, ServiceFailure
from sandbox.keys import SANDBOX_AIRTABLE_TOKEN
from tests.resources.airtable.conftest import PLACE, add_leads, cells
from tests.resources.conftest import Naps, Town

LIST = "airtable|GET /v0/{base}/{table}"


async def failure_of_listing(base: AirtableLeadBase) -> Failure:
    with pytest.raises(ServiceFailure) as raised:
        await base.records()
    return raised.value.failure


@pytest.mark.rule("A8")
async def test_a_lost_iterator_restarts_from_page_one_and_yields_the_whole(base: AirtableLeadBase, town: Town) -> None:
    ids = town.call(lambda world: add_leads(world, 350))
    town.arm("airtable.iterator_lost", count=1)

    records = await base.records()

    assert [record.record_id for record in records] == ids
    assert town.call(lambda world: world.tally.requests[LIST]) == 1 + 1 + 4


@pytest.mark.rule("A8")
async def test_a_listing_that_keeps_losing_its_iterator_raises(base: AirtableLeadBase, town: Town) -> None:
    town.call(lambda world: add_leads(world, 150))
    town.arm("airtable.iterator_lost")

    assert (await failure_of_listing(base)).kind is FailureKind.TRANSIENT
    assert town.call(lambda world: world.tally.requests[LIST]) == 3 * 2


@pytest.mark.rule("B4")
@pytest.mark.parametrize("shape", ["plural", "singular"])
async def test_a_rate_limit_of_either_shape_is_waited_out_for_thirty_seconds(
    base: AirtableLeadBase, town: Town, naps: Naps, shape: str
) -> None:
    town.call(lambda world: add_leads(world, 3))
    town.call(lambda world: world.flip({"airtable_429_body": shape}))
    town.arm("airtable.rate_limited", count=2)

    assert len(await base.records()) == 3
    assert len(naps.taken) == 2
    assert all(30 <= nap <= 33 for nap in naps.taken)


@pytest.mark.rule("A3")
async def test_a_used_up_month_is_systemic_although_it_is_a_429(base: AirtableLeadBase, town: Town, naps: Naps) -> None:
    town.arm("airtable.billing_limit")

    failure = await failure_of_listing(base)

    assert failure.kind is FailureKind.SYSTEMIC
    assert "month" in failure.message
    assert naps.taken == []
    assert (await base.shape()).table == "Leads"


@pytest.mark.parametrize("fault", ["airtable.retriable", "airtable.bad_gateway", "airtable.server_error"])
async def test_a_failing_page_is_asked_again_without_starting_over(
    base: AirtableLeadBase, town: Town, naps: Naps, fault: str
) -> None:
    town.call(lambda world: add_leads(world, 150))
    town.arm(fault, count=2)

    assert len(await base.records()) == 150
    assert len(naps.taken) == 2


@pytest.mark.parametrize("fault", ["airtable.write_then_503", "airtable.write_then_lost", "airtable.retriable"])
async def test_a_write_that_may_have_happened_is_repeated_because_it_is_idempotent(
    base: AirtableLeadBase, town: Town, fault: str
) -> None:
    ids = town.call(lambda world: add_leads(world, 5))
    town.arm(fault, count=1)
    updated = await base.update([RecordChange(each, {"Status": "sent"}) for each in ids])
    town.arm(fault, count=1)
    upserted = await base.upsert([{"Email": "new@firm.example"}], key="Email")

    assert updated.written == tuple(ids)
    assert updated.requests == 2
    assert len(upserted.written) == 1
    assert len(await base.records()) == 6


async def test_a_bad_record_is_rejected_with_its_reason_and_its_neighbours_are_written(
    base: AirtableLeadBase, town: Town
) -> None:
    ids = town.call(lambda world: add_leads(world, 20))
    bad = ids[13]
    changes = [RecordChange(each, {"Cost USD": "much" if each == bad else 1}) for each in ids]

    report = await base.update(changes)

    assert set(report.written) == set(ids) - {bad}
    assert set(report.rejected) == {bad}
    assert "INVALID_VALUE_FOR_COLUMN" in report.rejected[bad]
    assert town.call(lambda world: cells(world, ids[12]))["Cost USD"] == 1
    assert report.requests <= 2 + 2 * 4


async def test_a_record_deleted_meanwhile_costs_one_more_request(base: AirtableLeadBase, town: Town) -> None:
    ids = town.call(lambda world: add_leads(world, 10))
    town.arm("airtable.record_vanishes", count=1)

    report = await base.update([RecordChange(each, {"Status": "sent"}) for each in ids])

    assert set(report.rejected) == {ids[0]}
    assert report.written == tuple(ids[1:])
    assert report.requests == 2


async def test_a_refusal_of_everything_is_systemic_and_not_blamed_on_each_record(
    base: AirtableLeadBase, town: Town
) -> None:
    ids = town.call(lambda world: add_leads(world, 200))

    with pytest.raises(ServiceFailure) as raised:
        await base.update([RecordChange(each, {"Cost USD": "much"}) for each in ids])

    assert raised.value.failure.kind is FailureKind.SYSTEMIC
    assert "first 20 records" in raised.value.failure.message


@pytest.mark.rule("B7")
async def test_an_unknown_field_is_systemic_and_says_where_it_is_mapped(base: AirtableLeadBase, town: Town) -> None:
    (one,) = town.call(lambda world: add_leads(world, 1))

    with pytest.raises(ServiceFailure) as raised:
        await base.update([RecordChange(one, {"Mail Status": "sent"})])

    failure = raised.value.failure
    assert failure.kind is FailureKind.SYSTEMIC
    for part in ("Mail Status", "Leads", "[airtable.fields] in campaign.toml"):
        assert part in failure.message


async def test_a_computed_field_is_systemic(base: AirtableLeadBase, town: Town) -> None:
    (one,) = town.call(lambda world: add_leads(world, 1))

    with pytest.raises(ServiceFailure, match=r"computed.*\[airtable.fields\]"):
        await base.update([RecordChange(one, {"Last Modified": "2026-11-23"})])


async def test_a_renamed_field_or_view_is_systemic_for_a_listing(base: AirtableLeadBase, town: Town) -> None:
    town.arm("airtable.renamed_field", match="Company")
    with pytest.raises(ServiceFailure) as raised:
        await base.records(changed_since=town.call(lambda world: world.now))
    assert raised.value.failure.kind is FailureKind.SYSTEMIC

    town.arm("airtable.renamed_view", match="Queue")
    with pytest.raises(ServiceFailure, match="renamed"):
        await base.records(view="Queue")


WRONG = {
    "token": (SANDBOX_AIRTABLE_TOKEN + "x", PLACE),
    "base": (SANDBOX_AIRTABLE_TOKEN, replace(PLACE, base_id="appNoSuchBase0001")),
    "table": (SANDBOX_AIRTABLE_TOKEN, replace(PLACE, table="Nowhere")),
}


@pytest.fixture(params=list(WRONG))
async def misplaced(request: pytest.FixtureRequest, town: Town, patience: Patience) -> AsyncIterator[AirtableLeadBase]:
    token, place = WRONG[request.param]
    if town.url is None:
        yield fake_lead_base(town.app, place, token=token, patience=patience)
        return
    endpoint = f"{town.url}/airtable"
    async with connect(token, place, endpoint_url=endpoint, pacer=Pacer(0), patience=patience) as opened:
        yield opened


@pytest.mark.rule("A3")
async def test_a_wrong_token_base_or_table_is_systemic(misplaced: AirtableLeadBase) -> None:
    assert (await failure_of_listing(misplaced)).kind is FailureKind.SYSTEMIC
    with pytest.raises(ServiceFailure) as raised:
        await misplaced.shape()
    assert raised.value.failure.kind is FailureKind.SYSTEMIC


async def test_an_unreachable_airtable_is_transient(patience: Patience, naps: Naps) -> None:
    async with connect("pat1", PLACE, endpoint_url="http://127.0.0.1:9", pacer=Pacer(0), patience=patience) as base:
        assert (await failure_of_listing(base)).kind is FailureKind.TRANSIENT
    assert len(naps.taken) == 2

"""Airtable's own pace: the client stays under it, and a lock that somebody else caused is waited out by all."""

import asyncio
from collections.abc import Iterator

import pytest

from resources.airtable.client import connect
from resources.airtable.gateway import RecordChange
from resources.backoff import Patience
from resources.pacing import Pacer
from sandbox import World
from sandbox.keys import SANDBOX_AIRTABLE_TOKEN
from sandbox.serving import Running, running
from tests.resources.airtable.conftest import PLACE, add_leads
from tests.resources.conftest import Naps


@pytest.fixture
def strict(world: World) -> Iterator[Running]:
    """A sandbox that counts requests per second and locks for thirty."""
    with running(world, paced=True) as up:
        yield up


@pytest.mark.rule("B4")
async def test_parallel_writes_and_listings_of_two_clients_never_meet_the_lock(strict: Running) -> None:
    ids = strict.call(lambda world: add_leads(world, 60))
    changes = [RecordChange(each, {"Status": "sent"}) for each in ids]
    endpoint = f"{strict.url}/airtable"

    async with (
        connect(SANDBOX_AIRTABLE_TOKEN, PLACE, endpoint_url=endpoint) as mirror,
        connect(SANDBOX_AIRTABLE_TOKEN, PLACE, endpoint_url=endpoint) as intake,
    ):
        report, records = await asyncio.gather(mirror.update(changes), intake.records())

    assert len(report.written) == len(records) == 60
    assert not [status for status in strict.world.tally.statuses if "429" in status]


@pytest.mark.rule("B4")
async def test_a_lock_holds_every_call_of_the_process_not_only_the_one_that_met_it(strict: Running, naps: Naps) -> None:
    ids = strict.call(lambda world: add_leads(world, 40))
    strict.call(lambda world: world.faults.arm("airtable.rate_limited", count=1))
    strict.call(lambda world: world.flip({"airtable_lock_seconds": 0.0}))
    clock = Pacer(0, sleep=naps, monotonic=lambda: sum(naps.taken))
    endpoint = f"{strict.url}/airtable"

    async with connect(
        SANDBOX_AIRTABLE_TOKEN, PLACE, endpoint_url=endpoint, pacer=clock, patience=Patience(sleep=naps)
    ) as base:
        report = await base.update([RecordChange(each, {"Status": "sent"}) for each in ids])

    assert len(report.written) == 40
    assert sum(naps.taken) >= 30

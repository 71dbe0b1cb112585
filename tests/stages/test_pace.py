"""Concurrency that fits what a service allows, found from its refusals alone."""

import asyncio

import pytest

from resources.clock.gateway import ManualClock
from rules.failures import FailureKind, ServiceFailure
from rules.outcomes import Done, Outcome
from stages.pace import Pace
from stages.workers import run_items
from tests.builders import MONDAY


def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.mark.rule("B4")
def test_one_burst_of_refusals_halves_the_limit_once() -> None:
    pace = Pace(8, clock())

    for _ in range(8):
        pace.slower(0, 1)
    assert (pace.limit, pace.cuts) == (4, 1)

    pace.slower(pace.cuts, 1)
    assert pace.limit == 2


@pytest.mark.rule("B4")
async def test_while_a_service_asks_for_time_nobody_begins() -> None:
    time = clock()
    pace = Pace(8, time)

    assert await pace.turn() == 0
    pace.slower(0, 30)
    pace.slower(0, 5)
    await pace.turn()

    assert (time.now() - MONDAY).total_seconds() == 30


@pytest.mark.rule("B4")
def test_success_brings_the_limit_back_one_by_one_and_never_above_what_is_configured() -> None:
    pace = Pace(4, clock())
    pace.slower(0, 1)

    rises = []
    for _ in range(9):
        pace.went_well()
        rises.append(pace.limit)

    assert rises == [2, 2, 2, 3, 3, 3, 3, 4, 4]


@pytest.mark.rule("B4")
@pytest.mark.parametrize("allowed", [1, 3, 5])
async def test_a_service_that_allows_so_many_at_once_is_used_at_that_and_refuses_few(allowed: int) -> None:
    running = refused = 0
    at_once: list[int] = []

    async def work(item: int) -> Outcome:
        nonlocal running, refused
        if running >= allowed:
            refused += 1
            raise ServiceFailure.of(FailureKind.FLOW_CONTROL, "models", "too_fast", "wait", retry_after=1)
        running += 1
        at_once.append(running)
        for _ in range(3):
            await asyncio.sleep(0)
        running -= 1
        return Done({"item": item})

    outcomes, stopped = await run_items(range(400), work, limit=16, clock=clock(), record=lambda *_: None)

    assert (len(outcomes), stopped) == (400, None)
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert refused < 60
    assert max(at_once[100:]) == allowed

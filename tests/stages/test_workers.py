"""Bounded workers: every item comes out once, rate limits wait, and a stage stops when going on makes no sense."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.clock.gateway import ManualClock
from rules.failures import FailureKind, ItemRejected, ServiceFailure
from rules.outcomes import Done, Failed, Outcome, Rejected, Skipped, State
from stages.workers import FLOW_TRIES, LONGEST_WAIT, TRANSIENT_TRIES, run_items
from tests.builders import MONDAY

Work = Callable[[int], Awaitable[Outcome]]


def failure(kind: FailureKind, *, after: float | None = None) -> ServiceFailure:
    return ServiceFailure.of(kind, "openai", kind.value, "it failed", retry_after=after)


class Bench:
    """Runs items and keeps what was recorded."""

    def __init__(self) -> None:
        self.clock = ManualClock(MONDAY)
        self.recorded: list[tuple[int, Outcome]] = []
        self.tries: dict[int, int] = {}

    async def run(self, count: int, work: Work, *, limit: int = 3) -> tuple[list[Outcome], object]:
        async def counted(item: int) -> Outcome:
            self.tries[item] = self.tries.get(item, 0) + 1
            return await work(item)

        return await run_items(
            range(count), counted, limit=limit, clock=self.clock,
            record=lambda item, outcome: self.recorded.append((item, outcome)),
        )  # fmt: skip

    @property
    def waited(self) -> timedelta:
        return self.clock.now() - MONDAY


async def done(item: int) -> Outcome:
    await asyncio.sleep(0)
    return Done({"item": item})


async def test_outcomes_come_in_the_order_of_the_items_and_are_recorded_as_they_happen() -> None:
    bench = Bench()
    seen: list[tuple[int, int]] = []
    outcomes, stopped = await run_items(
        range(5), done, limit=2, clock=bench.clock, progress=lambda *at: seen.append(at),
        record=lambda item, outcome: bench.recorded.append((item, outcome)),
    )  # fmt: skip

    assert [outcome.value["item"] for outcome in outcomes if isinstance(outcome, Done)] == [0, 1, 2, 3, 4]
    assert sorted(item for item, _ in bench.recorded) == [0, 1, 2, 3, 4]
    assert (stopped, seen[-1]) == (None, (5, 5))
    assert await Bench().run(0, done) == ([], None)


async def test_no_more_run_at_once_than_allowed() -> None:
    running = most = 0

    async def work(item: int) -> Outcome:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(3):
            await asyncio.sleep(0)
        running -= 1
        return Done({"item": item})

    await Bench().run(40, work, limit=4)
    assert most == 4


@pytest.mark.rule("B4")
async def test_a_rate_limit_waits_and_is_no_failure() -> None:
    bench = Bench()

    async def work(item: int) -> Outcome:
        if bench.tries[item] <= 5:
            raise failure(FailureKind.FLOW_CONTROL, after=7)
        return Done({"item": item})

    outcomes, stopped = await bench.run(2, work, limit=1)

    assert ([outcome.state for outcome in outcomes], stopped) == ([State.DONE, State.DONE], None)
    assert bench.waited == timedelta(seconds=2 * 5 * 7)


@pytest.mark.rule("B4")
async def test_a_rate_limit_halves_how_many_run_and_success_brings_them_back() -> None:
    bench = Bench()
    running: list[int] = []
    at_once: list[int] = []

    async def work(item: int) -> Outcome:
        if item == 0 and bench.tries[item] == 1:
            raise failure(FailureKind.FLOW_CONTROL, after=1)
        running.append(item)
        at_once.append(len(running))
        await asyncio.sleep(0)
        running.remove(item)
        return Done({"item": item})

    await bench.run(60, work, limit=8)
    assert max(at_once[-8:]) == 8


async def test_a_rate_limit_that_never_ends_is_a_failure_in_the_end() -> None:
    bench = Bench()

    async def work(_: int) -> Outcome:
        raise failure(FailureKind.FLOW_CONTROL, after=10_000)

    outcomes, stopped = await bench.run(1, work)

    assert (outcomes[0].state, stopped, bench.tries) == (State.FAILED, None, {0: FLOW_TRIES + 1})
    assert bench.waited == timedelta(seconds=FLOW_TRIES * LONGEST_WAIT)


@pytest.mark.rule("B3")
async def test_a_stumble_is_tried_again_a_few_times() -> None:
    bench = Bench()

    async def work(item: int) -> Outcome:
        if item == 1 or bench.tries[item] < TRANSIENT_TRIES:
            raise OSError("reset")
        return Done({"item": item})

    outcomes, stopped = await bench.run(2, work, limit=1)

    assert ([outcome.state for outcome in outcomes], stopped) == ([State.DONE, State.FAILED], None)
    assert bench.tries == {0: TRANSIENT_TRIES, 1: TRANSIENT_TRIES}
    assert bench.waited == timedelta(seconds=2 + 4 + 2 + 4)


async def test_an_item_that_cannot_work_is_rejected_and_the_others_go_on() -> None:
    async def work(item: int) -> Outcome:
        if item == 1:
            raise failure(FailureKind.PERMANENT)
        if item == 2:
            raise ItemRejected("two companies")
        return await done(item)

    outcomes, stopped = await Bench().run(4, work)

    assert [outcome.state.value for outcome in outcomes] == ["done", "rejected", "rejected", "done"]
    assert (outcomes[2], stopped) == (Rejected("internal: rejected: two companies"), None)


@pytest.mark.rule("A3")
async def test_a_systemic_failure_stops_the_stage_and_leaves_the_rest_for_later() -> None:
    bench = Bench()

    async def work(item: int) -> Outcome:
        if item == 3:
            raise failure(FailureKind.SYSTEMIC)
        return await done(item)

    outcomes, stopped = await bench.run(20, work, limit=1)

    assert stopped is not None
    assert [outcome.state.value for outcome in outcomes] == ["done"] * 3 + ["failed"] + ["skipped"] * 16
    assert "the stage was stopped: openai: systemic" in str(outcomes[19])
    assert [item for item, _ in bench.recorded] == [0, 1, 2, 3]
    assert 4 not in bench.tries


async def test_a_service_that_fails_everybody_stops_the_stage() -> None:
    """No breaker can see it item by item: each only knows its own three tries."""
    bench = Bench()

    async def work(_: int) -> Outcome:
        raise OSError("down")

    outcomes, stopped = await bench.run(100, work, limit=4)

    assert stopped is not None
    assert sum(bench.tries.values()) < 40
    assert len(outcomes) == 100


@pytest.mark.rule("B15")
async def test_an_error_in_recording_is_not_swallowed() -> None:
    def record(_item: int, _outcome: Outcome) -> None:
        raise OSError("disk full")

    with pytest.raises(ExceptionGroup) as group:
        await run_items(range(3), done, limit=2, clock=ManualClock(MONDAY), record=record)
    assert group.group_contains(OSError)


@pytest.mark.rule("B15")
async def test_a_cancelled_stage_ends_its_workers() -> None:
    ended: list[int] = []

    async def work(item: int) -> Outcome:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(item)
        return Done({"item": item})

    task = asyncio.create_task(Bench().run(3, work))
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == [0, 1, 2]


RAISES = st.sampled_from([*FailureKind, "done", "skipped", "bug", "oserror", "rejected"])


@pytest.mark.rule("B15")
@pytest.mark.rule("B31")
@given(st.lists(RAISES, max_size=30), st.integers(min_value=1, max_value=9))
def test_every_item_comes_out_exactly_once_whatever_is_raised(plans: list[str], limit: int) -> None:
    """Invariant I8."""
    bench = Bench()

    async def work(item: int) -> Outcome:
        plan = plans[item]
        await asyncio.sleep(0)
        if plan == "done":
            return Done({"item": item})
        if plan == "skipped":
            return Skipped("nothing to do")
        if plan == "bug":
            raise TypeError("a bug")
        if plan == "oserror":
            raise OSError("reset")
        if plan == "rejected":
            raise ItemRejected("no")
        raise failure(FailureKind(plan), after=1)

    outcomes, stopped = asyncio.run(bench.run(len(plans), work, limit=limit))

    assert len(outcomes) == len(plans)
    recorded = [item for item, _ in bench.recorded]
    assert len(recorded) == len(set(recorded))
    if stopped is None:
        assert sorted(recorded) == list(range(len(plans)))
    for item, outcome in enumerate(outcomes):
        if item not in recorded:
            assert isinstance(outcome, Skipped)
        if isinstance(outcome, Failed):
            assert outcome.reason

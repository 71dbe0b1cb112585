"""How clients wait: repeats, turns and holds."""

import asyncio
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.backoff import Patience
from resources.pacing import Pacer, shared_pacer
from rules.failures import FailureKind, ServiceFailure
from tests.resources.conftest import Naps


def failing(*kinds: tuple[FailureKind, float | None]) -> Callable[[], "asyncio.Future[str] | object"]:
    left = list(kinds)

    async def operation() -> str:
        if left:
            kind, wait = left.pop(0)
            raise ServiceFailure.of(kind, "service", kind.value, "no", retry_after=wait)
        return "done"

    return operation


FLOW, TRANSIENT = FailureKind.FLOW_CONTROL, FailureKind.TRANSIENT


@pytest.mark.rule("B4")
async def test_flow_control_burns_no_attempt(naps: Naps) -> None:
    patience = Patience(attempts=2, sleep=naps, jitter=lambda: 0.0)

    assert await patience.insist(failing(*[(FLOW, 5.0)] * 20)) == "done"  # type: ignore[arg-type] # a coroutine function
    assert naps.taken == [5.0] * 20


async def test_transient_failures_burn_attempts_and_pauses_grow(naps: Naps) -> None:
    patience = Patience(attempts=4, base=1.0, cap=3.0, sleep=naps, jitter=lambda: 1.0)

    assert await patience.insist(failing(*[(TRANSIENT, None)] * 3)) == "done"  # type: ignore[arg-type] # as above
    assert naps.taken == [1.0, 2.0, 3.0]
    with pytest.raises(ServiceFailure):
        await patience.insist(failing(*[(TRANSIENT, None)] * 4))  # type: ignore[arg-type] # as above


async def test_waits_longer_than_patience_are_raised_with_their_time(naps: Naps) -> None:
    patience = Patience(longest_wait=100, sleep=naps, jitter=lambda: 0.0)

    with pytest.raises(ServiceFailure) as raised:
        await patience.insist(failing((FLOW, 60.0), (FLOW, 60.0)))  # type: ignore[arg-type] # as above

    assert raised.value.failure.retry_after == 60.0
    assert naps.taken == [60.0]


@pytest.mark.parametrize("kind", [FailureKind.PERMANENT, FailureKind.SYSTEMIC, FailureKind.UNKNOWN_OUTCOME])
async def test_what_cannot_be_helped_by_repeating_is_raised_at_once(naps: Naps, kind: FailureKind) -> None:
    with pytest.raises(ServiceFailure):
        await Patience(sleep=naps).insist(failing((kind, None)))  # type: ignore[arg-type] # as above
    assert naps.taken == []


class Ticking:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.rule("B4")
@given(rate=st.floats(0.5, 50), count=st.integers(1, 60))
def test_any_second_holds_at_most_the_rate_plus_one_turns(rate: float, count: int) -> None:
    clock = Ticking()
    pacer = Pacer(rate, monotonic=clock, sleep=clock.sleep)

    async def turns() -> list[float]:
        taken = []
        for _ in range(count):
            await pacer.turn()
            taken.append(clock.now)
        return taken

    taken = asyncio.run(turns())
    for start in taken:
        assert sum(1 for turn in taken if start <= turn < start + 1) <= math.floor(rate + 1e-6) + 1
    assert taken[-1] - taken[0] == pytest.approx((count - 1) / rate)


async def test_a_hold_is_waited_out_by_everybody_and_turns_are_spaced_again_after_it() -> None:
    clock = Ticking()
    pacer = Pacer(2, monotonic=clock, sleep=clock.sleep)
    await pacer.turn()

    pacer.hold(30)
    taken = []
    for _ in range(3):
        await pacer.turn()
        taken.append(clock.now - 1000)

    assert taken == [30.0, 30.5, 31.0]


async def test_an_unpaced_pacer_still_honours_a_hold() -> None:
    clock = Ticking()
    pacer = Pacer(0, monotonic=clock, sleep=clock.sleep)

    for _ in range(100):
        await pacer.turn()
    assert clock.now == 1000.0
    pacer.hold(30)
    await pacer.turn()
    assert clock.now == 1030.0


def test_one_pacer_for_one_service_and_the_slowest_wish_holds() -> None:
    pacer = shared_pacer("somewhere", 5)

    assert shared_pacer("somewhere", 2) is pacer
    assert shared_pacer("somewhere", 9) is pacer
    assert pacer.interval == 0.5
    assert shared_pacer("elsewhere", 5) is not pacer
    assert shared_pacer("somewhere", 0) is not pacer


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="turns per second"):
        Pacer(-1)

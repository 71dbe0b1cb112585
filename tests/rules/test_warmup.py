"""The warm-up ramp: grows after green days, halves while something warns, begins anew after a month of silence."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.campaign import Caps
from rules.warmup import IDLE, SendingDay, daily_cap, ramp_step

TODAY = date(2026, 11, 23)
CAPS = Caps(per_day=50, ramp=(10, 25, 80))


def days(*ago: int, red: tuple[int, ...] = ()) -> list[SendingDay]:
    return [SendingDay(TODAY - timedelta(days=back), green=back not in red) for back in ago]


@pytest.mark.rule("A9")
def test_the_ramp_is_the_days_cap_until_it_ends() -> None:
    assert [daily_cap(CAPS, step) for step in range(5)] == [10, 25, 50, 50, 50]
    assert daily_cap(Caps(per_day=50), 0) == 50


@pytest.mark.rule("A9")
def test_a_warning_halves_the_ramp_and_nothing_else() -> None:
    assert [daily_cap(CAPS, step, warned=True) for step in range(4)] == [5, 12, 25, 50]
    assert daily_cap(Caps(ramp=(1,)), 0, warned=True) == 1


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("earlier", "step"),
    [(days(), 0), (days(3, 2, 1), 3), (days(3, 2, 1, red=(1,)), 2), (days(3, 2, 1, red=(3, 2, 1)), 0),
     (days(90, 80, 45, 2, 1), 2), (days(33, 32, 31), 0), (days(32, 31, 30), 3), (days(61, 30), 1), (days(60, 30), 2)],
)  # fmt: skip
def test_only_green_days_count_and_a_month_of_silence_forgets_them(earlier: list[SendingDay], step: int) -> None:
    assert ramp_step(earlier, TODAY) == step


@given(st.lists(st.tuples(st.integers(1, 200), st.booleans()), unique_by=lambda day: day[0]))
def test_a_day_that_was_not_green_never_helps(pairs: list[tuple[int, bool]]) -> None:
    earlier = [SendingDay(TODAY - timedelta(days=back), green=green) for back, green in sorted(pairs, reverse=True)]
    step = ramp_step(earlier, TODAY)
    assert 0 <= step <= sum(day.green for day in earlier)
    if earlier and TODAY - earlier[-1].day <= IDLE:
        assert ramp_step([*earlier, SendingDay(TODAY, green=False)], TODAY + timedelta(days=1)) == step

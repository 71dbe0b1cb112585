"""Signals that stop or warn: rates believed at their lower bound, counts that say enough by themselves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.breakers import Outcomes, Signal, tripped, unclear_streak, warned, wilson
from rules.campaign import Breakers
from rules.sending import SendState

LIMITS = Breakers()
NOTHING = Outcomes(0)
UNKNOWN, REJECTED, ACCEPTED = SendState.UNKNOWN, SendState.REJECTED, SendState.ACCEPTED


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_rate(part: int, whole: int) -> None:
    low, high = wilson(min(part, whole), whole)
    assert 0 <= low <= min(part, whole) / whole + 1e-9
    assert min(part, whole) / whole - 1e-9 <= high <= 1


@pytest.mark.rule("B26")
def test_an_empty_sample_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert all(tripped(signal, NOTHING, NOTHING, NOTHING, LIMITS) is None for signal in Signal)
    assert warned(NOTHING, LIMITS) is None


@pytest.mark.rule("B4")
@pytest.mark.parametrize(
    ("week", "recent", "trips"),
    [((0, 0), (0, 0), False), ((1, 19), (1, 19), False), ((2, 20), (2, 20), False), ((5, 20), (5, 20), True),
     ((20, 500), (2, 50), False), ((35, 500), (3, 50), True), ((5, 400), (5, 50), True), ((4, 400), (4, 50), False),
     ((3, 3), (3, 3), False)],
)  # fmt: skip
def test_bounces_trip_when_there_is_no_doubt(week: tuple[int, int], recent: tuple[int, int], trips: bool) -> None:
    said = tripped(
        Signal.HARD_BOUNCES, Outcomes(week[1], week[0]), Outcomes(recent[1], recent[0]), NOTHING, LIMITS
    )  # fmt: skip
    assert bool(said) is trips


@pytest.mark.rule("B4")
@pytest.mark.parametrize(
    ("complaints", "sent", "today", "trips"),
    [(0, 0, 0, False), (1, 10_000, 1, False), (2, 10_000, 2, True), (1, 100, 0, False), (9, 2_000, 1, True)],
)
def test_complaints_trip_at_two_a_day_or_beyond_doubt(complaints: int, sent: int, today: int, trips: bool) -> None:
    week, day = Outcomes(sent, complained=complaints), Outcomes(sent, complained=today)
    assert bool(tripped(Signal.COMPLAINTS, week, NOTHING, day, LIMITS)) is trips


@pytest.mark.rule("B4")
@pytest.mark.parametrize(
    ("left", "sent", "trips"), [(0, 500, False), (10, 500, False), (19, 500, True), (2, 19, False)]
)
def test_unsubscribes_trip_beyond_doubt(left: int, sent: int, trips: bool) -> None:
    said = tripped(Signal.UNSUBSCRIBES, Outcomes(sent, unsubscribed=left), NOTHING, NOTHING, LIMITS)
    assert bool(said) is trips
    assert said is None or f"{left} of {sent} mails of seven days were answered by unsubscribing" in said


@given(st.integers(0, 60), st.integers(1, 2_000))
def test_what_stops_had_warned_before(bad: int, sent: int) -> None:
    """A rate over its stop is over its warning."""
    outcomes = Outcomes(sent, bounced=min(bad, sent))
    only_rate = replace(outcomes)
    if sent >= LIMITS.least_mails and wilson(outcomes.bounced, sent)[0] > LIMITS.hard_bounce_stop:
        assert tripped(Signal.HARD_BOUNCES, only_rate, NOTHING, NOTHING, LIMITS)
        assert warned(outcomes, LIMITS) is Signal.HARD_BOUNCES


@pytest.mark.parametrize(
    ("outcomes", "signal"),
    [(Outcomes(500, bounced=9), None), (Outcomes(500, bounced=18), Signal.HARD_BOUNCES),
     (Outcomes(2_000, complained=6), Signal.COMPLAINTS), (Outcomes(500, unsubscribed=12), Signal.UNSUBSCRIBES)],
)  # fmt: skip
def test_a_warning_names_its_signal(outcomes: Outcomes, signal: Signal | None) -> None:
    assert warned(outcomes, LIMITS) is signal


@pytest.mark.rule("B4")
@pytest.mark.parametrize(
    ("last", "trips"),
    [([UNKNOWN] * 5, True), ([REJECTED, UNKNOWN] * 3, True), ([UNKNOWN] * 4, False),
     ([UNKNOWN] * 4 + [ACCEPTED], False), ([ACCEPTED] + [UNKNOWN] * 5, False)],
)  # fmt: skip
def test_requests_that_bring_no_acceptance_are_no_accident(last: list[SendState], trips: bool) -> None:
    assert bool(unclear_streak(last, LIMITS)) is trips


def test_a_warning_above_its_stop_is_no_configuration() -> None:
    with pytest.raises(ValidationError, match=r"complaint_warn \(0.01\) must not be over complaint_stop \(0.002\)"):
        Breakers(complaint_warn=0.01)

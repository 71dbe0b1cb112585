"""Whether a mail may leave now: each guard alone, their order, and properties over all of them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.business_hours import BusinessHours
from rules.holidays_calendar import STANDARD_CALENDAR, weekend_of
from rules.place.zones import UNKNOWN, Confidence, Zones
from rules.sending import (
    Answer,
    Decision,
    SendFacts,
    SendPolicy,
    SuppressionFact,
    may_send,
    opened,
    strongest,
)  # fmt: skip
from rules.timezones import zone, zones_by_country
from tests.builders import BERLIN, HOUR, MONDAY

NEXT_DAY = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
POLICY = SendPolicy(
    BusinessHours(minutes_left=15), STANDARD_CALENDAR, hour_cap=63, day_cap=500, company_cap=2, next_day=NEXT_DAY
)
FREE = SendFacts(
    now=MONDAY, places=BERLIN, suppressed=None, suppressed_until=None, halted=None, content_matches=True,
    in_last_hour=0, today=0, company_today=0, ready_at=MONDAY,
)  # fmt: skip
LATER = MONDAY + timedelta(days=3)

GUARDS: list[tuple[str, dict[str, Any], Decision]] = [
    ("halted", {"halted": "pause: lunch"}, Decision.later("pause: lunch", None)),
    ("absent", {"suppressed": "out_of_office", "suppressed_until": LATER}, Decision.later("out_of_office", LATER)),
    ("suppressed", {"suppressed": "unsubscribed"}, Decision.never("unsubscribed")),
    ("changed", {"content_matches": False}, Decision.never("what would go out is not what was approved")),
    (
        "stale",
        {"ready_at": MONDAY - timedelta(days=2, seconds=1)},
        Decision.never("the draft is stale: its slot passed"),
    ),
    ("day", {"today": 500}, Decision.later("the day's cap of 500 is reached", NEXT_DAY)),
    ("hour", {"in_last_hour": 63}, Decision.later("the hour's cap of 63 is reached", MONDAY + timedelta(minutes=10))),
    ("company", {"company_today": 2}, Decision.later("the company's cap of 2 a day is reached", NEXT_DAY)),
    (
        "nowhere",
        {"places": UNKNOWN},
        Decision.later("unknown time zone: no place is stated", None),
    ),
]
"""Each guard with the facts that make it object, in the order in which they are asked."""


def test_nothing_in_the_way_is_go() -> None:
    assert may_send(FREE, POLICY) == Decision.go()


@pytest.mark.rule("A9")
@pytest.mark.rule("A10")
@pytest.mark.parametrize(("facts", "decision"), [guard[1:] for guard in GUARDS], ids=[guard[0] for guard in GUARDS])
def test_each_guard_objects_alone(facts: dict[str, Any], decision: Decision) -> None:
    assert may_send(replace(FREE, **facts), POLICY) == decision


@pytest.mark.parametrize("number", range(len(GUARDS) - 1))
def test_guards_are_asked_in_order(number: int) -> None:
    """A pause is said before everything else, and what is final before what passes."""
    facts: dict[str, Any] = {}
    for _, more, _ in reversed(GUARDS[number:]):
        facts |= more
    if number == 2:
        facts["suppressed_until"] = None
    assert may_send(replace(FREE, **facts), POLICY) == GUARDS[number][2]


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ({"today": 499}, Answer.GO),
        ({"in_last_hour": 62}, Answer.GO),
        ({"company_today": 1}, Answer.GO),
        ({"ready_at": MONDAY - timedelta(days=2)}, Answer.GO),
    ],
)
@pytest.mark.rule("B26")
def test_a_cap_is_reached_at_its_number_and_not_before(facts: dict[str, Any], answer: Answer) -> None:
    assert may_send(replace(FREE, **facts), POLICY).answer is answer


PLACES = st.sampled_from([(country, name) for country, names in zones_by_country().items() for name in names])
FACTS = st.builds(
    SendFacts,
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    places=PLACES.map(lambda place: Zones((place[1],), Confidence.HIGH, "stated", place[0])),
    suppressed=st.none() | st.just("unsubscribed"),
    suppressed_until=st.none(),
    halted=st.none() | st.just("pause"),
    content_matches=st.booleans(),
    in_last_hour=st.integers(0, 80),
    today=st.integers(0, 600),
    company_today=st.integers(0, 3),
    ready_at=st.just(MONDAY),
)


@pytest.mark.rule("A1")
@pytest.mark.rule("A5")
@given(FACTS)
def test_go_means_that_every_guard_agrees(facts: SendFacts) -> None:
    """Invariants I2, I3, I4 and I7 as one property, over every zone and two years of moments."""
    fresh = replace(facts, ready_at=facts.now)
    decision = may_send(fresh, POLICY)

    if decision.answer is Answer.GO:
        local = facts.now.astimezone(zone(facts.places.candidates[0]))
        assert not facts.suppressed
        assert not facts.halted
        assert facts.content_matches
        assert facts.in_last_hour < 63
        assert facts.today < 500
        assert facts.company_today < 2
        assert local.weekday() not in weekend_of(facts.places.country)
        assert time(9) <= local.time() < time(16, 45)
    else:
        assert decision.reason


@pytest.mark.rule("A5")
@given(FACTS)
def test_later_names_a_moment_at_which_the_hours_are_open(facts: SendFacts) -> None:
    quiet = replace(
        facts, suppressed=None, halted=None, content_matches=True, in_last_hour=0, today=0, company_today=0,
        ready_at=facts.now,
    )  # fmt: skip
    decision = may_send(quiet, POLICY)
    if decision.answer is Answer.LATER:
        assert decision.retry_at is not None
        assert decision.retry_at > facts.now
        then = replace(quiet, now=decision.retry_at, ready_at=decision.retry_at)
        assert may_send(then, POLICY).answer is Answer.GO


@pytest.mark.rule("A9")
def test_after_a_stop_the_hours_cap_opens_a_quarter_at_a_time() -> None:
    minutes = [0, 14, 15, 30, 45, 59, 60, 500]
    assert [opened(63, timedelta(minutes=m)) for m in minutes] == [16, 16, 32, 48, 63, 63, 63, 63]
    assert [opened(1, timedelta(minutes=m)) for m in (0, 15, 45)] == [1, 1, 1]


@pytest.mark.rule("A9")
@pytest.mark.parametrize(("ago", "since", "answer"), [
    (0, 15, Answer.GO), (0, 16, Answer.LATER), (14, 16, Answer.LATER), (15, 16, Answer.GO), (59, 62, Answer.GO),
    (60, 62, Answer.GO), (-1, 62, Answer.GO),
])  # fmt: skip
def test_a_resumed_campaign_does_not_burst(ago: int, since: int, answer: Answer) -> None:
    resumed = MONDAY - timedelta(minutes=ago)
    decision = may_send(replace(FREE, resumed_at=resumed, since_resumed=since), POLICY)
    assert decision.answer is answer
    if answer is Answer.LATER:
        assert decision.retry_at == resumed + timedelta(minutes=15)


@pytest.mark.rule("A9")
def test_two_people_of_a_company_are_not_written_to_in_one_breath() -> None:
    policy = replace(POLICY, company_gap=timedelta(minutes=10))
    last = MONDAY - timedelta(minutes=9, seconds=59)
    assert may_send(replace(FREE, company_last=last), policy) == Decision.later(
        "a colleague was written to just now", last + timedelta(minutes=10)
    )
    assert may_send(replace(FREE, company_last=MONDAY - timedelta(minutes=10)), policy) == Decision.go()


def fact(hours: float | None, reason: str = "r") -> SuppressionFact:
    return SuppressionFact(reason, None if hours is None else MONDAY + hours * HOUR)


def test_the_strongest_suppression_counts() -> None:
    assert strongest([], MONDAY) is None
    assert strongest([fact(-1), fact(0)], MONDAY) is None
    assert strongest([fact(1), fact(3), fact(2)], MONDAY) == fact(3)
    assert strongest([fact(9), fact(None, "complaint")], MONDAY) == fact(None, "complaint")


@given(st.lists(st.none() | st.floats(-100, 100), max_size=8), st.randoms())
def test_suppressions_only_add(hours: list[float | None], shuffled: Any) -> None:
    """Invariants I2 and I6: a join over any order; one more fact never frees anybody."""
    facts = [fact(hour) for hour in hours]
    turned = list(facts)
    shuffled.shuffle(turned)
    assert strongest(facts, MONDAY) == strongest(turned, MONDAY)
    for more in facts:
        assert strongest([more], MONDAY) is None or strongest(facts, MONDAY) is not None

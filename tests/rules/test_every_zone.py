"""A sample of `make zones` (which asks about every zone of the world), and what the sample must not miss."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from rules.business_hours import sendable
from rules.holidays_calendar import STANDARD_CALENDAR
from rules.place.locating import locate
from rules.place.zones import Confidence, Zones
from tests.rules import time_oracle as oracle
from tests.rules.every_zone import HOURS, Swept, around_changes, every_day, every_hour
from tests.rules.time_oracle import Place

NOTED = [
    Place("Europe/Berlin", "DE"),
    Place("America/St_Johns", "CA"),
    Place("Australia/Lord_Howe", "AU"),
    Place("Pacific/Chatham", "NZ"),
    Place("Asia/Kathmandu", "NP"),
    Place("Asia/Riyadh", "SA"),
    Place("Africa/Casablanca", "MA"),
    Place("America/Vancouver", "CA"),
    Place("Pacific/Kiritimati", "KI"),
    Place("Asia/Kabul", "AF"),
]
"""Half-hour and quarter-hour zones, a half-hour change, Friday weekends, a zone that stops changing its clocks."""
YEAR_END, SPRING, AUTUMN, LEAP_DAY = date(2026, 12, 20), date(2027, 3, 7), date(2027, 10, 24), date(2028, 2, 25)


def _agreed(swept: Swept, *, at_least: int) -> None:
    assert list(swept.wrong) == []
    assert swept.asked >= at_least
    assert swept.allowed > 0


@pytest.mark.rule("A1")
@pytest.mark.rule("A5")
@pytest.mark.parametrize("place", NOTED, ids=lambda place: place.name)
def test_every_hour_of_half_a_year_is_judged_as_a_second_opinion_judges_it(place: Place) -> None:
    _agreed(every_hour(place, first=date(2026, 9, 1), last=date(2027, 3, 1)), at_least=4_000)


@pytest.mark.rule("A5")
@pytest.mark.parametrize("first", [YEAR_END, SPRING, AUTUMN, LEAP_DAY], ids=str)
def test_three_weeks_in_every_thirteenth_zone(first: date) -> None:
    for place in oracle.places()[first.day % 13 :: 13]:
        _agreed(every_hour(place, first=first, last=first + timedelta(days=21)), at_least=500)


@pytest.mark.rule("A1")
def test_holidays_and_weekends_of_every_ninth_state() -> None:
    for place in oracle.states()[::9]:
        _agreed(every_day(place, first=date(2026, 11, 1), last=date(2027, 7, 1)), at_least=200)


@pytest.mark.rule("A5")
@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Nuuk", "Africa/Cairo", "Asia/Beirut"]
)
def test_the_nights_on_which_clocks_change_widen_no_window(name: str) -> None:
    place = next(each for each in oracle.places() if each.zone == name)
    _agreed(around_changes(place, first=date(2026, 11, 1), last=date(2027, 11, 1)), at_least=3_000)


@pytest.mark.rule("A1")
@pytest.mark.parametrize(
    ("country", "weekend"),
    [("AF", {3, 4, 5}), ("MR", {4, 5, 6}), ("SA", {4, 5}), ("IR", {3, 4}), ("BN", {4, 6}), ("DE", {5, 6})],
)
def test_where_sources_disagree_about_a_weekend_both_are_kept(country: str, weekend: set[int]) -> None:
    for ahead in range(7):
        day = date(2027, 6, 7) + timedelta(days=ahead)
        closed = STANDARD_CALENDAR.closed_because(country, None, day)
        assert ("weekend" in (closed or "")) is (day.weekday() in weekend)


@pytest.mark.rule("A1")
@pytest.mark.parametrize(
    ("places", "moment"),
    [
        (locate("Korea"), datetime(2027, 2, 8, 2, tzinfo=UTC)),
        (locate("Congo"), datetime(2027, 6, 30, 10, tzinfo=UTC)),
        (Zones(("Asia/Riyadh", "Asia/Qatar"), Confidence.WEAK, "hints"), datetime(2027, 3, 26, 8, tzinfo=UTC)),
    ],
    ids=["lunar new year in Seoul", "independence of one Congo of two", "a Friday at the Gulf"],
)
def test_where_no_single_country_is_known_each_that_it_may_be_can_object(places: Zones, moment: datetime) -> None:
    assert places.country is None
    assert places.candidates
    verdict = sendable(moment, places, HOURS, STANDARD_CALENDAR)
    assert not verdict
    assert "public holiday" in verdict.reason or "weekend" in verdict.reason
    assert not all(oracle.works(Place(name, None), moment.date()) for name in places.candidates)
    assert verdict.retry_at is not None
    assert all(oracle.works(Place(name, None), verdict.retry_at.date()) for name in places.candidates)


def test_the_sample_is_of_the_whole() -> None:
    assert len(oracle.places()) > 415
    assert len(oracle.states()) > 640
    assert time(9) == HOURS.opens

"""Business hours on every recipient's own wall clock, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.business_hours import BusinessHours, next_opening, opening_window, sendable
from rules.holidays_calendar import EVERYWHERE, STANDARD_CALENDAR, HolidayCalendar
from rules.place.locating import locate
from rules.place.zones import UNKNOWN, Confidence, Zones
from rules.timezones import zone, zones_by_country

HOURS = BusinessHours(opens=time(9), closes=time(17), minutes_left=30)
ALL_ZONES = sorted({(name, country) for country, names in zones_by_country().items() for name in names})
# Days on which clocks change or a date is skipped or doubled somewhere, and year ends.
ODD_DAYS = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2027, 3, 14),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2027, 1, 1),
]


def _places(name: str, country: str | None = None, *more: str) -> Zones:
    return Zones((name, *more), Confidence.HIGH if not more else Confidence.MEDIUM, "test", country)


def _moments() -> st.SearchStrategy[datetime]:
    return st.builds(
        lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
        st.sampled_from(ODD_DAYS) | st.dates(date(2026, 1, 1), date(2028, 12, 31)),
        st.integers(-1440, 2880),
    )


@pytest.mark.rule("A1")
@pytest.mark.rule("A5")
@settings(deadline=None, max_examples=400)
@given(st.sampled_from(ALL_ZONES), _moments())
@example(("Pacific/Apia", "WS"), datetime(2026, 12, 31, 19, 0, tzinfo=UTC))
@example(("Asia/Riyadh", "SA"), datetime(2026, 11, 22, 6, 0, tzinfo=UTC))
@example(("Asia/Riyadh", "SA"), datetime(2026, 11, 20, 6, 0, tzinfo=UTC))
def test_what_is_sent_arrives_on_a_working_day_inside_local_hours_everywhere(
    place: tuple[str, str], moment: datetime
) -> None:
    name, country = place
    verdict = sendable(moment, _places(name, country), HOURS, STANDARD_CALENDAR)
    local = moment.astimezone(zone(name))
    closing = datetime.combine(local.date(), HOURS.closes, tzinfo=local.tzinfo)
    fits = HOURS.opens <= local.time() and moment <= closing.astimezone(UTC) - timedelta(minutes=30)
    open_day = STANDARD_CALENDAR.closed_because(country, None, local.date()) is None
    assert bool(verdict) == (fits and open_day and local.time() < time(16, 30))
    if not verdict:
        assert verdict.reason
        assert verdict.retry_at is None or verdict.retry_at > moment


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(ALL_ZONES),
    _moments(),
    st.tuples(st.integers(0, 1380), st.integers(1, 59)).map(lambda pair: (pair[0], pair[0] + pair[1])),
)
@example(("America/New_York", "US"), datetime(2027, 3, 14, 7, 0, tzinfo=UTC), (120, 179))  # inside the gap
@example(("Europe/Berlin", "DE"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), (120, 170))  # the hour twice
@example(("America/Havana", "CU"), datetime(2026, 11, 1, 4, 30, tzinfo=UTC), (10, 50))  # twice at midnight
def test_short_windows_near_clock_changes_never_open_outside_the_wall_clock(
    place: tuple[str, str], moment: datetime, window: tuple[int, int]
) -> None:
    opens, closes = (time(minutes // 60, minutes % 60) for minutes in window)
    hours = BusinessHours(opens=opens, closes=closes)
    no_calendar = HolidayCalendar(respect_holidays=False)
    if sendable(moment, _places(place[0]), hours, no_calendar):
        local = moment.astimezone(zone(place[0]))
        assert opens <= local.time() < closes
        assert no_calendar.closed_because(place[1], None, local.date()) is None  # Cairo works on Sundays


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from([name for name, _ in ALL_ZONES]), min_size=1, max_size=4, unique=True), _moments())
def test_several_candidates_narrow_the_window(names: list[str], moment: datetime) -> None:
    together = bool(sendable(moment, _places(names[0], None, *names[1:]), HOURS, STANDARD_CALENDAR))
    alone = [bool(sendable(moment, _places(name), HOURS, STANDARD_CALENDAR)) for name in names]
    assert together == all(alone)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(ALL_ZONES), _moments())
def test_the_next_opening_is_allowed_and_nothing_before_it_is(place: tuple[str, str], moment: datetime) -> None:
    places = _places(*place)
    opening = next_opening(moment, places, HOURS, STANDARD_CALENDAR)
    assert opening is not None
    assert opening >= moment
    assert sendable(opening, places, HOURS, STANDARD_CALENDAR)
    step = max((opening - moment) / 7, timedelta(minutes=1))
    before = moment
    while before < opening:
        assert not sendable(before, places, HOURS, STANDARD_CALENDAR)
        before += step


def test_the_window_holds_from_its_start_to_its_end() -> None:
    window = opening_window(datetime(2026, 11, 23, 12, tzinfo=UTC), locate("Germany"), HOURS, STANDARD_CALENDAR)
    assert window == (datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 23, 15, 30, tzinfo=UTC))
    assert not sendable(window[1], locate("Germany"), HOURS, STANDARD_CALENDAR)


@pytest.mark.rule("A5")
def test_an_unknown_zone_is_never_sent_to() -> None:
    moment = datetime(2026, 11, 24, 12, tzinfo=UTC)
    verdict = sendable(moment, UNKNOWN, HOURS, STANDARD_CALENDAR)
    assert not verdict
    assert "unknown time zone" in verdict.reason
    assert opening_window(moment, UNKNOWN, HOURS, STANDARD_CALENDAR) is None


@pytest.mark.rule("A5")
def test_singapore_at_three_in_the_morning_is_refused_with_the_next_moment() -> None:
    verdict = sendable(datetime(2026, 11, 23, 19, tzinfo=UTC), locate("Singapore"), HOURS, STANDARD_CALENDAR)
    assert not verdict
    assert "03:00" in verdict.reason
    assert verdict.retry_at == datetime(2026, 11, 24, 1, tzinfo=UTC)


def test_zones_that_share_no_hour_are_never_sent_to() -> None:
    assert next_opening(datetime(2026, 11, 23, tzinfo=UTC), locate("Russia"), HOURS, STANDARD_CALENDAR) is None


@pytest.mark.rule("A1")
@pytest.mark.parametrize(
    ("country", "day", "open_there"),
    [
        ("Germany", date(2026, 11, 22), False),
        ("Saudi Arabia", date(2026, 11, 22), True),
        ("Saudi Arabia", date(2026, 11, 20), False),
        ("Israel", date(2026, 11, 20), False),
        ("Iran", date(2026, 11, 19), False),
        ("Nepal", date(2026, 11, 21), False),
        ("Germany", date(2026, 12, 25), False),
        ("USA", date(2026, 11, 26), False),
        ("Japan", date(2026, 11, 23), False),
        ("Germany", date(2027, 1, 1), False),
        ("Germany", date(2027, 1, 4), True),
    ],
)
def test_local_weekends_and_holidays_are_respected(country: str, day: date, *, open_there: bool) -> None:
    places = locate(country)
    window = opening_window(datetime(day.year, day.month, day.day, tzinfo=UTC), places, HOURS, STANDARD_CALENDAR)
    assert window is not None
    local = window[0].astimezone(zone(places.candidates[0])).date()
    assert (local == day) is open_there


def test_the_senders_own_days_narrow_further() -> None:
    monday = datetime(2026, 11, 23, 12, tzinfo=UTC)
    midweek = BusinessHours(weekdays=frozenset({1, 2, 3}))
    assert "does not write on Monday" in sendable(monday, locate("Germany"), midweek, STANDARD_CALENDAR).reason
    closed = HolidayCalendar(closed={EVERYWHERE: frozenset({monday.date()}), "FR": frozenset({date(2026, 11, 24)})})
    assert not sendable(monday, locate("Germany"), HOURS, closed)
    assert sendable(monday + timedelta(days=1), locate("Germany"), HOURS, closed)
    assert not sendable(monday + timedelta(days=1), locate("France"), HOURS, closed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens": time(17), "closes": time(9)},
        {"opens": time(9, 0, 30)},
        {"minutes_left": -1},
        {"minutes_left": 480},
        {"weekdays": frozenset()},
        {"weekdays": frozenset({7})},
        {"opens": time(9, tzinfo=UTC)},
    ],
)
def test_impossible_hours_cannot_be_built(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"hours|weekdays|left"):
        BusinessHours(**wrong)


@pytest.mark.rule("B26")
def test_no_minutes_left_means_until_the_last_moment() -> None:
    hours = BusinessHours(minutes_left=0)
    last = datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)
    assert sendable(last, locate("Germany"), hours, STANDARD_CALENDAR)
    assert not sendable(last + timedelta(seconds=1), locate("Germany"), hours, STANDARD_CALENDAR)


def test_a_naive_moment_is_an_error() -> None:
    naive = datetime(2026, 11, 23, 12)  # noqa: DTZ001 - wrong on purpose
    with pytest.raises(ValueError, match="aware"):
        sendable(naive, locate("Germany"), HOURS, STANDARD_CALENDAR)

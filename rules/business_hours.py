"""Whether a moment is inside a recipient's business hours, and when it next will be (rules A1, A5; invariant I3).

One thing must hold: what is allowed is allowed on the wall clock of every candidate zone, on a working day there, with
time left before closing. An uncertain zone narrows the window, never widens it; an unknown zone has no window at all.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import product

from rules.holidays_calendar import HolidayCalendar
from rules.place.zones import Zones
from rules.timezones import countries_of_zone, zone

HORIZON_DAYS = 30
_DAY = timedelta(days=1)
_SUNDAY = 6
Window = tuple[datetime, datetime]
"""First moment a mail may go out and first moment it may not any more, both in UTC."""


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people may be written to, on their own wall clock.

    Attributes:
        opens: First moment of the day, local.
        closes: End of the day, local; after `opens`.
        minutes_left: A mail goes out only if at least so many minutes remain before closing.
        weekdays: Days of the week (Monday 0) on which the sender writes at all; local weekends are closed besides.
    """

    opens: time = time(9)
    closes: time = time(17)
    minutes_left: int = 0
    weekdays: frozenset[int] = frozenset(range(7))

    def __post_init__(self) -> None:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("business hours are wall-clock times and carry no zone")
        if self.opens >= self.closes:
            raise ValueError(f"business hours end ({self.closes}) before they start ({self.opens})")
        if any(wall.second or wall.microsecond for wall in (self.opens, self.closes)):
            raise ValueError("business hours start and end on a whole minute")
        length = datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)
        if self.minutes_left < 0 or timedelta(minutes=self.minutes_left) >= length:
            raise ValueError(f"{self.minutes_left} minutes left leave nothing of the business hours")
        if not self.weekdays or not all(0 <= day <= _SUNDAY for day in self.weekdays):
            raise ValueError("weekdays are numbers from 0 (Monday) to 6, at least one")


@dataclass(frozen=True, slots=True)
class Sendable:
    """Whether a mail may go out now; when not, why and when to look again (UTC, None when never in the horizon)."""

    allowed: bool
    reason: str
    retry_at: datetime | None = None

    def __bool__(self) -> bool:
        return self.allowed


_YES = Sendable(allowed=True, reason="inside business hours")


def _instants(day: date, wall: time, name: str) -> tuple[datetime, datetime]:
    """Both readings in UTC of a wall-clock time; they differ only where clocks change (PEP 495)."""
    local = datetime.combine(day, wall, tzinfo=zone(name))
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def _day_window(day: date, name: str, hours: BusinessHours) -> Window | None:
    """A day's window in one zone: the later reading of opening, the earlier of closing, so a change never widens it."""
    start = max(_instants(day, hours.opens, name))
    end = min(_instants(day, hours.closes, name)) - timedelta(minutes=hours.minutes_left)
    return (start, end) if start < end else None


def _closed_because(day: date, name: str, places: Zones, hours: BusinessHours, holidays: HolidayCalendar) -> str | None:
    """Why nobody works in a candidate zone; where no single country is known, each country of the zone may object."""
    if day.weekday() not in hours.weekdays:
        return f"the campaign does not write on {day:%A}"
    countries = (places.country,) if places.country else countries_of_zone(name) or (None,)
    reasons = (holidays.closed_because(country, places.subdivision, day) for country in countries)
    return next(filter(None, reasons), None)


@lru_cache(maxsize=65_536)
def _windows(
    name: str, day: date, places: Zones, hours: BusinessHours, holidays: HolidayCalendar
) -> tuple[Window, ...]:
    """Windows of one zone that start within a day of a UTC date, in order."""
    days = (day - _DAY, day, day + _DAY)
    found = (_day_window(d, name, hours) for d in days if _closed_because(d, name, places, hours, holidays) is None)
    return tuple(window for window in found if window is not None)


@lru_cache(maxsize=262_144)
def _common_windows(day: date, places: Zones, hours: BusinessHours, holidays: HolidayCalendar) -> tuple[Window, ...]:
    """Windows every candidate zone shares that start on a UTC date."""
    common: list[Window] | None = None
    for name in places.candidates:
        here = _windows(name, day, places, hours, holidays)
        if common is None:
            common = list(here)
        else:
            overlaps = ((max(a, c), min(b, d)) for (a, b), (c, d) in product(common, here))
            common = sorted({window for window in overlaps if window[0] < window[1]})
        if not common:
            return ()
    return tuple(window for window in common or () if window[0].date() == day)


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment without a zone is no moment; pass an aware datetime")
    return moment.astimezone(UTC)


def opening_window(
    moment: datetime,
    places: Zones,
    hours: BusinessHours,
    holidays: HolidayCalendar,
    *,
    horizon_days: int = HORIZON_DAYS,
) -> Window | None:
    """The common window that is open at a moment, or else the next one, in UTC.

    Returns:
        Start and end (exclusive); None for an unknown zone, or when the candidates share no window in the horizon.

    Raises:
        ValueError: the moment is naive.
    """
    now = _utc(moment)
    for ahead in range(-1, horizon_days + 1):
        for window in _common_windows(now.date() + ahead * _DAY, places, hours, holidays):
            if window[1] > now:
                return window
    return None


def next_opening(
    moment: datetime,
    places: Zones,
    hours: BusinessHours,
    holidays: HolidayCalendar,
    *,
    horizon_days: int = HORIZON_DAYS,
) -> datetime | None:
    """The first allowed moment at or after a moment, in UTC; None when there is none in the horizon.

    Raises:
        ValueError: the moment is naive.
    """
    window = opening_window(moment, places, hours, holidays, horizon_days=horizon_days)
    return None if window is None else max(window[0], _utc(moment))


def sendable(moment: datetime, places: Zones, hours: BusinessHours, holidays: HolidayCalendar) -> Sendable:
    """Allow only if every candidate zone allows it.

    Raises:
        ValueError: the moment is naive.
    """
    now = _utc(moment)
    if not places.candidates:
        return Sendable(allowed=False, reason=f"unknown time zone: {places.how}")
    for day in (now.date(), now.date() - _DAY):
        if any(start <= now < end for start, end in _common_windows(day, places, hours, holidays)):
            return _YES
    return _denied(now.replace(second=0, microsecond=0), places, hours, holidays)


@lru_cache(maxsize=262_144)
def _denied(minute: datetime, places: Zones, hours: BusinessHours, holidays: HolidayCalendar) -> Sendable:
    """The refusal that holds for a whole minute: hours and offsets in force are whole minutes."""
    return Sendable(
        allowed=False,
        reason=_why_not(minute, places, hours, holidays),
        retry_at=next_opening(minute, places, hours, holidays),
    )


def _why_not(now: datetime, places: Zones, hours: BusinessHours, holidays: HolidayCalendar) -> str:
    """The reason of the first candidate zone that objects."""
    for name in places.candidates:
        local = now.astimezone(zone(name))
        if reason := _closed_because(local.date(), name, places, hours, holidays):
            return f"{local:%a %H:%M} in {name}: {reason}"
        window = _day_window(local.date(), name, hours)
        if window is None or not window[0] <= now < window[1]:
            least = f", {hours.minutes_left} minutes to spare" if hours.minutes_left else ""
            return f"{local:%a %H:%M} in {name}: outside {hours.opens:%H:%M}-{hours.closes:%H:%M}{least}"
    return "the candidate zones have no common hour now"

"""`make zones`: each zone of each country, every hour of three years, and each state, every day: a second opinion.

What must hold: the rule is asked with the same arguments as the sender asks it; the answers come from elsewhere.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from functools import partial

from rules.business_hours import BusinessHours, opening_window, sendable
from rules.holidays_calendar import STANDARD_CALENDAR, HolidayCalendar
from rules.place.zones import Confidence, Zones
from tests.rules import time_oracle as oracle
from tests.rules.time_oracle import Place

FIRST, LAST = date(2026, 1, 1), date(2029, 1, 1)
"""Three years with a leap day; the last day is not included."""
HOURS = BusinessHours(opens=wall_time(9), closes=wall_time(17))
SHORT = tuple(
    BusinessHours(opens=wall_time(*opens), closes=wall_time(*closes))
    for opens, closes in (
        ((0, 0), (4, 0)),
        ((0, 30), (1, 30)),
        ((1, 30), (2, 30)),
        ((2, 10), (3, 50)),
        ((22, 0), (23, 59)),
    )
)
"""Hours nobody keeps, where clocks change."""
_NO_CALENDAR = HolidayCalendar(respect_holidays=False)


@dataclass(frozen=True, slots=True)
class Swept:
    """What was asked of one place, how often the answer was yes, and where the two opinions differ."""

    asked: int
    allowed: int
    wrong: tuple[str, ...]


def _zones(place: Place) -> Zones:
    return Zones((place.zone,), Confidence.HIGH, "stated", place.country, place.subdivision)


def every_hour(place: Place, *, first: date = FIRST, last: date = LAST) -> Swept:
    """Each hour: allowed exactly when the second opinion says so; if not, the moment to look again is the next such."""
    zones, asked, allowed, wrong = _zones(place), 0, 0, list[str]()
    check = partial(oracle.open_at, place=place, opens=HOURS.opens, closes=HOURS.closes)
    good_openings: set[datetime] = set()
    pending: list[tuple[datetime, datetime]] = []
    moment, end = datetime.combine(first, wall_time(), tzinfo=UTC), datetime.combine(last, wall_time(), tzinfo=UTC)
    while moment < end:
        verdict, expected = sendable(moment, zones, HOURS, STANDARD_CALENDAR), check(moment)
        asked += 1
        allowed += expected
        if bool(verdict) is not expected:
            wrong.append(f"{place.name} at {moment:%Y-%m-%d %H:%M}Z: the rule says {verdict}, the oracle {expected}")
        if not verdict and verdict.retry_at is not None:
            pending.append((moment, verdict.retry_at))
            again = verdict.retry_at
            if again not in good_openings:
                if not check(again) or check(again - timedelta(seconds=1)):
                    wrong.append(
                        f"{place.name}: {again:%Y-%m-%d %H:%M}Z is no opening, said at {moment:%Y-%m-%d %H:%M}Z"
                    )
                good_openings.add(again)
        if expected:
            wrong += [
                f"{place.name}: open at {moment:%Y-%m-%d %H:%M}Z, at {said:%Y-%m-%d %H:%M}Z it said {again}"
                for said, again in pending
                if not said < again <= moment
            ]
            pending = []
        moment += timedelta(hours=1)
    return Swept(asked, allowed, tuple(wrong))


def every_day(place: Place, *, first: date = FIRST, last: date = LAST) -> Swept:
    """Each day: a window exactly on working days, from opening to closing to the second."""
    zones, asked, allowed, wrong = _zones(place), 0, 0, list[str]()
    for ahead in range((last - first).days):
        day = first + timedelta(days=ahead)
        tz = oracle.clock(place.zone)
        opening = datetime.combine(day, HOURS.opens, tzinfo=tz).astimezone(UTC)
        closing = datetime.combine(day, HOURS.closes, tzinfo=tz).astimezone(UTC)
        window = opening_window(opening, zones, HOURS, STANDARD_CALENDAR)
        expected = oracle.works(place, day)
        asked += 1
        allowed += expected
        if (window == (opening, closing)) is not expected:
            wrong.append(f"{place.name} on {day}: the rule's window is {window}, working day: {expected}")
    return Swept(asked, allowed, tuple(wrong))


def around_changes(place: Place, *, first: date = FIRST, last: date = LAST) -> Swept:
    """Each minute of the days around a change of clocks, for hours in the night: never outside them.

    Where opening or closing is a time that comes twice or not at all, the rule may close a little more; not elsewhere.
    """
    asked, allowed, wrong = 0, 0, list[str]()
    for day in oracle.changes(place.zone, first, last):
        # Clocks change on weekends; a country that works on that day keeps this zone here.
        country = {oracle.SUNDAY: "SA", oracle.SATURDAY: "BN"}.get(day.weekday(), "DE")
        zones = _zones(Place(place.zone, country))
        for hours in SHORT:
            inside = set(oracle.narrow_minutes(day, place.zone, opens=hours.opens, closes=hours.closes))
            around = sorted(
                inside | {each + timedelta(hours=step) for each in inside for step in (-4, -2, -1, 1, 2, 4)}
            )
            said = {each for each in around if sendable(each, zones, hours, _NO_CALENDAR)}
            mine = {each for each in said if each.astimezone(oracle.clock(place.zone)).date() == day}
            asked += len(around)
            allowed += len(mine)
            edges = [
                datetime.combine(day, wall, tzinfo=oracle.clock(place.zone)) for wall in (hours.opens, hours.closes)
            ]
            plain = all(edge.astimezone(UTC) == edge.replace(fold=1).astimezone(UTC) for edge in edges)
            if mine - inside or (plain and inside - mine):
                odd = sorted(mine ^ inside)
                wrong.append(f"{place.name} on {day}, {hours.opens}-{hours.closes}: the two differ from {odd[0]} on")
    return Swept(asked, allowed, tuple(wrong))


def sweep(name: str, ask: Callable[[Place], Swept], over: Sequence[Place]) -> int:
    """Ask about every place on every core and print the counts.

    Returns:
        How many answers differ.
    """
    began = time.perf_counter()
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        found: Iterable[Swept] = pool.map(ask, over, chunksize=4)
        results = list(found)
    wrong = [line for result in results for line in result.wrong]
    asked, allowed = sum(each.asked for each in results), sum(each.allowed for each in results)
    took = time.perf_counter() - began
    print(f"| {name} | {len(over):,} | {asked:,} | {allowed:,} | {len(wrong):,} | {took:.0f} |", flush=True)
    for result in results:
        for line in result.wrong[:3]:
            print(f"  {line}")
    return len(wrong)


def main() -> int:
    """Everything.

    Returns:
        The exit code.
    """
    print(
        "| what | places | asked | allowed | wrong | seconds |", "| --- | ---: | ---: | ---: | ---: | ---: |", sep="\n"
    )
    wrong = sweep("every hour of three years", every_hour, oracle.places())
    wrong += sweep("every day of three years, in states", every_day, (*oracle.places(), *oracle.states()))
    wrong += sweep("minutes around changes of clocks", around_changes, oracle.places())
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())

"""A second opinion on when somebody may be written to: plain `zoneinfo`, the `holidays` package, a table of weekends.

What must hold: nothing here comes from `rules`; where the two disagree, one of them is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import holidays

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
_WEEKENDS = {
    frozenset({FRIDAY, SATURDAY}): "BD BH DJ DZ EG IL IQ JO KW LY MV OM PS QA SA SD SO SY YE",
    frozenset({THURSDAY, FRIDAY}): "IR",
    frozenset({THURSDAY, FRIDAY, SATURDAY}): "AF",  # sources name either of two pairs
    frozenset({FRIDAY, SATURDAY, SUNDAY}): "MR",  # the weekend moved in 2014, and not every source with it
    frozenset({FRIDAY, SUNDAY}): "BN",
}
"""Weekends that are not Saturday and Sunday, by country, as governments and CLDR state them."""
_FRIDAY_STATES = {("MY", "02"), ("MY", "03"), ("MY", "11")}


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a recipient may be."""

    zone: str
    country: str | None
    subdivision: str | None = None

    @property
    def name(self) -> str:
        """For a message."""
        return "/".join(filter(None, (self.country, self.subdivision))) + " " + self.zone


@cache
def clock(name: str) -> ZoneInfo:
    """The zone by the packaged rules, without asking the machine."""
    package = ".".join(("tzdata.zoneinfo", *name.split("/")[:-1]))
    with resources.files(package).joinpath(name.rpartition("/")[2]).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


@cache
def places() -> tuple[Place, ...]:
    """Every country of the tz database with each of its zones."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return tuple(Place(row[2], row[0]) for row in rows)


@cache
def states() -> tuple[Place, ...]:
    """Every state that has a calendar of its own, with a zone of its country."""
    by_country = {place.country: place.zone for place in reversed(places())}
    listed = holidays.list_supported_countries(include_aliases=False)
    return tuple(
        Place(by_country[country], country, state)
        for country, names in sorted(listed.items())
        if country in by_country
        for state in names
    )


def weekend(country: str | None, subdivision: str | None = None) -> frozenset[int]:
    """Days nobody works there."""
    if (country, subdivision) in _FRIDAY_STATES:
        return frozenset({FRIDAY, SATURDAY})
    return next((days for days, codes in _WEEKENDS.items() if country in codes.split()), frozenset({SATURDAY, SUNDAY}))


@lru_cache(maxsize=2_000)
def _calendar(country: str, subdivision: str | None) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=subdivision, years=(2026, 2027, 2028, 2029))


def works(place: Place, day: date) -> bool:
    """Whether it is a working day there; where no country is named, in every country that has this zone."""
    if place.country is None:
        return all(works(each, day) for each in places() if each.zone == place.zone)
    if day.weekday() in weekend(place.country, place.subdivision):
        return False
    return day not in _calendar(place.country, place.subdivision)


def open_at(moment: datetime, place: Place, *, opens: time, closes: time) -> bool:
    """Whether a mail may go out: a working day, and the wall clock between opening (included) and closing."""
    local = moment.astimezone(clock(place.zone))
    return opens <= local.time() < closes and works(place, local.date())


def narrow_minutes(day: date, zone: str, *, opens: time, closes: time) -> list[datetime]:
    """Minutes of a day that lie between opening and closing however its clock jumps, in UTC.

    Only what comes after the wall clock was before opening for the last time, and before it is at closing for the
    first time: an hour that comes twice is no reason to write early or late.
    """
    start = datetime.combine(day, time(), tzinfo=clock(zone)).astimezone(UTC) - timedelta(hours=3)
    minutes = [start + timedelta(minutes=ahead) for ahead in range(30 * 60)]
    here = [(each, local.time()) for each in minutes if (local := each.astimezone(clock(zone))).date() == day]
    early = max((index for index, (_, wall) in enumerate(here) if wall < opens), default=-1)
    late = min((index for index, (_, wall) in enumerate(here) if wall >= closes), default=len(here))
    return [each for each, _ in here[early + 1 : late]]


def changes(zone: str, first: date, last: date) -> Sequence[date]:
    """Days on which the clocks of a zone change."""
    found = []
    for ahead in range((last - first).days):
        day = first + timedelta(days=ahead)
        midnight = datetime.combine(day, time(), tzinfo=UTC)
        if (
            midnight.astimezone(clock(zone)).utcoffset()
            != (midnight + timedelta(days=1)).astimezone(clock(zone)).utcoffset()
        ):
            found += [day - timedelta(days=1), day, day + timedelta(days=1)]
    return sorted(set(found))

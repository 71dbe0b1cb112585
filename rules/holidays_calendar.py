"""Which days are no working days where a recipient is: public holidays, local weekends, the sender's own closed days.

One thing must hold: a day that is a holiday or weekend day there is never called a working day (rule A1, invariant I3).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Any

from rules.place.folding import fold

EVERYWHERE = "*"
"""Key of the closed days that hold in every country."""

_SATURDAY, _SUNDAY = 5, 6
_USUAL_WEEKEND = frozenset({_SATURDAY, _SUNDAY})
_FRIDAY_SATURDAY = frozenset({4, 5})
# Where the `holidays` package knows no or another weekend. Thursday in Iran is half a day: nobody is written to. Where
# sources disagree (Afghanistan, Mauritania) every day that one of them names is closed.
_WEEKENDS: dict[str, frozenset[int]] = {
    "IR": frozenset({3, 4}),
    "LY": _FRIDAY_SATURDAY,
    "PS": _FRIDAY_SATURDAY,
    "SO": _FRIDAY_SATURDAY,
    "BN": frozenset({4, 6}),
    "AF": frozenset({3, 4, 5}),
    "MR": frozenset({4, 5, 6}),
}
# Malaysian states that keep the Friday weekend (Johor changed back in 2025).
_STATE_WEEKENDS = {("MY", "02"): _FRIDAY_SATURDAY, ("MY", "03"): _FRIDAY_SATURDAY, ("MY", "11"): _FRIDAY_SATURDAY}


@cache
def _calendar_class(country: str) -> Any | None:
    """The calendar class of a country, or None where the package has none."""
    import holidays  # noqa: PLC0415 - a tenth of a second that loading the code location need not pay

    supported = holidays.list_supported_countries(include_aliases=False)
    return type(holidays.country_holidays(country)) if country in supported else None


def holiday_subdivision(country: str, name: str) -> str | None:
    """The code of a state with a calendar of its own, from its code or any spelling of its name; None without one."""
    return _subdivision_codes(country).get(fold(name)) if name else None


@cache
def _subdivision_codes(country: str) -> dict[str, str]:
    calendar = _calendar_class(country)
    if calendar is None:
        return {}
    aliases = getattr(calendar, "subdivisions_aliases", {})
    return {fold(alias): code for alias, code in aliases.items()} | {fold(code): code for code in calendar.subdivisions}


@cache
def weekend_of(country: str | None, subdivision: str | None = None) -> frozenset[int]:
    """Days of the week (Monday 0) nobody works: Saturday and Sunday unless the country keeps others.

    A one-day weekend widens to the usual one: a business mail waits on Saturday, too.
    """
    if country is None:
        return _USUAL_WEEKEND
    stated = _STATE_WEEKENDS.get((country, subdivision or "")) or _WEEKENDS.get(country)
    calendar = _calendar_class(country)
    found = stated or (frozenset(calendar.weekend) if calendar is not None else _USUAL_WEEKEND)
    return _USUAL_WEEKEND | found if found < _USUAL_WEEKEND else found


@lru_cache(maxsize=4_096)
def public_holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """Public holidays of a country and its subdivision in a year, substitute days included; empty when unknown."""
    calendar = _calendar_class(country)
    if calendar is None:
        return {}
    known = subdivision if subdivision in calendar.subdivisions else None
    return dict(calendar(subdiv=known, years=year))


@dataclass(frozen=True, eq=False)
class HolidayCalendar:
    """The non-working days the sender respects.

    Compared and hashed by identity, so that windows can be cached per calendar.

    Attributes:
        closed: The sender's own closed days by country code, `EVERYWHERE` for all.
        respect_holidays: False turns public holidays off; weekends stay.
    """

    closed: Mapping[str, frozenset[date]] = field(default_factory=dict)
    respect_holidays: bool = True

    def closed_because(self, country: str | None, subdivision: str | None, day: date) -> str | None:
        """Why the day is no working day there, or None when it is one."""
        if day.weekday() in weekend_of(country, subdivision):
            return f"{day:%A} is weekend there"
        if day in self.closed.get(EVERYWHERE, ()) or (country and day in self.closed.get(country, ())):
            return "closed by the campaign's calendar"
        if country and self.respect_holidays and (name := public_holidays(country, subdivision, day.year).get(day)):
            return f"public holiday: {name}"
        return None


STANDARD_CALENDAR = HolidayCalendar()
"""Public holidays and local weekends, no closed days of the sender's own."""

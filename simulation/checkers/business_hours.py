"""I3: every request starts on a working day, inside business hours, with time left, wherever its reader may sit.

What must hold: zones are those the person was made with; weekends, holidays and clocks are looked up here anew.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from simulation.facts import RecipientKnown, RequestStarted, RunStarted
from simulation.history import History, Violation

BREATH = timedelta(seconds=2)
_FRIDAY_AND_SATURDAY = frozenset({"LY", "PS", "SO", "SA", "IL", "EG", "JO", "KW", "QA", "BH", "OM", "DZ", "BD", "IQ"})


def check(history: History) -> list[Violation]:
    """Requests at the wrong time, or to somewhere nobody knows the time of."""
    settings = next(iter(history.of(RunStarted)), None)
    return [] if settings is None else list(_wrong_times(history, settings))


def _wrong_times(history: History, settings: RunStarted) -> Iterator[Violation]:
    known: dict[str, RecipientKnown] = {}
    for fact in history.among(RecipientKnown, RequestStarted):
        if isinstance(fact, RecipientKnown):
            known[fact.address] = fact
        elif isinstance(fact, RequestStarted) and fact.address != settings.operator:
            why = _objection(known.get(fact.address), fact.at, settings)
            if why:
                yield Violation("I3", fact.at, f"a request to {fact.address} started {why}", (fact.key, fact.address))


def _objection(recipient: RecipientKnown | None, at: datetime, settings: RunStarted) -> str:
    if recipient is None:
        return "although nobody knows who that is"
    if not recipient.zones:
        return "although nobody knows what time it is there"
    for zone in recipient.zones:
        local = at.astimezone(_zone(zone))
        closing = datetime.combine(local.date(), settings.closes, tzinfo=local.tzinfo)
        last = closing - timedelta(minutes=settings.minutes_left)
        if not works(local.date(), recipient.country, recipient.subdivision, settings.closed_days):
            return f"on a day off: {local:%a %Y-%m-%d %H:%M:%S} in {zone}"
        if local.time() < settings.opens or at >= last + BREATH:
            outside = f"outside {settings.opens:%H:%M} to {settings.closes:%H:%M}"
            return f"{outside}: {local:%a %Y-%m-%d %H:%M:%S} in {zone}"
    return ""


@lru_cache(maxsize=10_000)
def works(day: date, country: str | None, subdivision: str | None, closed: tuple[date, ...] = ()) -> bool:
    """Whether anybody works on that day there: no weekend, no public holiday, no day the sender keeps."""
    if day in closed or day.weekday() in _weekend(country):
        return False
    return country is None or day not in _calendar(country, subdivision, day.year)


def _weekend(country: str | None) -> frozenset[int]:
    if country in _FRIDAY_AND_SATURDAY:
        return frozenset({4, 5})
    if country is None:
        return frozenset({5, 6})
    kept = frozenset(_calendar(country, None, 2026).weekend)
    return kept if len(kept) > 1 else kept | {5, 6}


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=2_000)
def _calendar(country: str, subdivision: str | None, year: int) -> holidays.HolidayBase:
    try:
        return holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError:
        return holidays.HolidayBase()

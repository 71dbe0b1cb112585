"""The day on which somebody who is away is back, as a notice names it: dates in all national forms, weekdays, weeks.

What must hold: a day behind a word of return is believed before any other, a written date before a weekday, and none
beyond the year ahead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from rules.plain_text import plain
from rules.reply_words import words

LONGEST: Final = timedelta(days=366)
_MONTH_NAMES: Final = (
    "jan january januar janvier enero ene gennaio januari janeiro gen stycznia styczen sty",
    "feb february februar fevrier fev febrero febbraio februari fevereiro lutego luty lut",
    "mar march marz mars marzo maart marco marca marzec mrz marts",
    "apr april avril abril aprile kwietnia kwiecien kwi avr abr",
    "may mai mayo maggio mei maio maja maj mag",
    "jun june juni juin junio giugno junho czerwca czerwiec giu",
    "jul july juli juillet julio luglio julho lipca lipiec lug",
    "aug august aout agosto augustus augusti sierpnia sierpien ago",
    "sep sept september septembre septiembre settembre setembro wrzesnia wrzesien set",
    "oct october oktober okt octobre octubre ottobre outubro pazdziernika ott out",
    "nov november novembre noviembre novembro listopada listopad",
    "dec december dezember dez decembre diciembre dic dicembre dezembro grudnia grudzien",
)
MONTHS: Final = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_WEEKDAY_NAMES: Final = (
    "monday montag lundi lunes lunedi maandag segunda-feira poniedzialek poniedzialku mandag mandagen",
    "tuesday dienstag mardi martes martedi dinsdag terca-feira wtorek wtorku tisdag tirsdag",
    "wednesday mittwoch mercredi miercoles mercoledi woensdag quarta-feira sroda srode onsdag",
    "thursday donnerstag jeudi jueves giovedi donderdag quinta-feira czwartek czwartku torsdag",
    "friday freitag vendredi viernes venerdi vrijdag sexta-feira piatek piatku fredag",
    "saturday samstag sonnabend samedi sabado sabato zaterdag sobota sobote lordag",
    "sunday sonntag dimanche domingo domenica zondag niedziela niedziele sondag",
)
WEEKDAYS: Final = {name: number for number, names in enumerate(_WEEKDAY_NAMES) for name in names.split()}
_NUMBERS: Final = {
    word: number
    for number, words in enumerate(
        (
            "one a einer eine une un una een um jeden en et", "two zwei deux dos due twee duas dois dwa tva to",
            "three drei trois tres tre drie trzy", "four vier quatre cuatro quattro quatro cztery fyra fire",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip


def _one_of(names: dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_MONTH, _WEEKDAY, _NUMBER = _one_of(MONTHS), _one_of(WEEKDAYS), _one_of(_NUMBERS)
_TH: Final = r"(?:st|nd|rd|th|er|re|\.|o|a|e)?"
WRITTEN: Final = re.compile(
    r"(?P<iso>(?<!\d)\d{4}-\d{2}-\d{2}(?!\d))"
    r"|(?P<cjk>(?:(?P<cjk_year>\d{4})\s?年\s?)?(?P<cjk_month>\d{1,2})\s?月\s?(?P<cjk_day>\d{1,2})\s?日)"
    r"|(?P<dotted>(?<![\d.])\d{1,2}\.\s?\d{1,2}\.(?:\s?(?:\d{4}|\d{2}(?!\d)))?)"
    r"|(?P<slashed>(?<![\d/])\d{1,2}/\d{1,2}(?:/(?:\d{4}|\d{2}))?(?![\d/]))"
    rf"|(?P<month_first>\b(?P<mf_month>{_MONTH})\.?\s+(?:\d{{1,2}}{_TH}\s?(?:-|to|until|through)\s?)?"
    rf"(?P<mf_day>\d{{1,2}}){_TH}(?!\d)(?:,?\s+(?P<mf_year>\d{{4}}))?)"
    rf"|(?P<day_first>\b(?P<df_day>\d{{1,2}}){_TH}\s+(?:of\s+|de\s+)?(?P<df_month>{_MONTH})\b\.?"
    r"(?:,?\s+(?:de\s+|del\s+)?(?P<df_year>\d{4}))?)"
)
"""Dates as they are written, in plain text."""
_TOMORROW: Final = (
    r"\btomorrow\b|(?<!guten )\bmorgen\b|\bdemain\b|(?<!la )\bmanana\b|\bdomani\b|\bamanha\b|\bjutro\b|\bi ?morgon\b"
    r"|\bi morgen\b|明日|明天"
)
_NEXT_WEEK: Final = (
    r"\bnext week\b|nachster? woche|semaine prochaine|proxima semana|semana que viene|prossima settimana|volgende week"
    r"|przyszlym tygodniu|nasta vecka|naeste uge|来週|下周"
)
SPOKEN: Final = re.compile(
    rf"\b(?P<weekday>{_WEEKDAY})\b"
    r"|\b(?:kw|vecka|uge|week|semaine|settimana|semana|tygodniu)\s?(?P<week>\d{1,2})\b"
    rf"|\b(?P<count>\d|{_NUMBER})\s(?:weeks?|wochen?|semaines?|semanas?|settiman[ea]|weken|tygodnie|veckor|uger)\b"
    rf"|(?P<tomorrow>{_TOMORROW})|(?P<next_week>{_NEXT_WEEK})"
    r"|\b(?P<nth>\d{1,2})(?:st|nd|rd|th)\b"
)
"""Days as they are spoken of."""
_CLOSE: Final = 40
_SENTENCE_END: Final = re.compile(r"\n|[^\W\d]{4,}[.!?]\s")
"""Of a sentence, not of an abbreviation or an ordinal."""


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    day: date


def back_on(said: str, *, today: date) -> date | None:
    """The day of return a notice names.

    Args:
        said: Its subject and text.
        today: The day it was written on: days without a year, weekdays and weeks are counted from it.

    Returns:
        ``None`` where it names none, or only days that are past or more than a year away.
    """
    text = plain(said)
    announced = [match.end() for match in _words_of_return().finditer(text)]
    for found in (list(_written(text, today)), list(_spoken(text, today))):
        ahead = [each for each in found if today <= each.day <= today + LONGEST]
        close = [each.day for each in ahead if any(_stands_behind(text, end, each.start) for end in announced)]
        if ahead:
            return max(close or [each.day for each in ahead])
    return None


@cache
def _words_of_return() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words('back').pattern})\b")


def _stands_behind(text: str, word_end: int, day_start: int) -> bool:
    return 0 <= day_start - word_end <= _CLOSE and not _SENTENCE_END.search(text[word_end:day_start])


def _written(text: str, today: date) -> Iterator[_Found]:
    for match in WRITTEN.finditer(text):
        if (day := _written_day(match, today)) is not None:
            yield _Found(match.start(), day)


def _written_day(match: re.Match[str], today: date) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        if match["cjk"]:
            return _near(int(match["cjk_day"]), int(match["cjk_month"]), _year(match["cjk_year"]), today)
        if match["dotted"]:
            day, month, year = [*match["dotted"].replace(" ", "").split("."), ""][:3]
            return _near(int(day), int(month), _year(year), today)
        if match["slashed"]:
            return _slashed(match["slashed"], today)
        if match["month_first"]:
            return _near(int(match["mf_day"]), MONTHS[match["mf_month"]], _year(match["mf_year"]), today)
        return _near(int(match["df_day"]), MONTHS[match["df_month"]], _year(match["df_year"]), today)
    except ValueError:
        return None


def _slashed(text: str, today: date) -> date | None:
    """Day and month, or month and day: where both can be meant, the one that comes first."""
    first, second, *rest = text.split("/")
    year = _year(rest[0] if rest else None)
    readings = []
    for day, month in ((int(first), int(second)), (int(second), int(first))):
        try:
            readings.append(_near(day, month, year, today))
        except ValueError:
            continue
    ahead = [reading for reading in readings if reading >= today]
    return min(ahead) if ahead else None


def _year(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)  # noqa: PLR2004 - 2026 or 26


def _near(day: int, month: int, year: int | None, today: date) -> date:
    """A date without a year is the next one."""
    candidate = date(year or today.year, month, day)
    return candidate if year or candidate >= today else candidate.replace(year=today.year + 1)


def _spoken(text: str, today: date) -> Iterator[_Found]:
    for match in SPOKEN.finditer(text):
        if (day := _spoken_day(match, today)) is not None:
            yield _Found(match.start(), day)


def _spoken_day(match: re.Match[str], today: date) -> date | None:
    monday = today - timedelta(days=today.weekday())
    if match["weekday"]:
        return today + timedelta(days=(WEEKDAYS[match["weekday"]] - today.weekday() - 1) % 7 + 1)
    if match["week"]:
        return _week(int(match["week"]), today)
    if match["count"]:
        count = _NUMBERS.get(match["count"]) or int(match["count"])
        return today + timedelta(weeks=count)
    if match["tomorrow"]:
        return today + timedelta(days=1)
    if match["next_week"]:
        return monday + timedelta(weeks=1)
    return _nth(int(match["nth"]), today)


def _week(number: int, today: date) -> date | None:
    """The Monday of a week of the calendar (ISO 8601), this year's or the next's."""
    for year in (today.year, today.year + 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if monday >= today:
            return monday
    return None


def _nth(day: int, today: date) -> date | None:
    """The next day of the month with this number."""
    month = today.replace(day=1)
    for _ in range(3):
        try:
            candidate = month.replace(day=day)
        except ValueError:
            candidate = None
        if candidate is not None and candidate >= today:
            return candidate
        month = (month + timedelta(days=32)).replace(day=1)
    return None

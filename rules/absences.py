"""When somebody who is away comes back, in the words of an absence notice in the languages of Europe.

What must hold: a day behind a word of return is believed before any other, and none beyond the year ahead.
"""

import re
from datetime import date, timedelta

ABSENT = re.compile(
    r"out of (the )?office|on (annual |parental |maternity |sick )?leave|on vacation|on holiday|away (from|until|till)"
    r"|travell?ing (for|on|until)|abwesen|im urlaub|nicht im (büro|haus)|absent|en congés?\b|fuera de la oficina"
    r"|de vacaciones|fuori (sede|ufficio)|in ferie|niet aanwezig|met vakantie|fora do escritório|de férias|不在|休暇",
    re.IGNORECASE,
)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio januari janeiro",
            "feb february februar février febrero febbraio februari fevereiro",
            "mar march märz mars marzo maart março",
            "apr april avril abril aprile",
            "may mai mayo maggio mei maio",
            "jun june juni juin junio giugno junho",
            "jul july juli juillet julio luglio julho",
            "aug august août agosto augustus",
            "sep sept september septembre septiembre settembre setembro",
            "oct october oktober okt octobre octubre ottobre outubro",
            "nov november novembre noviembre novembro",
            "dec december dezember dez décembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_BACK = (
    r"back|return(?:s|ing)?|until|till|through|wieder|zurück|bis|ab(?: dem)?|retour|jusqu'au|hasta|regres\w+|volver[éá]"
    r"|rientr\w+|fino al|terug|tot(?: en met)?|retorn\w+|até|de volta"
)
_DATE = (
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})|(?P<dotted>\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{4})?)"
    rf"|(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s+(?:of\s+|de\s+)?(?P<month>{_MONTH})"
    r"(?:\s+(?:de\s+)?(?P<year>\d{4}))?"
    rf"|(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year2>\d{{4}}))?)"
)
BACK = re.compile(rf"\b(?:{_BACK})\b[^.\n]{{0,40}}?" + _DATE, re.IGNORECASE)
ANY_DATE = re.compile(_DATE, re.IGNORECASE)
"""Where no word announces the return, the last day that an absence notice names is it."""


def back_on(said: str, *, today: date) -> date | None:
    """The day of return a notice names; ``None`` where it names none, or one that is past or a year away."""
    for pattern in (BACK, ANY_DATE):
        days = [_day_of(found, today) for found in pattern.finditer(said)]
        ahead = [day for day in days if day is not None and today <= day <= today + timedelta(days=366)]
        if ahead:
            return ahead[0] if pattern is BACK else max(ahead)
    return None


def _day_of(found: re.Match[str], today: date) -> date | None:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["dotted"]:
            parts = [int(part) for part in found["dotted"].replace(" ", "").strip(".").split(".")]
            year = parts[2] if len(parts) > 2 else None  # noqa: PLR2004 - day, month, year
            return _near(parts[0], parts[1], year, today)
        day, month, year_text = (
            (found["day"], found["month"], found["year"])
            if found["day"]
            else (found["day2"], found["month2"], found["year2"])
        )
        number = MONTHS.get(str(month).casefold())
        return _near(int(day), number, int(year_text) if year_text else None, today) if number else None
    except ValueError:
        return None


def _near(day: int, month: int, year: int | None, today: date) -> date:
    """A date without a year is the next one."""
    candidate = date(year or today.year, month, day)
    return candidate if year or candidate >= today else candidate.replace(year=today.year + 1)

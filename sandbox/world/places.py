"""Where people sit and when they work, as far as their behaviour needs it.

The one thing that must hold: this is a rough map for simulated people, never the product's answer to where a lead is.
"""

import random
from datetime import datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

_COUNTRIES: Final[dict[str, str]] = {
    "ae|united arab emirates|uae": "Asia/Dubai",
    "ar|argentina": "America/Argentina/Buenos_Aires",
    "at|austria|österreich": "Europe/Vienna",
    "au|australia": "Australia/Sydney",
    "be|belgium": "Europe/Brussels",
    "br|brazil|brasil": "America/Sao_Paulo",
    "ca|canada": "America/Toronto",
    "ch|switzerland|schweiz": "Europe/Zurich",
    "cl|chile": "America/Santiago",
    "cn|china": "Asia/Shanghai",
    "cz|czechia": "Europe/Prague",
    "de|germany|deutschland": "Europe/Berlin",
    "dk|denmark": "Europe/Copenhagen",
    "es|spain|españa": "Europe/Madrid",
    "fi|finland": "Europe/Helsinki",
    "fr|france": "Europe/Paris",
    "gb|uk|united kingdom|great britain|england": "Europe/London",
    "ie|ireland": "Europe/Dublin",
    "in|india": "Asia/Kolkata",
    "it|italy|italia": "Europe/Rome",
    "jp|japan": "Asia/Tokyo",
    "ke|kenya": "Africa/Nairobi",
    "kr|south korea|korea": "Asia/Seoul",
    "mx|mexico|méxico": "America/Mexico_City",
    "nl|netherlands": "Europe/Amsterdam",
    "no|norway": "Europe/Oslo",
    "nz|new zealand": "Pacific/Auckland",
    "pl|poland": "Europe/Warsaw",
    "pt|portugal": "Europe/Lisbon",
    "se|sweden": "Europe/Stockholm",
    "sg|singapore": "Asia/Singapore",
    "us|usa|united states|united states of america": "America/New_York",
    "za|south africa": "Africa/Johannesburg",
}
_STATES: Final[dict[str, str]] = {
    "ca|california|wa|washington|or|oregon|nv|nevada": "America/Los_Angeles",
    "tx|texas|il|illinois|mn|minnesota|wi|wisconsin|mo|missouri": "America/Chicago",
    "co|colorado|ut|utah": "America/Denver",
    "az|arizona": "America/Phoenix",
    "hi|hawaii": "Pacific/Honolulu",
}
_LANGUAGES: Final[dict[str, str]] = {
    "Europe/Berlin": "de",
    "Europe/Vienna": "de",
    "Europe/Zurich": "de",
    "Europe/Paris": "fr",
    "Europe/Brussels": "fr",
    "Europe/Madrid": "es",
    "America/Mexico_City": "es",
    "America/Argentina/Buenos_Aires": "es",
    "America/Santiago": "es",
    "America/Sao_Paulo": "pt",
    "Europe/Lisbon": "pt",
    "Asia/Tokyo": "ja",
}
_FALLBACKS: Final = ("America/New_York", "Europe/London", "Europe/Berlin", "Asia/Singapore", "America/Los_Angeles")
_OPENING = time(8, 30)
_CLOSING = time(18)
_SATURDAY = 5


@cache
def zone_called(name: str) -> ZoneInfo:
    """A zone, kept: `ZoneInfo` itself keeps the last eight and reads the others' files again."""
    return ZoneInfo(name)


def _by_name(table: dict[str, str]) -> dict[str, str]:
    return {name: zone for names, zone in table.items() for name in names.split("|")}


_ZONE_BY_COUNTRY: Final = _by_name(_COUNTRIES)
_ZONE_BY_STATE: Final = _by_name(_STATES)


def zone_of(country: str, state: str = "") -> str | None:
    """Return an IANA zone name for a country (code or name) and, in the United States, a state; None if unknown."""
    zone = _ZONE_BY_COUNTRY.get(country.strip().lower())
    return _ZONE_BY_STATE.get(state.strip().lower(), zone) if zone == "America/New_York" else zone


def some_zone(stream: random.Random) -> str:
    """Draw a zone for a person nobody has placed."""
    return stream.choice(_FALLBACKS)


def language_of(zone: str) -> str:
    """Return the two-letter language people in a zone answer in; English where the sandbox knows no other."""
    return _LANGUAGES.get(zone, "en")


def next_working_moment(instant: datetime, zone: str, stream: random.Random) -> datetime:
    """Move an instant into the next weekday working hours of a zone, spread over the first two hours of opening."""
    local = instant.astimezone(zone_called(zone))
    if local.weekday() < _SATURDAY and _OPENING <= local.time() < _CLOSING:
        return instant
    day = local.date() if local.time() < _OPENING else local.date() + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    opened = datetime.combine(day, _OPENING, zone_called(zone))
    return (opened + timedelta(minutes=stream.uniform(0, 120))).astimezone(instant.tzinfo)

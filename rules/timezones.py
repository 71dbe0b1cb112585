"""Which time zone rules are in force: those of the `tzdata` package, never the machine's.

One thing must hold: `zone("America/Vancouver")` is at -07:00 in January 2027 (tz 2026: British Columbia stays on
daylight time). A machine whose copy is older would write to people an hour early or late.
"""

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

_CANARY_ZONE = "America/Vancouver"
_CANARY_MOMENT = datetime(2027, 1, 15, 12, tzinfo=UTC)
_CANARY_OFFSET = timedelta(hours=-7)


class StaleTimeZoneRulesError(RuntimeError):
    """The time zone rules in force are older than this product's facts."""


@cache
def zone(name: str) -> ZoneInfo:
    """The zone with this IANA name, by the rules of the `tzdata` package.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: there is no such zone.
    """
    *folders, leaf = name.split("/")
    package = ".".join(("tzdata.zoneinfo", *folders))
    try:
        with resources.files(package).joinpath(leaf).open("rb") as rules:
            return ZoneInfo.from_file(rules, key=name)
    except (ModuleNotFoundError, OSError, ValueError) as missing:
        raise zoneinfo.ZoneInfoNotFoundError(f"no time zone named {name!r}") from missing


@cache
def zones_by_country() -> dict[str, tuple[str, ...]]:
    """ISO 3166-1 alpha-2 code to the zones in use there, most populous first (`zone.tab` of the tz database)."""
    found: dict[str, tuple[str, ...]] = {"XK": ("Europe/Belgrade",)}  # Kosovo has no ISO code and keeps this time
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), name)
    return found


@cache
def countries_of_zone(name: str) -> tuple[str, ...]:
    """ISO codes of the countries the tz database lists a zone under: one for most, none for `UTC` and the like."""
    return tuple(country for country, names in zones_by_country().items() if name in names)


@lru_cache(maxsize=10_000)
def same_time(names: tuple[str, ...]) -> bool:
    """Whether clocks in several zones agree all year round, as in Berlin and Busingen (2026 to 2028, each month)."""
    moments = [datetime(year, month, 15, 12, tzinfo=UTC) for year in (2026, 2027, 2028) for month in range(1, 13)]
    rhythms = {tuple(moment.astimezone(zone(name)).utcoffset() for moment in moments) for name in names}
    return len(rhythms) == 1


def pin_time_zone_rules() -> None:
    """Make every `ZoneInfo(...)` of the process read the `tzdata` package and not the system's copy (at start-up)."""
    zoneinfo.reset_tzpath(())
    ZoneInfo.clear_cache()


def assert_time_zone_rules() -> None:
    """Refuse to start on rules older than 2026, both for our own look-ups and for plain `ZoneInfo`.

    Raises:
        StaleTimeZoneRulesError: with what to install.
    """
    for rules in (zone(_CANARY_ZONE), ZoneInfo(_CANARY_ZONE)):
        offset = _CANARY_MOMENT.astimezone(rules).utcoffset()
        if offset != _CANARY_OFFSET:
            raise StaleTimeZoneRulesError(
                f"{_CANARY_ZONE} is at {offset} in January 2027, not at -07:00: install tzdata 2026.6 or newer "
                "and call pin_time_zone_rules() before anything reads a zone"
            )

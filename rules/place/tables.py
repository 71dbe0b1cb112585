"""The place tables, indexed: names to countries, states and cities to zones.

One thing must hold: every zone in a table is a zone the `tzdata` package has for that country.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from rules.place.folding import fold
from rules.reference import reference_lines, reference_rows


@dataclass(frozen=True, slots=True)
class Subdivision:
    """A state or province: ISO 3166-2 code without the country, and its zones."""

    country: str
    code: str
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class City:
    """A populated place; population in thousands, 0 for a tz database name without one."""

    country: str
    subdivision: str | None
    zone: str
    population: int


@cache
def countries_by_name() -> dict[str, tuple[str, ...]]:
    """Folded name, code or spelling to ISO alpha-2 codes; several where the name alone does not decide."""
    names: dict[str, tuple[str, ...]] = {}
    for code, folded in reference_rows("country_names.tsv"):
        names.update(dict.fromkeys(folded.split("|"), (code,)))
    for code, alpha3, *_ in reference_rows("country_codes.tsv"):
        names.setdefault(alpha3.lower(), (code,))
        names.setdefault(code.lower(), (code,))
    for alias, codes in reference_rows("country_aliases.tsv"):
        names[fold(alias)] = tuple(codes.split(";"))
    return names


@cache
def _subdivisions() -> tuple[dict[tuple[str, str], Subdivision], dict[str, tuple[Subdivision, ...]]]:
    in_country: dict[tuple[str, str], Subdivision] = {}
    anywhere: dict[str, tuple[Subdivision, ...]] = {}
    for country, code, zones, names in reference_rows("subdivisions.tsv"):
        found = Subdivision(country=country, code=code, zones=tuple(zones.split(";")))
        for name in map(fold, names.split("|")):
            in_country[country, name] = found
            anywhere[name] = (*anywhere.get(name, ()), found)
        in_country.setdefault((country, code.lower()), found)
    return in_country, anywhere


def subdivision_in(country: str, name: str) -> Subdivision | None:
    """The state with this folded name or code in the country; None where the country has one zone or no such state."""
    return _subdivisions()[0].get((country, name))


def subdivisions_named(name: str) -> tuple[Subdivision, ...]:
    """Every state with this folded name, in any country; codes do not count, they are too short to stand alone."""
    return _subdivisions()[1].get(name, ())


@cache
def _cities() -> dict[str, str]:
    """Folded name to its places as the table has them; they are taken apart when somebody asks for the name."""
    return dict(line.split("\t", 1) for line in reference_lines("cities.tsv"))


@lru_cache(maxsize=100_000)
def cities_named(name: str) -> tuple[City, ...]:
    """Every listed place with this folded name."""
    places = _cities().get(name)
    if places is None:
        return ()
    zones = reference_lines("city_zones.txt")
    found = (place.split(";") for place in places.split("|"))
    return tuple(
        City(country=country, subdivision=subdivision or None, zone=zones[int(zone)], population=int(population))
        for country, subdivision, zone, population in found
    )


@cache
def sovereign_of() -> dict[str, str]:
    """Territory to the country it is typed under: MQ to FR, PR to US."""
    return {
        territory: sovereign
        for sovereign, territories in reference_rows("dependencies.tsv")
        for territory in territories.split("|")
    }


@cache
def sovereigns() -> frozenset[str]:
    """Countries with territories that are typed as their states."""
    return frozenset(sovereign_of().values())


@cache
def countries_by_prefix() -> dict[str, tuple[str, ...]]:
    """Dialling prefix, digits only, to countries; `1` and `7` are shared."""
    found: dict[str, tuple[str, ...]] = {}
    for code, _, prefixes, _ in reference_rows("country_codes.tsv"):
        for prefix in prefixes.replace("-", "").split("and"):
            if prefix:
                found[prefix] = (*found.get(prefix, ()), code)
    return found


# Sold to the world as words or abbreviations: they say nothing about a country.
_WORLDWIDE = frozenset(
    {"ac", "ad", "ag", "ai", "as", "bz", "cc", "cd", "co", "cx", "dj", "fm", "ga", "gd", "gg", "gl", "gs", "im", "io"}
    | {"je", "la", "li", "ly", "me", "ml", "ms", "mu", "nf", "nu", "pn", "pw", "sc", "sh", "sr", "st", "su", "tf"}
    | {"tk", "to", "tv", "vc", "vg", "vu", "ws"}
)


@cache
def countries_by_top_level_domain() -> dict[str, str]:
    """Country-code top-level domain to country, without those sold to the world as words (`.io`, `.ai`, `.co`)."""
    table = {tld: code for code, _, _, tld in reference_rows("country_codes.tsv") if tld and tld not in _WORLDWIDE}
    return table | {"uk": "GB"}

"""What the country, state and city cells say, before any zone is looked up.

One thing must hold: a cell that names no country yields no country. `Asia`, `Benelux` and `Yugoslavia` are not places
with a time of their own, and nothing here guesses by similarity.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from rules.place.folding import fold
from rules.place.tables import City, cities_named, countries_by_name, sovereign_of, subdivision_in, subdivisions_named

_PARTS = re.compile(r"[,;/|()\[\]]| - |\n")
_CODE = 2  # letters of a country or state code
# Cells people fill to get past a form. `NA` is far more often a missing value than Namibia.
_NOTHING = frozenset(
    {"na", "n a", "none", "null", "nil", "nan", "unknown", "other", "others", "test", "tbd", "tba", "xx", "zz"}
    | {"not available", "not applicable", "not specified", "no country", "anywhere", "remote"}
)


@dataclass(frozen=True, slots=True)
class Stated:
    """Folded cells, empty when absent. Several countries when the name alone does not decide."""

    countries: tuple[str, ...] = ()
    country_text: str = ""
    state: str = ""
    city: str = ""


@lru_cache(maxsize=50_000)
def countries_of(text: str) -> tuple[str, ...]:
    """Countries a folded name stands for; a leading article does not matter."""
    table = countries_by_name()
    return table.get(text) or table.get(text.removeprefix("the "), ())


def _within(part: str, country: str) -> bool:
    return subdivision_in(country, part) is not None or any(
        sovereign_of().get(code) == country for code in countries_of(part)
    )


def _parts_of(text: str) -> list[str]:
    return [folded for part in _PARTS.split(text) if (folded := fold(part)) and folded not in _NOTHING]


def _supports(part: str, country: str) -> bool:
    return _within(part, country) or any(city.country == country for city in cities_named(part))


def _compound(parts: list[str]) -> Stated:
    """`Berlin, Germany`, `Georgia, USA`, `USA - Texas`: one part is the country, the others are in it.

    A two-letter code counts only where another part lies in that country: `San Francisco, CA` is not in Canada.
    """
    named = [
        (part, codes[0])
        for part in parts
        if len(codes := countries_of(part)) == 1
        and (len(part) > _CODE or any(_supports(other, codes[0]) for other in parts if other != part))
    ]
    if len({code for _, code in named}) > 1:  # of Georgia and USA, the one that can contain the other
        named = [
            (part, code) for part, code in named if all(other == part or _within(other, code) for other, _ in named)
        ]
    if len({code for _, code in named}) != 1:
        return _town_and_state(parts) if not named else Stated()
    part, code = named[-1]
    rest = [other for other in parts if other != part]
    if any((codes := countries_of(other)) and code not in codes and not _within(other, code) for other in rest):
        return Stated()  # "UK, Ireland" is two countries, whatever the one is called
    state = next((other for other in rest if _within(other, code)), "")
    city = next((other for other in rest if other != state), "")
    return Stated(countries=(code,), country_text=part, state=state, city=city)


def _town_and_state(parts: list[str]) -> Stated:
    """`San Francisco, CA`: a town and the state it lies in say the country between them, when only one fits."""
    town, *rest = parts
    found = {
        (city.country, state)
        for city in cities_named(town)
        for state in rest
        if (known := subdivision_in(city.country, state)) and known.code == city.subdivision
    }
    if len(found) != 1:
        return Stated()
    country, state = found.pop()
    return Stated(countries=(country,), country_text="", state=state, city=town)


@lru_cache(maxsize=50_000)
def _read_country(text: str) -> Stated:
    whole = fold(text)
    if not whole or whole in _NOTHING:
        return Stated()
    if codes := countries_of(whole):
        return Stated(countries=codes, country_text=whole)
    parts = _parts_of(text)
    if len(parts) > 1 and (found := _compound(parts)).countries:
        return found
    if len(states := subdivisions_named(whole)) == 1:  # "California" in the country column
        return Stated(countries=(states[0].country,), country_text=whole, state=whole)
    return Stated()


def read_place(country: str | None, state: str | None, city: str | None) -> Stated:
    """The three cells as one statement; what a cell says beyond its column fills the empty ones."""
    stated = _read_country(country or "")
    own_state, own_city = fold(state or ""), fold(city or "")
    own_state = "" if own_state in _NOTHING else own_state
    own_city = "" if own_city in _NOTHING else own_city
    if own_state or own_city:
        stated = Stated(stated.countries, stated.country_text, own_state or stated.state, own_city or stated.city)
    if city and own_city and not cities_named(own_city) and len(parts := _parts_of(city)) > 1:
        stated = _city_cell(stated, parts)
    return stated


def _city_cell(stated: Stated, parts: list[str]) -> Stated:
    """`Austin, TX` or `Munich, Germany` in the city column."""
    inner = Stated() if stated.countries else _compound(parts)
    state = stated.state or inner.state or ("" if inner.countries else parts[1])
    return replace(stated, city=inner.city or parts[0], state=state, countries=stated.countries or inner.countries)


def notable(cities: tuple[City, ...], *, share: float, least: int) -> tuple[City, ...]:
    """Of namesakes, those that may be meant: at least a share of the largest, or at least so many thousand people."""
    largest = max((city.population for city in cities), default=0)
    return tuple(city for city in cities if city.population >= min(max(largest * share, 0), least) or largest == 0)

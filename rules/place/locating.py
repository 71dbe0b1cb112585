"""From a lead's place cells to candidate zones: country, then state, then city, then weak hints.

One thing must hold: each step narrows what the step before allowed, and where nothing speaks the answer is unknown.
"""

from collections.abc import Iterable
from functools import lru_cache

from rules.holidays_calendar import holiday_subdivision
from rules.place.reading import Stated, countries_of, notable, read_place
from rules.place.tables import (
    City,
    Subdivision,
    cities_named,
    sovereign_of,
    sovereigns,
    subdivision_in,
    subdivisions_named,
)
from rules.place.weak import countries_of_phone, country_of_domain
from rules.place.zones import UNKNOWN, Confidence, Zones
from rules.timezones import same_time, zones_by_country

# Namesakes inside one country: a town of five in a hundred of the larger one's size may be meant (Portland, Maine).
_SHARE_IN_COUNTRY, _LEAST_IN_COUNTRY = 0.05, 10**6
# Namesakes anywhere: London, Ontario is enough to leave a bare "London" open.
_SHARE_ANYWHERE, _LEAST_ANYWHERE = 0.01, 15


def _distinct(zones: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(zones))


def _sure(zones: tuple[str, ...]) -> Confidence:
    return Confidence.HIGH if same_time(zones) else Confidence.MEDIUM


def _city_in(country: str, name: str, within: Subdivision | None) -> tuple[City, ...]:
    cities = tuple(city for city in cities_named(name) if city.country == country)
    if within is not None:
        cities = tuple(city for city in cities if city.subdivision in (within.code, None))
    return notable(cities, share=_SHARE_IN_COUNTRY, least=_LEAST_IN_COUNTRY)


def _territory(stated: Stated, country: str) -> str | None:
    """The territory with its own code that the state or city names: France, Martinique."""
    if country not in sovereigns():
        return None
    for text in (stated.state, stated.city):
        for code in countries_of(text) if text else ():
            if sovereign_of().get(code) == country:
                return code
    abroad = {city.country for city in cities_named(stated.city)} if stated.city else set()
    territories = [code for code in sorted(abroad) if sovereign_of().get(code) == country]
    return territories[0] if territories and country not in abroad else None


def _in_country(country: str, stated: Stated, how: str) -> Zones:
    if territory := _territory(stated, country):
        return Zones(
            zones_by_country()[territory], _sure(zones_by_country()[territory]), f"{how} and territory", territory
        )
    zones = zones_by_country().get(country, ())
    if not zones:
        return Zones((), Confidence.NONE, "an uninhabited territory has no zone", country)
    state = subdivision_in(country, stated.state) if stated.state else None
    if state is not None:
        zones, how = state.zones, f"{how} and state"
    subdivision = state.code if state else holiday_subdivision(country, stated.state)
    named = stated.city or (stated.state if state is None else "")
    if len(zones) > 1 or (state is not None and stated.city):
        cities = _city_in(country, named, state) if named else ()
        if cities:
            zones, how = _distinct(city.zone for city in cities), f"{how} and city"
            codes = {city.subdivision for city in cities}
            subdivision = subdivision or (codes.pop() if len(codes) == 1 else None)
    return Zones(zones, _sure(zones), how, country, subdivision)


def _georgia(stated: Stated) -> Subdivision | None:
    """The state of another country that bears the stated country's name, when only it has the stated city."""
    (country,) = stated.countries
    if not stated.city or any(city.country == country for city in cities_named(stated.city)):
        return None
    here = {(city.country, city.subdivision) for city in cities_named(stated.city)}
    return next((s for s in subdivisions_named(stated.country_text) if (s.country, s.code) in here), None)


def _without_country(stated: Stated, hinted: tuple[str, ...]) -> Zones:
    """A bare state or city: good when it can only be one place, or when a hint singles one out."""
    states = subdivisions_named(stated.state) if stated.state else ()
    cities = cities_named(stated.city) if stated.city else ()
    if stated.state and cities:
        inside = tuple(city for city in cities if _in_state(city, stated.state))
        cities, states = (inside, ()) if inside else (cities, states)
    if len({state.country for state in states}) == 1 and states:
        found = _in_country(states[0].country, stated, "state alone")
        return Zones(found.candidates, Confidence.MEDIUM, found.how, found.country, found.subdivision)
    if hinted and any(city.country in hinted for city in cities):
        cities = tuple(city for city in cities if city.country in hinted)
    chosen = notable(cities, share=_SHARE_ANYWHERE, least=_LEAST_ANYWHERE)
    zones, countries = _distinct(city.zone for city in chosen), {city.country for city in chosen}
    if len(countries) != 1 or len(zones) != 1:
        what = "places of that name are in several zones" if chosen else "no known place is stated"
        return Zones((), Confidence.NONE, what)
    return Zones(zones, Confidence.MEDIUM, "city alone", countries.pop())


def _in_state(city: City, state: str) -> bool:
    found = subdivision_in(city.country, state)
    return found is not None and city.subdivision == found.code


def _hints(phone: str | None, *domains: str | None) -> tuple[tuple[str, ...], str]:
    """Countries all weak hints agree on, and what they were."""
    sources: list[tuple[tuple[str, ...], str]] = []
    if by_phone := countries_of_phone(phone):
        sources.append((by_phone, "dialling prefix"))
    sources += [((code,), "country domain") for domain in domains if (code := country_of_domain(domain))]
    agreed = [code for code in sources[0][0] if all(code in codes for codes, _ in sources)] if sources else []
    return tuple(agreed), " and ".join(dict.fromkeys(name for _, name in sources))


@lru_cache(maxsize=100_000)
def locate(
    country: str | None,
    state: str | None = None,
    city: str | None = None,
    *,
    phone: str | None = None,
    mail_domain: str | None = None,
    site_domain: str | None = None,
) -> Zones:
    """Candidate zones of a lead, how sure, and by what.

    Args:
        country: Free text: a name in any common language, a code, or a whole address line.
        state: Free text, optional.
        city: Free text, optional.
        phone: Weak evidence, used only where the place cells say nothing.
        mail_domain: Weak evidence, likewise.
        site_domain: Weak evidence, likewise.

    Returns:
        Several candidates where the place leaves several; none where nothing speaks or the hints contradict each other.
    """
    stated = read_place(country, state, city)
    hinted, by = _hints(phone, mail_domain, site_domain)
    if len(stated.countries) == 1:
        if other := _georgia(stated):
            return _in_country(other.country, Stated(state=stated.country_text, city=stated.city), "state and city")
        return _in_country(stated.countries[0], stated, "country")
    if stated.countries:
        zones = _distinct(name for code in stated.countries for name in zones_by_country()[code])
        return Zones(zones, Confidence.MEDIUM, "country name shared by several countries")
    if stated.state or stated.city:
        found = _without_country(stated, hinted)
        if found.known:
            return found
    if hinted:
        zones = _distinct(name for code in hinted for name in zones_by_country().get(code, ()))
        if zones:
            return Zones(zones, Confidence.WEAK, f"{by} only", hinted[0] if len(hinted) == 1 else None)
    if country or state or city:
        return Zones((), Confidence.NONE, "what is stated names no single place")
    return UNKNOWN

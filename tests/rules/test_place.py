"""Free-text places become candidate zones; unknown stays unknown."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.place.folding import fold
from rules.place.frames import locate_frame
from rules.place.locating import locate
from rules.place.tables import cities_named, countries_by_name
from rules.place.zones import Confidence, Zones
from rules.reference import reference_rows
from rules.timezones import zone, zones_by_country

SHARED = Path(__file__).parents[3] / "shared" / "data"


@cache
def _offsets(name: str) -> tuple[timedelta | None, ...]:
    return tuple(datetime(2027, month, 15, 12, tzinfo=UTC).astimezone(zone(name)).utcoffset() for month in range(1, 13))


def _same_times(found: tuple[str, ...], expected: list[str]) -> bool:
    return {_offsets(name) for name in found} == {_offsets(name) for name in expected}


@pytest.mark.parametrize(
    ("country", "state", "city", "zones"),
    [
        ("Germany", None, None, ["Europe/Berlin"]),
        ("Deutschland", None, None, ["Europe/Berlin"]),
        ("DEU", "", "", ["Europe/Berlin"]),
        ("  the UNITED kingdom ", None, None, ["Europe/London"]),
        ("P.R. China", None, "Shenzhen", ["Asia/Shanghai"]),
        ("日本", None, None, ["Asia/Tokyo"]),
        ("Korea, Republic of", None, None, ["Asia/Seoul"]),
        ("Côte d'Ivoire", None, None, ["Africa/Abidjan"]),
        ("USA", "Arizona", None, ["America/Phoenix", "America/Denver"]),
        ("USA", "AZ", "Window Rock", ["America/Denver"]),
        ("US", "NV", "West Wendover", ["America/Denver"]),
        ("US", "TX", "El Paso", ["America/Denver"]),
        ("Canada", "Québec", None, ["America/Toronto", "America/Blanc-Sablon"]),
        ("Canada", "British Columbia", "Vancouver", ["America/Vancouver"]),
        ("Australia", "WA", "Eucla", ["Australia/Eucla"]),
        ("Australia", None, "Lord Howe Island", ["Australia/Lord_Howe"]),
        ("Brasil", "Acre", None, ["America/Rio_Branco"]),
        ("Mexico", "Q.Roo", "Cancún", ["America/Cancun"]),
        ("Russia", "Свердловская область", None, ["Asia/Yekaterinburg"]),
        ("Indonesia", "Bali", None, ["Asia/Makassar"]),
        ("Mongolia", None, "Ulaanbaatar", ["Asia/Ulaanbaatar"]),
        ("Spain", "Canarias", None, ["Atlantic/Canary"]),
        ("Spain", None, "Cartagena", ["Europe/Madrid"]),
        ("Portugal", "Açores", None, ["Atlantic/Azores"]),
        ("Chile", "Magallanes", None, ["America/Punta_Arenas"]),
        ("New Zealand", "Chatham Islands", None, ["Pacific/Chatham"]),
        ("China", "Xinjiang", None, ["Asia/Urumqi"]),
        ("France", "Martinique", None, ["America/Martinique"]),
        ("Denmark", "Faroe Islands", None, ["Atlantic/Faroe"]),
        ("United States", "Puerto Rico", None, ["America/Puerto_Rico"]),
        ("France", None, "Fort-de-France", ["America/Martinique"]),
        ("Dubai", None, None, ["Asia/Dubai"]),
        ("Kosovo", None, None, ["Europe/Belgrade"]),
        ("California", None, None, ["America/Los_Angeles"]),
        ("Berlin, Germany", None, None, ["Europe/Berlin"]),
        ("USA - Texas", None, "El Paso", ["America/Denver"]),
        ("San Francisco, CA", None, None, ["America/Los_Angeles"]),
        (None, None, "Austin, TX", ["America/Chicago"]),
        (None, "Bavaria", None, ["Europe/Berlin"]),
        (None, "IL", "Springfield", ["America/Chicago"]),
        (None, None, "Tokyo", ["Asia/Tokyo"]),
        ("Georgia", None, None, ["Asia/Tbilisi"]),
        ("Georgia", None, "Tbilisi", ["Asia/Tbilisi"]),
        ("Georgia", None, "Atlanta", ["America/New_York"]),
        ("Georgia, USA", None, None, ["America/New_York"]),
    ],
)
def test_a_stated_place_has_its_zones(
    country: str | None, state: str | None, city: str | None, zones: list[str]
) -> None:
    found = locate(country, state, city)
    assert _same_times(found.candidates, zones), found
    assert found.confidence is (Confidence.HIGH if len(zones) == 1 and country else found.confidence)


NOWHERE = (
    "|-|N/A|NA|unknown|XX|Asia|Europe|EMEA|LATAM|APAC|Benelux|DACH|Nordics|Worldwide|Remote|European Union|Yugoslavia"
    "|Soviet Union|USSR|Czechoslovakia|Atlantis|Serbia and Montenegro|Netherlands Antilles|UK/Ireland|US, Canada|123"
    "|Germny|=1+1|North"
)


@pytest.mark.rule("A5")
@pytest.mark.parametrize("text", NOWHERE.split("|"))
def test_what_names_no_single_country_is_unknown_and_never_utc(text: str) -> None:
    found = locate(text)
    assert found.candidates == ()
    assert found.confidence is Confidence.NONE
    assert found.how


@pytest.mark.parametrize(
    "city", ["London", "Springfield", "Paris", "Birmingham", "San José", "Valencia", "Nowhereville"]
)
def test_a_bare_city_with_namesakes_is_unknown(city: str) -> None:
    assert not locate(None, None, city).known


def test_namesakes_inside_a_country_stay_several() -> None:
    found = locate("US", None, "Portland")
    assert found.candidates == ("America/New_York", "America/Los_Angeles")
    assert found.confidence is Confidence.MEDIUM


def test_a_name_two_countries_share_keeps_both() -> None:
    assert set(locate("Congo").candidates) >= {"Africa/Brazzaville", "Africa/Lubumbashi"}
    assert locate("Congo").country is None


def test_every_country_code_gives_exactly_its_zones() -> None:
    for code, alpha3, *_ in reference_rows("country_codes.tsv"):
        expected = zones_by_country().get(code, ())
        assert locate(alpha3).candidates == expected, alpha3
        if code != "NA":  # far more often a missing value than Namibia
            assert locate(code).candidates == expected, code


def test_every_name_and_translation_of_a_country_is_known() -> None:
    table = countries_by_name()
    for code, names in reference_rows("country_names.tsv"):
        for name in names.split("|"):
            assert code in table[name], name


def test_every_state_narrows_its_country_to_its_own_zones() -> None:
    for country, code, zones, names in reference_rows("subdivisions.tsv"):
        for name in names.split("|"):
            found = locate(country, name)
            assert set(zones.split(";")) & set(found.candidates), (country, name, found)
            assert set(found.candidates) <= {*zones_by_country()[country], "Europe/Simferopol"}, (country, name)
        assert code


def test_every_large_city_is_found_in_its_country() -> None:
    checked = 0
    for name, _ in reference_rows("cities.tsv"):
        for city in cities_named(name):
            assert city.zone in zones_by_country()[city.country], (name, city)
            if city.population >= 1000 and len(zones_by_country()[city.country]) > 1:
                checked += 1
                assert city.zone in locate(city.country, None, name).candidates, (name, city)
    assert checked > 1000


def test_weak_hints_are_used_last_and_marked() -> None:
    by_phone = locate(None, phone="+49 30 123456")
    assert (by_phone.country, by_phone.confidence) == ("DE", Confidence.WEAK)
    assert locate("Germany", phone="+81 3 1234 5678").country == "DE"
    assert locate("Benelux", mail_domain="acme.nl").confidence is Confidence.WEAK
    assert locate(None, mail_domain="acme.io").confidence is Confidence.NONE
    assert locate(None, phone="030 123456").confidence is Confidence.NONE
    assert len(locate(None, phone="+1 212 555 0100").candidates) > 20


def test_contradicting_hints_cancel_each_other() -> None:
    assert not locate(None, phone="+49 30 123456", mail_domain="acme.fr").known
    assert not locate(None, mail_domain="acme.de", site_domain="acme.fr").known


def test_a_hint_singles_out_a_namesake() -> None:
    assert locate(None, None, "London", mail_domain="acme.co.uk").candidates == ("Europe/London",)


def test_no_candidates_and_no_confidence_go_together() -> None:
    with pytest.raises(ValueError, match="go together"):
        Zones((), Confidence.HIGH, "a guess")
    with pytest.raises(ValueError, match="go together"):
        Zones(("UTC",), Confidence.NONE, "a default")


@settings(deadline=None, max_examples=150)
@given(
    *[st.none() | st.text(max_size=25) | st.sampled_from(["Georgia", "USA", "CA", "Paris", "London, UK", "São Paulo"])]
    * 3
)
def test_any_cells_give_zones_or_a_reason(country: str | None, state: str | None, city: str | None) -> None:
    found = locate(country, state, city)
    assert found.how
    assert all(zone(name) for name in found.candidates)
    assert found == locate.__wrapped__(country, state, city)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["Germany", "U.S.A.", "Côte d'Ivoire", "korea, republic of", "New South Wales"]), st.data())
def test_case_and_surrounding_space_change_nothing(name: str, data: st.DataObject) -> None:
    turn: Callable[[str], str] = data.draw(st.sampled_from([str.upper, str.lower, str.title, "  {} ".format]))
    assert fold(turn(name)) == fold(name)
    assert fold(fold(name)) == fold(name)


def test_a_frame_is_located_row_by_row_in_order() -> None:
    frame = pl.DataFrame(
        {"id": [1, 2, 3, 4], "country": ["Japan", None, "Benelux", "Japan"], "city": [None, "Tokyo", "", None]}
    )
    found = locate_frame(frame)
    assert found["id"].to_list() == [1, 2, 3, 4]
    assert found["zones"].to_list() == [["Asia/Tokyo"], ["Asia/Tokyo"], [], ["Asia/Tokyo"]]
    assert found["country_code"].to_list() == ["JP", "JP", None, "JP"]
    assert locate_frame(frame.select("id"))["confidence"].to_list() == ["none"] * 4
    assert locate_frame(frame.clear()).height == 0


@pytest.mark.skipif(not SHARED.exists(), reason="the development rows are not beside this checkout")
def test_the_development_rows_are_right_and_no_unknown_is_guessed() -> None:
    with (SHARED / "timezone_dev.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    wrong = []
    for row in rows:
        found = locate(row["country"], row["state"], row["city"]).candidates
        expected = row["expected_zones"].split(";") if row["expected_zones"] else []
        assert expected or not found, row
        if not _same_times(found, expected):
            wrong.append(row["row_id"])
    assert len(wrong) <= 0.03 * len(rows), wrong

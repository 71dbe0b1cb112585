"""Public holidays of countries and their states, and local weekends."""

import csv
from datetime import date
from pathlib import Path

import pytest

from rules.holidays_calendar import STANDARD_CALENDAR, holiday_subdivision, public_holidays, weekend_of

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "ref" / "holidays_2026_2027.csv"


def test_a_state_has_holidays_its_country_has_not() -> None:
    epiphany = date(2027, 1, 6)
    assert STANDARD_CALENDAR.closed_because("DE", None, epiphany) is None
    assert (
        "Epiphany" in str(STANDARD_CALENDAR.closed_because("DE", "BY", epiphany))
        or public_holidays("DE", "BY", 2027)[epiphany]
    )


@pytest.mark.parametrize(
    ("country", "name", "code"),
    [
        ("DE", "bayern", "BY"),
        ("DE", "BW", "BW"),
        ("AT", "Wien", "9"),
        ("US", "new york", "NY"),
        ("FR", "alsace", "6AE"),
    ],
)
def test_a_state_is_known_by_code_and_name(country: str, name: str, code: str) -> None:
    assert holiday_subdivision(country, name) == code


def test_what_is_no_state_has_no_code() -> None:
    assert holiday_subdivision("DE", "atlantis") is None
    assert holiday_subdivision("DE", "") is None
    assert holiday_subdivision("ZZ", "anything") is None


@pytest.mark.rule("A1")
def test_weekends_are_local() -> None:
    assert weekend_of("DE") == {5, 6}
    assert weekend_of("SA") == weekend_of("EG") == {4, 5}
    assert weekend_of("AE") == {5, 6}
    assert weekend_of("IR") == {3, 4}
    assert weekend_of("HK") == {5, 6}
    assert weekend_of("MY") == {5, 6}
    assert weekend_of("MY", "03") == {4, 5}
    assert weekend_of(None) == weekend_of("ZZ") == {5, 6}


def test_a_country_without_a_calendar_keeps_its_weekend() -> None:
    assert public_holidays("ZZ", None, 2027) == {}
    assert STANDARD_CALENDAR.closed_because("ZZ", None, date(2027, 1, 3)) == "Sunday is weekend there"


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference holidays are not beside this checkout")
def test_the_reference_holidays_are_closed() -> None:
    with REFERENCE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            assert STANDARD_CALENDAR.closed_because(row["iso2"], None, date.fromisoformat(row["date"])), row

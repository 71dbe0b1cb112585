"""Files are located row for row, with the next allowed moment of each."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.business_hours import BusinessHours
from rules.holidays_calendar import STANDARD_CALENDAR
from stages.place_file import ADDED_COLUMNS, NoPlaceColumnError, PlaceSummary, place_file

FRIDAY = datetime(2027, 1, 15, 20, tzinfo=UTC)


def _placed(folder: Path, text: str) -> tuple[PlaceSummary, list[dict[str, str]]]:
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_text(text, encoding="utf-8")
    summary = place_file(source, target, at=FRIDAY, hours=BusinessHours(), holidays=STANDARD_CALENDAR)
    with target.open(encoding="utf-8", newline="") as lines:
        return summary, list(csv.DictReader(lines))


@pytest.mark.rule("A5")
def test_every_row_gets_zones_confidence_reason_and_slot(tmp_path: Path) -> None:
    summary, rows = _placed(
        tmp_path,
        "Name,Land,State,City,Phone\n"
        "a,Deutschland,,,\n"
        "b,USA,Arizona,,\n"
        "c,Saudi Arabia,,Riyadh,\n"
        "d,Benelux,,,\n"
        "e,,,,+81 3 1234 5678\n"
        "f,Russia,,,\n"
        "g,,,London,\n",
    )
    assert list(rows[0]) == ["Name", "Land", "State", "City", "Phone", *ADDED_COLUMNS]
    assert [row["zones"] for row in rows[:5]] == [
        "Europe/Berlin;Europe/Busingen",
        "America/Phoenix;America/Denver",
        "Asia/Riyadh",
        "",
        "Asia/Tokyo",
    ]
    assert [row["confidence"] for row in rows] == ["high", "medium", "high", "none", "weak", "medium", "none"]
    assert [row["next_slot"] for row in rows] == [
        "2027-01-18T08:00:00+00:00",
        "2027-01-15T20:00:00+00:00",
        "2027-01-17T06:00:00+00:00",
        "",
        "2027-01-18T00:00:00+00:00",
        "",
        "",
    ]
    assert all(row["how"] for row in rows)
    assert (summary.rows, summary.no_slot) == (7, 1)
    assert summary.counts == {"high": 2, "medium": 2, "none": 2, "weak": 1}


def test_the_domain_of_mail_and_site_is_a_weak_hint(tmp_path: Path) -> None:
    _, rows = _placed(tmp_path, "email,website\njane@acme.fr,\njane@acme.fr,https://acme.de\nbroken,www.acme.co.uk\n")
    assert [(row["zones"], row["confidence"]) for row in rows] == [
        ("Europe/Paris", "weak"),
        ("", "none"),
        ("Europe/London", "weak"),
    ]


def test_a_file_without_any_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("name,title\nJane,CEO\n", encoding="utf-8")
    with pytest.raises(NoPlaceColumnError, match="--column country=NAME"):
        place_file(tmp_path / "in.csv", None, at=FRIDAY, hours=BusinessHours(), holidays=STANDARD_CALENDAR)

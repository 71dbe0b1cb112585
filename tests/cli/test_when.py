"""`outbound when` on a bare file."""

import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from outbound_cli import when


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    when.register(made, Console(stderr=True, width=300))
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("name,country\na,Germany\nb,Benelux\n", encoding="utf-8")
    return path


def test_zones_and_slots_are_written(app: typer.Typer, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    result = CliRunner().invoke(app, [str(source), "-o", str(target), "--at", "2027-01-15T09:00+01:00"])
    assert result.exit_code == 0
    assert "2 leads" in result.stdout
    assert target.read_text(encoding="utf-8").splitlines() == [
        "name,country,zones,confidence,how,next_slot",
        "a,Germany,Europe/Berlin;Europe/Busingen,high,country,2027-01-15T08:00:00+00:00",
        "b,Benelux,,none,what is stated names no single place,",
    ]


def test_one_json_document_for_programs(app: typer.Typer, source: Path) -> None:
    result = CliRunner().invoke(app, [str(source), "--json", "--at", "2027-01-15T09:00Z", "--opens", "08:00"])
    document = json.loads(result.stdout)
    assert (document["rows"], document["confidence"]) == (2, {"high": 1, "none": 1})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "tomorrow"], "no moment"),
        (["--at", "2027-01-15T09:00"], "no offset"),
        (["--opens", "18:00"], "end"),
        (["--closes", "late"], "no time of day"),
        (["--column", "land=country"], "no field"),
    ],
)
def test_a_wrong_call_ends_with_two_and_the_fix(
    app: typer.Typer, source: Path, arguments: list[str], said: str
) -> None:
    result = CliRunner().invoke(app, [str(source), *arguments])
    assert result.exit_code == 2
    assert said in result.output

"""`outbound verify` on a bare file."""

import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from outbound_cli import verify

LIST = """Mail,Firma,Webseite
jane@zorbotech.com,Zorbotech,zorbotech.com
joe@quux.com,Zorbotech,zorbotech.com
broken,Z,z.com
"""


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    verify.register(made, Console(stderr=True, width=300))
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_a_summary_is_shown_and_the_rows_are_written(app: typer.Typer, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    result = CliRunner().invoke(app, [str(source), "-o", str(target), "--no-model"])
    assert result.exit_code == 0
    assert "3 leads" in result.stdout
    assert "pending" in result.stdout
    assert "1 questions are left for the model" in result.stderr
    assert "email = Mail" in result.stderr
    assert target.read_text(encoding="utf-8").splitlines()[0] == "Mail,Firma,Webseite,verdict,tier,reason,evidence"


def test_one_json_document_for_programs(app: typer.Typer, source: Path) -> None:
    result = CliRunner().invoke(app, [str(source), "--json"])
    document = json.loads(result.stdout)
    assert result.stderr == ""
    assert (document["rows"], document["questions"], document["output"]) == (3, 1, None)
    assert {entry["verdict"]: entry["rows"] for entry in document["counts"]} == {"match": 1, "pending": 1, "invalid": 1}


def test_one_lead_is_explained(app: typer.Typer, source: Path) -> None:
    result = CliRunner().invoke(app, [str(source), "--explain", "joe@quux.com"])
    assert result.exit_code == 0
    assert "nothing in the names ties the two together" in " ".join(result.stdout.split())
    assert CliRunner().invoke(app, [str(source), "--explain", "nobody@x.com"]).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--column", "email=Nope"], "no column 'Nope'"),
        (["--column", "email"], "--column field=NAME"),
        (["--encoding", "klingon"], "no encoding is called"),
    ],
)
def test_a_wrong_call_ends_with_two_and_the_fix(
    app: typer.Typer, source: Path, arguments: list[str], said: str
) -> None:
    result = CliRunner().invoke(app, [str(source), *arguments])
    assert result.exit_code == 2
    assert said in result.output


def test_an_unreadable_file_names_line_byte_and_encoding(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(b"email,website\na@b.de,caf\xe9.de\n")
    result = CliRunner().invoke(app, [str(path)])
    assert result.exit_code == 2
    assert "line 2, byte 24: 0xe9 is not utf-8" in result.output
    assert CliRunner().invoke(app, [str(path), "--encoding", "cp1252"]).exit_code == 0

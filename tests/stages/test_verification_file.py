"""Files are verified in two passes, row for row, with what the whole file teaches."""

import csv
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from rules.attribution.judging import judge
from rules.columns import UnknownColumnError
from stages.lead_table import LeadTable, UnreadableFileError
from stages.verification_file import ADDED_COLUMNS, MissingColumnError, verify_file

SHARED = Path(__file__).parents[3] / "shared" / "data" / "attribution_dev.csv"

ROWS = [
    ("Mail", "Firma", "Webseite", "Notiz"),
    ("jane@zorbotech.com", "Zorbotech AG", "https://zorbotech.com", "keep, me"),
    ("joe@zorbotech.io", "Zorbotech AG", "zorbotech.com", ""),
    ("ann@quux.com", "Zorbotech AG", "zorbotech.com", "x"),
    ("bob@gmail.com", "Zorbotech AG", "zorbotech.com", None),
    ("broken", "Zorbotech AG", "zorbotech.com", "=1+1"),
    ("eve@quux.com", "Quux", "quux.com", ""),
]


def _write(path: Path, rows: Sequence[tuple[str | None, ...]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, delimiter=delimiter).writerows(rows)
    return path


def _read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter))


@pytest.mark.rule("A6")
def test_every_row_comes_out_with_its_columns_and_a_verdict(tmp_path: Path) -> None:
    source, target = _write(tmp_path / "in.csv", ROWS, ";"), tmp_path / "out.csv"
    summary = verify_file(source, target)
    rows = _read(target, ";")
    assert list(rows[0]) == [*map(str, ROWS[0]), *ADDED_COLUMNS]
    assert [row["Notiz"] for row in rows] == ["keep, me", "", "x", "", "=1+1", ""]
    assert [row["verdict"] for row in rows] == ["match", "match", "pending", "unverifiable", "invalid", "match"]
    assert [row["tier"] for row in rows] == ["1", "2", "3", "1", "1", "1"]
    assert all(row["evidence"] for row in rows)
    assert summary.rows == sum(summary.counts.values()) == 6
    assert summary.questions == 1


def test_a_file_in_many_batches_gets_the_verdicts_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header, *rows = ROWS
    many = [header, *[row for _ in range(40) for row in rows]]
    source = _write(tmp_path / "in.csv", many)
    whole, parts = tmp_path / "whole.csv", tmp_path / "parts.csv"
    verify_file(source, whole)
    monkeypatch.setattr(LeadTable.batches, "__defaults__", (7,))
    seen: list[tuple[str, int, int | None]] = []
    verify_file(source, parts, progress=lambda *told: seen.append(told))
    assert parts.read_bytes() == whole.read_bytes()
    assert seen[-1] == ("writing", 240, 240)
    assert len(seen) > 20


def test_names_in_two_columns_and_an_explanation_by_address(tmp_path: Path) -> None:
    summary = verify_file(_write(tmp_path / "in.csv", ROWS), None, explain=" JOE@zorbotech.io")
    (told,) = summary.explained
    assert (told["verdict"], told["mail_domain"], told["Firma"]) == ("match", "zorbotech.io", "Zorbotech AG")


def test_verifying_the_result_again_changes_nothing(tmp_path: Path) -> None:
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    verify_file(_write(tmp_path / "in.csv", ROWS), once)
    verify_file(once, twice)
    assert twice.read_bytes() == once.read_bytes()


def test_a_stray_quote_makes_its_row_a_text_and_stops_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(
        'email,company,website\na@zorb.com,"Zorb" AG,zorb.com\nb@zorb.com,Zorb,zorb.com\n', encoding="utf-8"
    )
    summary = verify_file(source, tmp_path / "out.csv")
    assert (summary.rows, summary.repaired) == (2, 1)
    assert [row["company"] for row in _read(tmp_path / "out.csv")] == ['"Zorb" AG', "Zorb"]


def test_a_header_alone_is_a_file_without_leads(tmp_path: Path) -> None:
    summary = verify_file(_write(tmp_path / "in.csv", ROWS[:1]), tmp_path / "out.csv")
    assert (summary.rows, summary.questions, dict(summary.counts)) == (0, 0, {})
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("Mail,")


def test_what_is_missing_is_asked_for_by_name(tmp_path: Path) -> None:
    source = _write(tmp_path / "in.csv", [("who", "where"), ("Jane", "Berlin")])
    with pytest.raises(MissingColumnError, match="--column email=NAME"):
        verify_file(source, None)
    with pytest.raises(UnknownColumnError, match="who, where"):
        verify_file(source, None, chosen={"email": "mail"})
    with pytest.raises(UnreadableFileError):
        verify_file(tmp_path / "none.csv", None)


def test_nothing_is_left_behind_when_a_file_cannot_be_read(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b"email,website\na@b.de,b.de\n\xff,\xff\n")
    with pytest.raises(UnreadableFileError, match="line 3, byte 26"):
        verify_file(source, tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.skipif(not SHARED.exists(), reason="the development list is not beside this checkout")
@pytest.mark.rule("A6")
def test_the_development_list_is_judged_within_the_bars() -> None:
    frame = pl.read_csv(SHARED, infer_schema=False)
    judged = judge(frame.drop("label", "kind")).with_columns(frame["label"], frame["kind"])
    held = judged.filter(~pl.col("kind").str.contains("free_mail|malformed"))
    wrong, right = held.filter(pl.col("label") == "mismatch"), held.filter(pl.col("label") == "match")
    assert (wrong["verdict"] == "match").sum() <= 0.02 * wrong.height
    assert judged["question_id"].drop_nulls().n_unique() <= 0.04 * judged.height
    assert "mismatch" not in right["verdict"]
    assert set(judged.filter(pl.col("kind") == "free_mail")["verdict"]) == {"unverifiable"}
    assert set(judged.filter(pl.col("kind").str.starts_with("malformed"))["verdict"]) == {"invalid"}

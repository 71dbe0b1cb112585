"""Other people's CSV files are read whatever their shape, or refused with line, byte and encoding."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.columns import Field
from stages.lead_table import LeadTable, UnreadableFileError, Work, open_table, spool
from stages.quote_repair import LONGEST_QUOTED, repair_quotes
from stages.table_writer import TableWriter


def _table(path: Path, content: bytes | str, *, encoding: str | None = None) -> LeadTable:
    source = path / "leads.csv"
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_table(source, encoding=encoding, chosen={}, scratch=path)


def _rows(table: LeadTable, scratch: Path) -> list[tuple[str | None, ...]]:
    seen: list[pl.DataFrame] = []
    spool(table, scratch, lambda _: Work(lambda batch: batch, seen.append, None))
    return [row for batch in seen for row in batch.iter_rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    table = _table(tmp_path, f"email{delimiter}company\njane@acme.com{delimiter}Acme\n")
    assert table.header == ("email", "company")
    assert _rows(table, tmp_path) == [("jane@acme.com", "Acme")]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b\n1,2,3\n4\n", [("1", "2"), ("4", None)]),
        ("a,b\r\n1,2\r\n", [("1", "2")]),
        ("a,b\r1,2\r", [("1", "2")]),
        ("\ufeffa,b\n1,2\n", [("1", "2")]),
        ('a,b\n1,"two\nlines"\n', [("1", "two\nlines")]),
        ('a,b\n1,x "y" z\n', [("1", 'x "y" z')]),
        ('a,b\n1,"x" y\n3,4\n', [("1", '"x" y'), ("3", "4")]),
        ('a,b\n1,"open\n3,4\n', [("1", '"open'), ("3", "4")]),
        ("a,b\n1,\x00\n", [("1", "\x00")]),
        ("a,b\n", []),
        ("a,a,\n1,2,3\n", [("1", "2", "3")]),
    ],
)
def test_strange_rows_never_stop_a_file(tmp_path: Path, content: str, rows: list[tuple[str | None, ...]]) -> None:
    assert _rows(_table(tmp_path, content), tmp_path) == rows


def test_a_byte_that_is_not_utf_8_is_named_with_line_and_offset(tmp_path: Path) -> None:
    table = _table(tmp_path, b"email,company\na@b.de,Ok\nc@d.de,Caf\xe9\n")
    with pytest.raises(UnreadableFileError, match=r"line 3, byte 34: 0xe9 is not utf-8.*--encoding cp1252"):
        _rows(table, tmp_path)


def test_a_named_encoding_is_read(tmp_path: Path) -> None:
    table = _table(tmp_path, "email;company\nc@d.de;Café €\n".encode("cp1252"), encoding="cp1252")
    assert _rows(table, tmp_path) == [("c@d.de", "Café €")]
    table = _table(tmp_path, "email,company\nc@d.de,Café\n".encode("utf-16"), encoding="utf-16")
    assert _rows(table, tmp_path) == [("c@d.de", "Café")]


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        (b"", None, "is empty"),
        (b"  \n \n", None, "is empty"),
        ("email\n".encode("utf-16"), None, "--encoding utf-16"),
        (b"email\n", "klingon", "no encoding is called 'klingon'"),
        (b"email\nc\x81@d.de\n", "cp1252", r"line 2, byte 7: 0x81 is not cp1252"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, content: bytes, encoding: str | None, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        _table(tmp_path, content, encoding=encoding)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="is not a file"):
        open_table(tmp_path / "none.csv", encoding=None, chosen={}, scratch=tmp_path)


def test_columns_are_found_by_position_even_when_two_are_named_alike(tmp_path: Path) -> None:
    table = _table(tmp_path, "name,email,email\nJane,jane@acme.com,j@x.org\n")
    assert table.column_of(Field.EMAIL) == "column 1"
    assert table.column_of(Field.WEBSITE) is None


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), max_size=12)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_repairing_a_sound_file_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("repair")
    with (folder / "sound.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, delimiter=";").writerows(rows)
    assert repair_quotes(folder / "sound.csv", folder / "copy.csv", delimiter=";") == 0
    with (folder / "copy.csv").open(encoding="utf-8", newline="") as copy:
        read = [tuple(row) for row in csv.reader(copy)]
    assert [tuple(cell.removeprefix("\ufeff") for cell in row) for row in read] == [
        tuple(cell.removeprefix("\ufeff") for cell in row) for row in rows
    ]


def test_a_quote_that_never_closes_costs_its_own_line_only(tmp_path: Path) -> None:
    lines = ['1,"open'] + [f"{number},{'x' * 50}" for number in range(2, LONGEST_QUOTED // 50 + 50)]
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert repair_quotes(tmp_path / "in.csv", tmp_path / "out.csv", delimiter=",") == 1
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").count("\n") == len(lines)


def test_a_table_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with TableWriter(target, header=("a", "a;b"), delimiter=";") as writer:
        writer.write(writer.lines(pl.DataFrame({"x": [1, None], "y": ["p", "q;r"]})))
        assert not target.exists()
    assert target.read_text(encoding="utf-8") == 'a;"a;b"\n1;p\n;"q;r"\n'

    def fail() -> None:
        with TableWriter(target, header=("z",)):
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert target.read_text(encoding="utf-8").startswith("a;")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]

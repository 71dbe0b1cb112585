"""Reading somebody's CSV as a stream of tables, whatever its delimiter, and saying where it cannot be read.

One thing must hold: a strange cell never stops a file, and a file that cannot be read says line, byte and encoding.
"""

import codecs
import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

import polars as pl
from polars.exceptions import ComputeError

from rules.columns import Field, Guess, guess_columns, overrule_columns
from stages.quote_repair import repair_quotes

BATCH_ROWS = 200_000
_AT_ONCE = 2
_SNIFFED_BYTES = 65_536
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 200
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """What to do with batches: `each` alone and several at once, `collect` one after the other into `collected`."""

    each: Callable[[pl.DataFrame], pl.DataFrame]
    collect: Callable[[pl.DataFrame], None]
    collected: T


class StrayQuoteError(ValueError):
    """A quote opens or closes where none may; the fast reader stops there."""


class UnreadableFileError(ValueError):
    """The file as a whole cannot be read; the message names the place and what to do."""


@dataclass(frozen=True, slots=True)
class LeadTable:
    """An opened file: its columns as named there, and what each is taken for.

    Attributes:
        path: The file, or its repaired copy.
        delimiter: Between cells of `path`.
        written_with: Between cells of the file as it came; what is made of it is written the same way.
        header: Column names as in the file.
        columns: Fields found, with the column of each.
        repaired: Lines whose stray quotes are read as text.
    """

    path: Path
    delimiter: str
    written_with: str
    header: tuple[str, ...]
    columns: Mapping[Field, Guess] = field(default_factory=dict)
    repaired: int = 0

    def batches(self, rows: int = BATCH_ROWS) -> Iterator[pl.DataFrame]:
        """The rows in order as text, some at a time; columns are named by their position.

        Raises:
            StrayQuoteError: quotes do not fit; `repaired_table` reads the file all the same.
            UnreadableFileError: a byte is not UTF-8.
        """
        try:
            yield from _scan(self).collect_batches(chunk_size=rows, maintain_order=True)
        except ComputeError as failed:
            if "utf-8" in str(failed).lower():
                raise UnreadableFileError(_where_not_text(self.path, self.path, "utf-8")) from failed
            raise StrayQuoteError(str(failed)) from failed

    def column_of(self, wanted: Field) -> str | None:
        """The positional name of a field's column."""
        guess = self.columns.get(wanted)
        return None if guess is None else positions(len(self.header))[self.header.index(guess.column)]


def positions(count: int) -> list[str]:
    """Names for columns that cannot clash with anything: the file may name two columns alike or not at all."""
    return [f"column {number}" for number in range(count)]


def _scan(table: LeadTable) -> pl.LazyFrame:
    return pl.scan_csv(
        table.path,
        separator=table.delimiter,
        infer_schema=False,
        new_columns=positions(len(table.header)),
        truncate_ragged_lines=True,
        raise_if_empty=False,
        glob=False,
    )


def open_table(path: Path, *, encoding: str | None, chosen: Mapping[str, str], scratch: Path) -> LeadTable:
    """Find out how to read a file.

    Args:
        path: A delimited text file with a header line.
        encoding: How it is encoded; None for UTF-8, with or without a byte order mark.
        chosen: Field to column, as a person said; over the guesses.
        scratch: A directory for copies: transcoded, or with stray quotes repaired.

    Raises:
        UnreadableFileError: it does not exist, is empty, or is not in that encoding.
        rules.columns.UnknownColumnError: `chosen` names what is not there.
    """
    if not path.is_file():
        raise UnreadableFileError(f"{path} is not a file")
    source = path if encoding is None else _transcoded(path, encoding, scratch / "transcoded.csv")
    head = _head(source, path)
    first = head.splitlines()[0]
    delimiter = max(_DELIMITERS, key=first.count)
    header = tuple(next(csv.reader([first], delimiter=delimiter)))
    table = LeadTable(path=source, delimiter=delimiter, written_with=delimiter, header=header)
    if "\r" in head and "\n" not in head:  # line ends of old Macs, which the fast reader does not know
        table = repaired_table(table, scratch)
    found = guess_columns(header, _sample(table))
    return replace(table, columns=overrule_columns(found, chosen, header))


def repaired_table(table: LeadTable, scratch: Path) -> LeadTable:
    """The same table over a clean copy, stray quotes and foreign line ends made good."""
    copy = scratch / "repaired.csv"
    strays = repair_quotes(table.path, copy, delimiter=table.delimiter)
    return replace(table, path=copy, delimiter=",", repaired=strays)


def spool(table: LeadTable, scratch: Path, start: Callable[[LeadTable], Work[T]]) -> tuple[T, list[Path]]:
    """Run every batch through some work and keep the results on disk, in order.

    Args:
        table: Read again from the start over a repaired copy when its quotes do not fit.
        scratch: Where the results go, one Arrow file per batch.
        start: Begins the work afresh.

    Returns:
        What the work has collected, and the files.
    """
    try:
        return _spooled(table, scratch, start(table))
    except StrayQuoteError:
        clean = repaired_table(table, scratch)
        return _spooled(clean, scratch, start(clean))


def _spooled(table: LeadTable, scratch: Path, work: Work[T]) -> tuple[T, list[Path]]:
    parts: list[Path] = []
    for number, kept in enumerate(in_order(work.each, table.batches())):
        work.collect(kept)
        parts.append(scratch / f"{number:06}.arrow")
        kept.write_ipc(parts[-1])
    return work.collected, parts


def in_order(work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """Results of a function over items, in order, a few being worked on at a time: the engine lets go of the lock."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        running: deque[Future[B]] = deque()
        for item in items:
            running.append(pool.submit(work, item))
            if len(running) > _AT_ONCE:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _head(source: Path, named: Path) -> str:
    with source.open("rb") as stream:
        start = stream.read(_SNIFFED_BYTES)
    if start.startswith(_UTF16):
        raise UnreadableFileError(f"{named} is UTF-16, not UTF-8: pass --encoding utf-16")
    text = start.decode("utf-8", errors="replace").removeprefix("\ufeff")
    if not text.strip():
        raise UnreadableFileError(f"{named} is empty")
    return text


def _where_not_text(source: Path, named: Path, encoding: str) -> str:
    """Line, byte and encoding of the first byte that cannot be read."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, offset = 1, 0
    with source.open("rb") as stream:
        for chunk in stream:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                at = max(error.start, 0)
                byte = error.object[at]
                return (
                    f"{named}, line {line}, byte {offset + at}: 0x{byte:02x} is not {encoding}; "
                    "a file saved by Excel on Windows is often cp1252: pass --encoding cp1252"
                )
            line, offset = line + 1, offset + len(chunk)
    return f"{named} is not {encoding}; say how it is encoded with --encoding"


def _transcoded(path: Path, encoding: str, copy: Path) -> Path:
    try:
        codecs.lookup(encoding)
    except LookupError as unknown:
        raise UnreadableFileError(f"no encoding is called {encoding!r}; try utf-8, cp1252 or utf-16") from unknown
    try:
        with path.open(encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
            while piece := source.read(1 << 20):
                target.write(piece)
    except UnicodeError as wrong:
        raise UnreadableFileError(_where_not_text(path, path, encoding)) from wrong
    return copy


def _sample(table: LeadTable) -> dict[str, list[str | None]]:
    try:
        first = _scan(table).head(_SAMPLE_ROWS).collect()
    except ComputeError:  # what is wrong shows when the file is read; a guess without cells is good enough
        return {}
    return {name: first[position].to_list() for name, position in zip(table.header, first.columns, strict=True)}

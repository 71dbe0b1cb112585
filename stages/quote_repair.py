"""Making a CSV with stray quotes readable.

One thing must hold: every line's text comes out; a record whose quotes do not fit is split at its delimiters and its
quotes are kept as text.
"""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

LONGEST_QUOTED = 100_000
"""Characters; a quote that stays open longer is a stray one and no cell with line breaks."""


def repair_quotes(source: Path, copy: Path, *, delimiter: str) -> int:
    """Write a clean, comma-separated UTF-8 copy of a UTF-8 file.

    Args:
        source: Delimited text with any line ends.
        copy: Where the copy goes.
        delimiter: Between cells of the source.

    Returns:
        How many records had stray quotes.
    """
    strays = 0
    with source.open(encoding="utf-8-sig", newline=None) as lines, copy.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for record in _records(lines):
            cells = _cells(record, delimiter)
            strays += cells is None
            writer.writerows([cells] if cells is not None else (line.split(delimiter) for line in record.splitlines()))
    return strays


def _records(lines: Iterator[str]) -> Iterator[str]:
    """Lines, joined while a quote is open; one that never closes lets go of its lines one by one."""
    waiting: list[str] = []
    for line in lines:
        waiting.append(line)
        joined = "".join(waiting)
        if joined.count('"') % 2 == 0 or len(joined) > LONGEST_QUOTED:
            yield from [joined] if joined.count('"') % 2 == 0 else waiting
            waiting = []
    yield from waiting


def _cells(record: str, delimiter: str) -> list[str] | None:
    """The cells of a record, or None where quotes stand in the wrong places."""
    try:
        return list(chain.from_iterable(csv.reader([record.rstrip("\n")], delimiter=delimiter, strict=True)))
    except csv.Error:
        return None

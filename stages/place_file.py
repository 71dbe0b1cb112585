"""Time zones and the next allowed moment for the leads of a CSV file: `outbound when`.

One thing must hold: every input row comes out, in order, with its own columns; an unknown zone has no slot.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from rules.addresses import Address, parse_address
from rules.business_hours import BusinessHours, next_opening
from rules.columns import Field, Guess
from rules.holidays_calendar import HolidayCalendar
from rules.hosts import host_of
from rules.place.frames import locate_frame
from rules.place.zones import Confidence, Zones
from stages.lead_table import LeadTable, Work, open_table, spool
from stages.table_writer import TableWriter

Progress = Callable[[str, int, int | None], None]

ADDED_COLUMNS = ("zones", "confidence", "how", "next_slot")
_PLACE_FIELDS = {
    Field.COUNTRY: "country",
    Field.STATE: "state",
    Field.CITY: "city",
    Field.PHONE: "phone",
}


class NoPlaceColumnError(ValueError):
    """Nothing in the file says where anybody is."""


@dataclass(frozen=True, slots=True)
class PlaceSummary:
    """What was found in a file.

    Attributes:
        columns: What each column was taken for.
        rows: Rows read.
        counts: Rows by confidence.
        no_slot: Rows with zones that share no allowed moment in the horizon.
        repaired: Records with stray quotes, read as text.
    """

    columns: Mapping[Field, Guess]
    rows: int
    counts: Mapping[str, int]
    no_slot: int
    repaired: int


@dataclass(slots=True)
class _Tally:
    table: LeadTable
    counts: Counter[str]
    rows: int = 0
    no_slot: int = 0


def place_file(
    source: Path,
    target: Path | None,
    *,
    at: datetime,
    hours: BusinessHours,
    holidays: HolidayCalendar,
    chosen: Mapping[str, str] | None = None,
    encoding: str | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> PlaceSummary:
    """Locate every row of a file and find its next allowed moment.

    Args:
        source: A CSV of any columns and delimiter.
        target: Where the rows go with `ADDED_COLUMNS`; None to only count.
        at: From when the next slot is looked for; aware.
        hours: When people may be written to.
        holidays: The non-working days.
        chosen: Field to column, over the guesses.
        encoding: Of the file; None for UTF-8.
        progress: Told after every batch.

    Raises:
        stages.lead_table.UnreadableFileError: the file cannot be read.
        rules.columns.UnknownColumnError: `chosen` names what is not there.
        NoPlaceColumnError: no column of place was recognised.
    """
    with TemporaryDirectory(prefix="outbound-when-") as folder:
        scratch = Path(folder)
        table = open_table(source, encoding=encoding, chosen=chosen or {}, scratch=scratch)
        if not table.columns.keys() & {*_PLACE_FIELDS, Field.EMAIL, Field.WEBSITE}:
            there = ", ".join(table.header)
            raise NoPlaceColumnError(f"no column says where anybody is; of {there}, pass --column country=NAME")

        def start(opened: LeadTable) -> Work[_Tally]:
            tally = _Tally(opened, Counter())

            def collect(kept: pl.DataFrame) -> None:
                tally.counts.update(kept["confidence"].to_list())
                tally.rows += kept.height
                tally.no_slot += kept.filter(pl.col("zones").is_not_null() & pl.col("next_slot").is_null()).height
                progress("locating", tally.rows, None)

            return Work(lambda batch: _placed(batch, opened, at, hours, holidays), collect, tally)

        tally, parts = spool(table, scratch, start)
        if target is not None:
            _write(tally.table, parts, target)
    return PlaceSummary(tally.table.columns, tally.rows, dict(tally.counts), tally.no_slot, tally.table.repaired)


def _placed(
    batch: pl.DataFrame, table: LeadTable, at: datetime, hours: BusinessHours, holidays: HolidayCalendar
) -> pl.DataFrame:
    """A batch with its place columns under their output names; the file's own are named by position."""
    places = {name: column for wanted, name in _PLACE_FIELDS.items() if (column := table.column_of(wanted))}
    hints = []
    if mail := table.column_of(Field.EMAIL):
        hints.append(_distinctly(batch[mail], _mail_domain).alias("mail_domain"))
    if site := table.column_of(Field.WEBSITE):
        hints.append(_distinctly(batch[site], host_of).alias("site_domain"))
    located = locate_frame(batch.select(*(pl.col(column).alias(name) for name, column in places.items()), *hints))
    slots = {}
    for row in located.select("zones", "confidence", "how", "country_code", "subdivision").unique().iter_rows():
        zones = Zones(tuple(row[0]), Confidence(row[1]), row[2], row[3], row[4])
        opening = next_opening(at, zones, hours, holidays)
        slots[zones.candidates, zones.country, zones.subdivision] = opening.isoformat() if opening else None
    keys = located.select("zones", "country_code", "subdivision").iter_rows()
    return batch.with_columns(
        located["zones"].list.join(";").replace("", None),
        located["confidence"],
        located["how"],
        pl.Series("next_slot", [slots[tuple(zones), country, part] for zones, country, part in keys], dtype=pl.String),
    )


def _distinctly(cells: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    """A function over the distinct cells of a column."""
    table = {cell: read(cell) if cell else None for cell in cells.unique()}
    return pl.Series(cells.name, [table[cell] for cell in cells], dtype=pl.String)


def _mail_domain(cell: str) -> str | None:
    found = parse_address(cell)
    return found.domain if isinstance(found, Address) else None


def _write(table: LeadTable, parts: list[Path], target: Path) -> None:
    kept = [number for number, name in enumerate(table.header) if name not in ADDED_COLUMNS]
    header = [*(table.header[number] for number in kept), *ADDED_COLUMNS]
    with TableWriter(target, header=header, delimiter=table.written_with) as writer:
        for part in parts:
            batch = pl.read_ipc(part)
            writer.write(writer.lines(batch[:, kept].hstack(batch.select(ADDED_COLUMNS))))

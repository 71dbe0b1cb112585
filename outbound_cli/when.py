"""`outbound when`: time zone and next allowed moment of every lead in any CSV, without an account or a server."""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from outbound_cli.options import Columns, Json, chosen_columns, complain, show_json

if TYPE_CHECKING:
    from stages.place_file import PlaceSummary

_MEANS = {
    "high": "the row states a place with one time",
    "medium": "the place leaves several times, or is a bare city",
    "weak": "only a dialling prefix or a country domain speaks",
    "none": "unknown: nothing to go by, no slot",
}


def _instant(text: str | None) -> datetime:
    """An aware moment; without an offset it would be nobody's time."""
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{text!r} is no moment; write 2027-01-15T09:00+01:00") from wrong
    if moment.utcoffset() is None:
        raise typer.BadParameter(f"{text!r} has no offset; write {text}+00:00 or another")
    return moment


def _wall_time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{text!r} is no time of day; write 09:00") from wrong


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def when(
        file: Annotated[Path, typer.Argument(help="A CSV of leads; delimiter and columns are found out.")],
        output: Annotated[
            Path | None, typer.Option("-o", "--output", help="Where to write every row with its zones and next slot.")
        ] = None,
        at: Annotated[str | None, typer.Option(metavar="INSTANT", help="From when on; with an offset. Now.")] = None,
        opens: Annotated[str, typer.Option(help="Start of business hours, local.")] = "09:00",
        closes: Annotated[str, typer.Option(help="End of business hours, local.")] = "17:00",
        minutes_left: Annotated[int, typer.Option(help="Minutes that must remain before closing.")] = 15,
        column: Columns = None,
        encoding: Annotated[str | None, typer.Option(help="Encoding of the file where it is not UTF-8.")] = None,
        as_json: Json = False,
    ) -> None:
        """Tell each lead's candidate time zones, how they were inferred, and the next moment to write to them."""
        from outbound_cli.file_progress import file_progress  # noqa: PLC0415 - each command loads what it needs
        from rules.business_hours import BusinessHours  # noqa: PLC0415
        from rules.columns import UnknownColumnError  # noqa: PLC0415
        from rules.holidays_calendar import STANDARD_CALENDAR  # noqa: PLC0415
        from stages.lead_table import UnreadableFileError  # noqa: PLC0415
        from stages.place_file import NoPlaceColumnError, place_file  # noqa: PLC0415

        moment = _instant(at)
        try:
            hours = BusinessHours(opens=_wall_time(opens), closes=_wall_time(closes), minutes_left=minutes_left)
        except ValueError as wrong:
            raise typer.BadParameter(str(wrong)) from wrong
        try:
            with file_progress(console, quiet=as_json) as progress:
                summary = place_file(
                    file,
                    output,
                    at=moment,
                    hours=hours,
                    holidays=STANDARD_CALENDAR,
                    chosen=chosen_columns(column),
                    encoding=encoding,
                    progress=progress,
                )
        except (UnreadableFileError, NoPlaceColumnError, UnknownColumnError) as error:
            complain(console, error)
            raise typer.Exit(2) from error
        if as_json:
            show_json(_document(summary, moment, output))
        else:
            _tell(summary, moment, output, console)


def _document(summary: "PlaceSummary", moment: datetime, output: Path | None) -> dict[str, object]:
    return {
        "at": moment.isoformat(),
        "rows": summary.rows,
        "confidence": dict(summary.counts),
        "no_common_slot": summary.no_slot,
        "repaired_records": summary.repaired,
        "columns": {field.value: guess.column for field, guess in summary.columns.items()},
        "output": str(output) if output else None,
    }


def _tell(summary: "PlaceSummary", moment: datetime, output: Path | None, console: Console) -> None:
    from outbound_cli.file_progress import tell_columns  # noqa: PLC0415

    tell_columns(summary.columns, console)
    if summary.repaired:
        console.print(f"{summary.repaired} records had stray quotes and were read as plain text")
    table = Table(title=f"{summary.rows:,} leads, slots from {moment:%Y-%m-%d %H:%M %Z}")
    table.add_column("confidence")
    table.add_column("leads", justify="right")
    table.add_column("which means")
    for confidence, meaning in _MEANS.items():
        table.add_row(confidence, f"{summary.counts.get(confidence, 0):,}", meaning)
    Console().print(table)
    if summary.no_slot:
        console.print(f"{summary.no_slot:,} leads have zones that share no business hour; they need a state or a city")
    console.print(f"written to {output}" if output else "nothing was written; -o FILE keeps the zones", highlight=False)

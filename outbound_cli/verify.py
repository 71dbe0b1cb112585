"""`outbound verify`: attribution verdicts for any CSV, without an account, a server or a configuration."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outbound_cli.options import Columns, Json, chosen_columns, complain, show_json

if TYPE_CHECKING:
    from stages.verification_file import VerificationSummary

_COLOURS = {"match": "green", "mismatch": "red", "unverifiable": "yellow", "invalid": "red", "pending": "cyan"}


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def verify(
        file: Annotated[Path, typer.Argument(help="A CSV of leads; delimiter and columns are found out.")],
        output: Annotated[
            Path | None, typer.Option("-o", "--output", help="Where to write every row with its verdict.")
        ] = None,
        no_model: Annotated[
            bool, typer.Option("--no-model", help="Ask no model; what it would be asked stays pending.")
        ] = False,
        explain: Annotated[
            str | None, typer.Option(metavar="LEAD", help="Tell everything about one lead, by id or address.")
        ] = None,
        column: Columns = None,
        encoding: Annotated[str | None, typer.Option(help="Encoding of the file where it is not UTF-8.")] = None,
        as_json: Json = False,
    ) -> None:
        """Tell whether each address belongs to the company on its row; rows left for the model stay pending."""
        from outbound_cli.file_progress import file_progress  # noqa: PLC0415 - each command loads what it needs
        from rules.columns import UnknownColumnError  # noqa: PLC0415
        from stages.lead_table import UnreadableFileError  # noqa: PLC0415
        from stages.verification_file import MissingColumnError, verify_file  # noqa: PLC0415

        del no_model  # a bare file is judged by the free tiers; the campaign's verification asks the model
        try:
            with file_progress(console, quiet=as_json) as progress:
                summary = verify_file(
                    file,
                    output,
                    chosen=chosen_columns(column),
                    encoding=encoding,
                    explain=explain,
                    progress=progress,
                )
        except (UnreadableFileError, MissingColumnError, UnknownColumnError) as error:
            complain(console, error)
            raise typer.Exit(2) from error
        if as_json:
            show_json(_document(summary, output))
        else:
            _tell(summary, output, console)
        if explain and not summary.explained:
            console.print(f"[red]no row has {escape(explain)} as its id or address[/red]", highlight=False)
            raise typer.Exit(2)


def _document(summary: "VerificationSummary", output: Path | None) -> dict[str, object]:
    return {
        "rows": summary.rows,
        "counts": [
            {"verdict": verdict, "tier": tier, "reason": reason, "rows": rows}
            for (verdict, tier, reason), rows in sorted(summary.counts.items())
        ],
        "questions": summary.questions,
        "repaired_records": summary.repaired,
        "columns": {field.value: guess.column for field, guess in summary.columns.items()},
        "output": str(output) if output else None,
        "explained": [dict(row) for row in summary.explained],
    }


def _tell(summary: "VerificationSummary", output: Path | None, console: Console) -> None:
    from outbound_cli.file_progress import tell_columns  # noqa: PLC0415

    tell_columns(summary.columns, console)
    if summary.repaired:
        console.print(f"{summary.repaired} records had stray quotes and were read as plain text")
    table = Table(title=f"{summary.rows:,} leads")
    for name in ("verdict", "tier", "reason"):
        table.add_column(name)
    table.add_column("leads", justify="right")
    table.add_column("in 100", justify="right")
    for (verdict, tier, reason), rows in sorted(summary.counts.items(), key=lambda entry: -entry[1]):
        share = f"{100 * rows / summary.rows:.1f}"
        told = f"[{_COLOURS[verdict]}]{verdict}[/]"
        table.add_row(told, str(tier), reason.replace("_", " "), f"{rows:,}", share)
    out = Console()
    out.print(table)
    if summary.questions:
        console.print(f"{summary.questions:,} questions are left for the model, one for each company and mail domain")
    for row in summary.explained:
        for name, value in row.items():
            out.print(f"  {escape(name):<16} {escape(str(value if value is not None else ''))}", highlight=False)
    console.print(
        f"written to {output}" if output else "nothing was written; -o FILE keeps the verdicts", highlight=False
    )

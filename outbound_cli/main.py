"""The `outbound` command: every door of the product, each with help that teaches and exit codes that mean something.

Exit codes: 0 done, 1 done and something is wrong, 2 the call was wrong, 3 the configuration is wrong, 4 a service is.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(
    name="outbound",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Unattended B2B outreach: verified leads, researched and drafted mails, sent at most once.",
)
console = Console(stderr=True)

Home = Annotated[Path, typer.Option("--home", envvar="OUTBOUND_HOME", help="Directory that holds all state.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output instead of prose.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", help="What a column holds where the guess is wrong: --column email='Work mail'."),
]

SAMPLE = Path(__file__).parent.parent / "sandbox" / "data" / "sample_leads.csv"


def show_json(document: object) -> None:
    """Print for a program."""
    sys.stdout.write(json.dumps(document, indent=2, default=str, ensure_ascii=False) + "\n")


def chosen_columns(pairs: list[str] | None) -> dict[str, str]:
    """`field=column` pairs as a mapping."""
    chosen = {}
    for pair in pairs or []:
        field, found, column = pair.partition("=")
        if not found:
            raise typer.BadParameter(f"{pair!r}: write --column field=NAME, for example --column email='Work mail'")
        chosen[field] = column
    return chosen


@app.callback()
def outbound() -> None:
    """Everything starts with `outbound demo`."""


@app.command()
def demo(
    home: Home = Path(".outbound"),
    leads: Annotated[Path, typer.Option("--leads", help="Any CSV of leads; columns are guessed and shown.")] = SAMPLE,
    column: Columns = None,
    encoding: Annotated[str, typer.Option(help="Encoding of the file.")] = "utf-8-sig",
    port: Annotated[int, typer.Option(help="Port of the sandbox; the mailbox takes the next one.")] = 8025,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people and answers.")] = 7,
    as_json: Json = False,
) -> None:
    """Three weeks of a campaign in a minute, against the sandbox: no account, no key, nothing leaves this machine."""
    from outbound_cli.demo import DemoPlan, HomeInUse, run_demo  # noqa: PLC0415 - each command loads what it needs
    from outbound_cli.lead_file import UnreadableFile, read_lead_file  # noqa: PLC0415
    from outbound_cli.showing import show_columns, show_demo  # noqa: PLC0415

    try:
        file = read_lead_file(leads, encoding=encoding, chosen=chosen_columns(column))
        show_columns(file, console)
        many = len(file.rows) > 1000  # noqa: PLR2004 - a large list gets the full caps, a sample gets a readable story
        plan = DemoPlan(
            home=home, template=Path("campaign.toml"), leads=file, leads_name=leads.name, port=port, seed=seed,
            caps_per_day=500, caps_per_hour=125 if many else 40,
        )  # fmt: skip
        told = run_demo(plan, console=console)
    except (UnreadableFile, ValueError, HomeInUse) as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        raise typer.Exit(2) from error
    if as_json:
        show_json(told)
    else:
        show_demo(told, Console())


if __name__ == "__main__":
    app()

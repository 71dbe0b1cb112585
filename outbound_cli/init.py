"""`outbound init`: the campaign's file, the names of the secrets, and the table in Airtable.

What must hold: nothing that is there is overwritten without `--force`, and a second run changes nothing and says so.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outbound_cli.desk import failing_well
from outbound_cli.options import Home, Json, show_json
from rules.campaign import Mode

Pairs = Annotated[
    list[str] | None,
    typer.Option("--map", help="A field and the base's column for it: --map email='E-Mail'. Again for each."),
]
Answers = Annotated[
    list[str] | None,
    typer.Option("--set", help="An answer beforehand: --set sender.email=ada@firm.example. Again for each."),
]


@dataclass
class Told:
    """What was done, what was there already, and what is left to a person."""

    done: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def init(
        home: Home = Path(".outbound"),
        mode: Annotated[Mode, typer.Option(help="How far it may go at first; live comes later.")] = Mode.SANDBOX,
        base: Annotated[str | None, typer.Option(help="The base's id, app... from its address.")] = None,
        table: Annotated[str | None, typer.Option(help="The table's name; made where there is none.")] = None,
        view: Annotated[str | None, typer.Option(help="The view whose records are leads.")] = None,
        mapped: Pairs = None,
        answers: Answers = None,
        yes: Annotated[
            bool, typer.Option("--yes", "-y", help="Ask nothing; take guesses and the sample's values.")
        ] = False,
        force: Annotated[
            bool, typer.Option("--force", help="Write campaign.toml anew; the old one is kept beside it.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Write campaign.toml and the names of the secrets, and make the table in Airtable or map the one there is."""
        given = pairs(answers, "--set", "sender.email=ada@firm.example")
        for key, value in (
            ("mode", mode.value),
            ("airtable.base", base),
            ("airtable.table", table),
            ("airtable.view", view),
        ):
            if value is not None:
                given.setdefault(key, value)
        with failing_well(console):
            from outbound_cli.setting_up import Wishes, set_up  # noqa: PLC0415 - each command loads what it needs

            wishes = Wishes(given, pairs(mapped, "--map", "email='E-Mail'"), asks=not (yes or as_json), force=force)
            told = set_up(home, wishes, console)
        if as_json:
            show_json({"done": told.done, "there": told.there, "left": told.left})
        else:
            show(told, Console())


def pairs(said: list[str] | None, option: str, example: str) -> dict[str, str]:
    """`key=value` words as a mapping."""
    found = {}
    for pair in said or []:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise typer.BadParameter(f"{pair!r}: write {option} {example}", param_hint=option)
        found[key.strip()] = value.strip()
    return found


def show(told: Told, console: Console) -> None:
    """What happened and what comes next."""
    for title, colour, lines in (("done", "green", told.done), ("there already", "blue", told.there)):
        for line in lines:
            console.print(f"[{colour}]{title}[/{colour}]  ", end="")
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    if not told.done:
        console.print("Nothing had to be changed.")
    if told.left:
        console.print("\nWhat is left to you:")
    for number, line in enumerate(told.left, 1):
        console.print(f"  {number}. {line}", highlight=False, markup=False, soft_wrap=True)

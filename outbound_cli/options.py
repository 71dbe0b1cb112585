"""Options and output that commands share."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

Home = Annotated[Path, typer.Option("--home", envvar="OUTBOUND_HOME", help="Directory that holds all state.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output instead of prose.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", help="What a column holds where the guess is wrong: --column email='Work mail'."),
]


def complain(console: Console, error: object) -> None:
    """Say what went wrong, letter by letter: a text in brackets is not markup."""
    console.print(Text(str(error), style="red"), soft_wrap=True)


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

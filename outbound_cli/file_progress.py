"""A bar on standard error while a file is worked on, and the columns it was read by."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rules.columns import Field, Guess

Report = Callable[[str, int, int | None], None]


@contextmanager
def file_progress(console: Console, *, quiet: bool = False) -> Iterator[Report]:
    """A function to report to: what is being done, rows done, rows in all where known. The bar goes when done."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=quiet,
    )
    with bar:
        task = bar.add_task("reading", total=None)

        def report(what: str, done: int, total: int | None) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield report


def tell_columns(columns: Mapping[Field, Guess], console: Console) -> None:
    """Which column was taken for what; guesses are marked, so that they can be put right."""
    told = ", ".join(
        f"{field.value} = {escape(guess.column)!s}{'' if guess.confidence == 1 else ' (guessed)'}"
        for field, guess in columns.items()
    )
    console.print(f"columns: {told}; others with --column FIELD=NAME", highlight=False)

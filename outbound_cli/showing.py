"""Tables and sentences for a person's eyes."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from outbound_cli.lead_file import LeadFile


def show_columns(file: LeadFile, console: Console) -> None:
    """What each column of a file is taken for."""
    table = Table(title=f"{len(file.rows)} rows; columns taken for", show_header=False, box=None, pad_edge=False)
    for field, guess in file.columns.items():
        table.add_row(field.value, guess.column, "" if guess.confidence >= 1 else f"guessed ({guess.confidence:.0%})")
    console.print(table)


def percent(part: float, whole: float) -> str:
    """A share, or a dash where there is nothing to take it of."""
    return f"{part / whole:.1%}" if whole else "-"


def show_demo(told: Mapping[str, Any], console: Console) -> None:
    """The funnel, what it cost, and where to look."""
    leads, totals = told["leads"], told["totals"]
    sent = totals["accepted"]
    funnel = Table(title="The funnel")
    funnel.add_column("stage")
    funnel.add_column("number", justify="right")
    funnel.add_column("of those before", justify="right")
    verified = told["verdicts"].get("match", 0)
    people = told["steps"][0]["sent"] if told["steps"] else 0
    for name, count, before in (
        ("imported", leads["imported"], 0),
        ("leads after normalising", leads["accepted"], leads["imported"]),
        ("address verified", verified, leads["accepted"]),
        ("people mailed", people, verified),
        ("mails sent", sent, 0),
        ("delivered", totals["delivered"], sent),
        ("bounced for good", totals["hard_bounces"], sent),
        ("opened (machines included)", totals["opened"], sent),
        ("answered by a person", totals["human_replies"], people),
        ("of these positive", totals["positive_replies"], totals["human_replies"]),
        ("unsubscribed", totals["unsubscribed"], sent),
    ):
        funnel.add_row(name, f"{count:,.0f}", percent(count, before))
    console.print(funnel)
    steps = Table(title="By step")
    for name in ("step", "sent", "delivered", "replies", "positive", "bounced"):
        steps.add_column(name, justify="left" if name == "step" else "right")
    for row in told["steps"]:
        steps.add_row(*(str(row[name]) for name in ("step", "sent", "delivered", "replies", "positive", "bounced")))
    console.print(steps)
    console.print(f"verdicts: {_counts(told['verdicts'])}", highlight=False)
    console.print(f"where leads stand: {_counts(told['status'])}", highlight=False)
    per = told["cost_usd"] / sent if sent else 0.0
    console.print(
        f"models: ${told['cost_usd']:.2f} for {told['companies_researched']} companies researched and "
        f"{sent:.0f} mails (${per:.4f} a mail); {told['digests']} digests; {told['runs']} Dagster runs "
        f"in {told['seconds']:.0f} s",
        highlight=False,
    )
    for flag in told["flags"]:
        console.print(f"[yellow]stopped[/yellow] {flag}", highlight=False)
    console.print("\nOne lead of each fate:", highlight=False)
    for status, lead in told["examples"].items():
        console.print(f"  outbound why {lead}   # {status}", highlight=False)
    console.print("\nLook around: `make up`, then the Dagster UI, the sandbox page, and `outbound --help`.")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())

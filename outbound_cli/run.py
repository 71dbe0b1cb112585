"""`outbound run`: jobs now, in this process, in the order they are named; nobody waits for a schedule.

What must hold: it is the schedule's own job with the schedule's own partition, so every guard counts here too.
"""

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from outbound_cli.desk import at_desk, failing_well
from outbound_cli.options import Home, complain

if TYPE_CHECKING:  # loads Dagster
    from outbound_cli.ticking import Runner


class Job(StrEnum):
    """What can be run."""

    INTAKE = "intake"
    OUTREACH = "outreach"
    ENGAGEMENT = "engagement"
    MIRROR = "mirror"
    DIGEST = "digest"
    NIGHTLY = "nightly"
    CANARY = "canary"


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def run(
        jobs: Annotated[list[Job], typer.Argument(help="Jobs, in the order they shall run.")],
        home: Home = Path(".outbound"),
    ) -> None:
        """Run jobs now instead of at their next tick: new leads in, what is due out. All guards and caps hold."""
        with failing_well(console), at_desk(home) as desk:
            from stages.days import day_of  # noqa: PLC0415 - each command loads what it needs

            today = day_of(desk.clock.now(), desk.campaign.zone)
        import dagster as dg  # noqa: PLC0415

        from outbound_assets.schedules import asked_for  # noqa: PLC0415
        from outbound_cli.ticking import JobFailed, Runner  # noqa: PLC0415

        with dg.DagsterInstance.get() as instance:
            runner = Runner(instance, say=lambda _: None)
            for job in jobs:
                asked = asked_for(job, today)
                if isinstance(asked, dg.SkipReason):
                    complain(console, f"{job} was not run: {asked.skip_message}")
                    raise typer.Exit(1)
                try:
                    _run(runner, job, day=asked.partition_key, console=console)
                except JobFailed as error:
                    complain(console, error)
                    raise typer.Exit(1) from error


def _run(runner: "Runner", job: Job, *, day: str | None, console: Console) -> None:
    """One job, with its time and what it wrote."""
    began = time.monotonic()
    with console.status(f"{job} {day or ''}"):
        rows = runner.run(job, day=day)
    told = ", ".join(f"{asset} {count}" for asset, count in rows.items())
    console.print(f"{job:<10} {time.monotonic() - began:5.1f} s   rows: {told}", highlight=False)

"""`outbound simulate`: the stages through days of bad luck, and a campaign's own days ahead of time."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from outbound_cli.options import Json, complain, show_json

if TYPE_CHECKING:
    from simulation.run import Script
    from simulation.series import Series
    from simulation.shrinking import Shrunk


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def simulate(
        days: Annotated[
            int, typer.Option(min=1, help="Days to simulate; more than 30 (denser kinds: 7 or 5) are several runs.")
        ] = 30,
        seed: Annotated[int, typer.Option(help="Draws everything; the same seed gives the same days.")] = 1,
        faults: Annotated[
            str,
            typer.Option(
                help="What goes wrong: none, rough, hostile, or one kind alone (crash, overlap, pause, suspend, "
                "refused, cut, lost, gateway, late, wrong_id, empty, server, storm, reads, models, events, operators, "
                "rollback)."
            ),
        ] = "rough",
        seeds: Annotated[int, typer.Option(min=1, help="How many seeds, each with that many days.")] = 1,
        without: Annotated[
            list[str] | None, typer.Option(help="A kind of fault to leave out; may be repeated.")
        ] = None,
        calm: Annotated[int | None, typer.Option(help="Days without faults at the end.")] = None,
        people: Annotated[int, typer.Option(help="People at the start; drawn from the seed when left out.")] = 0,
        kind: Annotated[
            str,
            typer.Option(
                help="ordinary: the whole product; dense: hundreds of mails an hour whose texts are given, not "
                "written; bare: mails nobody planned, so that the guards of the intent are all there is; mass: the "
                "same by the thousands, over a ledger and a provider in memory. Denser runs are of a week at most."
            ),
        ] = "ordinary",
        workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
        shrink: Annotated[bool, typer.Option(help="Look for the shortest run that shows a violation.")] = True,
        campaign: Annotated[Path | None, typer.Option(help="Rehearse this campaign with --leads instead.")] = None,
        leads: Annotated[Path | None, typer.Option(help="Any CSV of leads, for the rehearsal.")] = None,
        begins: Annotated[str | None, typer.Option(metavar="DAY", help="First day of the rehearsal; today.")] = None,
        chart: Annotated[Path, typer.Option(help="Where the rehearsal draws its picture.")] = Path("forecast.png"),
        as_json: Json = False,
    ) -> None:
        """Run the real stages through days of crashes, lost answers and overlapping workers, and check every invariant.

        With --campaign and --leads: your own days ahead of time, without faults: mails a day, when the leads run out,
        cost, and who never finds a slot. Nothing is asked of any service, and no state of yours is read or written.
        Exit code 1 if an invariant broke, 130 if you ended it with Ctrl-C: it tells what the runs so far have shown.
        """
        if campaign is not None or leads is not None:
            _rehearsed(campaign, leads, begins, days=days, seed=seed, chart=chart, as_json=as_json, console=console)
            return
        wanted = _scripts(
            seed, days=days, seeds=seeds, faults=faults, without=tuple(without or ()), calm=calm, people=people,
            kind=kind,
        )  # fmt: skip
        from simulation.series import run_all  # noqa: PLC0415 - each command loads what it needs

        with _bar(console, quiet=as_json) as tell:
            series = run_all(wanted, workers=min(workers, os.cpu_count() or 1), progress=tell)
        found = _shrunk(series, console) if series.violations and shrink else None
        if as_json:
            show_json(document(series, found))
        else:
            show(series, found, faults=faults, kind=kind)
        if series.stopped:
            console.print(f"stopped after {series.runs} of {len(wanted)} runs; what the others would show is not known")
        if series.violations or series.stopped:
            raise typer.Exit(1 if series.violations else 130)


def _scripts(
    seed: int,
    *,
    days: int,
    seeds: int,
    faults: str,
    without: tuple[str, ...],
    calm: int | None,
    people: int,
    kind: str,
) -> "list[Script]":
    from simulation.kinds import Kind  # noqa: PLC0415
    from simulation.profiles import PROFILES, Profile  # noqa: PLC0415
    from simulation.series import scripts  # noqa: PLC0415

    if faults not in PROFILES:
        raise typer.BadParameter(f"there is no profile {faults!r}; there are {', '.join(PROFILES)}")
    if unknown := [name for name in without if name not in Profile.__dataclass_fields__]:
        raise typer.BadParameter(f"there is no kind of fault {unknown[0]!r}")
    if kind not in tuple(Kind):
        raise typer.BadParameter(f"there is no kind {kind!r}; there are {', '.join(Kind)}")
    return scripts(
        seed, days=days, seeds=seeds, faults=faults, without=without, calm=calm, leads=people, kind=Kind(kind)
    )


def _rehearsed(
    campaign: Path | None,
    leads: Path | None,
    begins: str | None,
    *,
    days: int,
    seed: int,
    chart: Path,
    as_json: bool,
    console: Console,
) -> None:
    from outbound_cli import rehearsing  # noqa: PLC0415
    from resources.campaign_file import CampaignFileError  # noqa: PLC0415
    from stages.lead_table import UnreadableFileError  # noqa: PLC0415

    if campaign is None or leads is None:
        raise typer.BadParameter("a rehearsal takes both: --campaign campaign.toml --leads FILE")
    try:
        first = date.fromisoformat(begins) if begins else datetime.now(UTC).date()
    except ValueError as wrong:
        raise typer.BadParameter(f"{begins!r} is no day; write 2027-01-15") from wrong
    began = time.perf_counter()
    try:
        with _plain_bar(console, quiet=as_json) as tell:
            found, refused = rehearsing.rehearsal(campaign, leads, begins=first, days=days, seed=seed, progress=tell)
    except CampaignFileError as error:
        complain(console, error)
        raise typer.Exit(3) from error
    except UnreadableFileError as error:
        complain(console, error)
        raise typer.Exit(2) from error
    picture = rehearsing.draw(found, chart)
    seconds = time.perf_counter() - began
    if as_json:
        show_json(rehearsing.document(found, refused, picture, seconds))
    else:
        rehearsing.show(found, refused, picture, seconds)


@contextmanager
def _plain_bar(console: Console, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("days"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=quiet, transient=True) as bar:
        task = bar.add_task("days", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _bar(console: Console, *, quiet: bool) -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=quiet, transient=True) as bar:
        task = bar.add_task("simulating", total=None)

        def tell(series: "Series", runs: int) -> None:
            said = f"{series.days:,} days, {series.sends:,} mails, {series.crashes:,} crashes"
            bar.update(task, completed=series.runs, total=runs, description=said)

        yield tell


def _shrunk(series: "Series", console: Console) -> "Shrunk":
    """Run the first violation's seed again, and ever shorter."""
    from simulation.run import simulate as run  # noqa: PLC0415
    from simulation.shrinking import shrink  # noqa: PLC0415

    script, _ = series.violations[0]
    with console.status(f"seed {script.seed} broke an invariant; looking for the shortest run that shows it"):
        return shrink(run(script))


def document(series: "Series", found: "Shrunk | None") -> dict[str, Any]:
    """The result for programs."""
    return {
        "days": series.days,
        "runs": series.runs,
        "stopped": series.stopped,
        "sends": series.sends,
        "crashes": series.crashes,
        "unknowns": series.unknowns,
        "processes": series.processes,
        "violations": [_violation(script, violation) for script, violation in series.violations],
        "shrunk": None if found is None else {
            **_violation(found.script, found.violation),
            "history": [repr(fact) for fact in found.facts], "runs": found.runs,
        },
        "seconds": round(series.seconds, 2),
        "days_per_minute": round(series.days_per_minute, 1),
        "sends_per_second": round(series.sends_per_second, 1),
    }  # fmt: skip


def _violation(script: "Script", violation: Any) -> dict[str, Any]:
    from simulation.shrinking import replay_command  # noqa: PLC0415

    return {
        "seed": script.seed, "invariant": violation.invariant, "at": violation.at.isoformat(),
        "message": violation.message, "keys": list(violation.keys), "replay": replay_command(script),
    }  # fmt: skip


def show(series: "Series", found: "Shrunk | None", *, faults: str, kind: str) -> None:
    """The result for people."""
    from simulation.shrinking import replay_command  # noqa: PLC0415

    out = Console()
    table = Table(title=f"{series.days:,} {kind} days, faults {faults!r}", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in (
        ("runs (seeds)", f"{series.runs:,}"), ("processes started", f"{series.processes:,}"),
        ("of them killed", f"{series.crashes:,}"), ("mails accepted", f"{series.sends:,}"),
        ("outcomes unknown", f"{series.unknowns:,}"), ("seconds", f"{series.seconds:,.1f}"),
        ("days a minute", f"{series.days_per_minute:,.0f}"), ("mails a second", f"{series.sends_per_second:,.0f}"),
        ("violations", f"{len(series.violations):,}"),
    ):  # fmt: skip
        table.add_row(name, value)
    out.print(table)
    for script, violation in series.violations[:10]:
        out.print(f"[red]{violation.invariant}[/red] seed {script.seed}: {escape(violation.message)}", highlight=False)
    if found is None:
        return
    out.print(f"\nThe shortest run that shows {found.violation.invariant}, after {found.runs} tries:", highlight=False)
    out.print(escape(f"{found.violation.at:%Y-%m-%d %H:%M:%S} UTC: {found.violation.message}"), highlight=False)
    for fact in found.facts:
        out.print(escape(f"  {told(fact)}"), highlight=False, soft_wrap=True)
    out.print(f"Again: {replay_command(found.script)}", highlight=False, soft_wrap=True)


def told(fact: Any) -> str:
    """A fact in a line; long texts are cut."""
    said = (
        f"{name}={str(getattr(fact, name))[:60]!r}"
        for name in fact.__dataclass_fields__
        if name not in ("at", "who", "text", "html") and getattr(fact, name) not in ("", None)
    )
    return f"{fact.at:%m-%d %H:%M:%S} {fact.who or '-':<16} {type(fact).__name__} {' '.join(said)}"

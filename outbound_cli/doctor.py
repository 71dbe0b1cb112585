"""`outbound doctor`: every credential, permission, limit and setting, each in a line with its fix."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outbound_cli.desk import failing_well
from outbound_cli.options import Home, Json, show_json
from stages.doctor.findings import Finding, State, UnknownArea

COLOURS = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def doctor(
        home: Home = Path(".outbound"),
        only: Annotated[str, typer.Option(help="One area or line, for example airtable or airtable.scopes.")] = "",
        as_json: Json = False,
    ) -> None:
        """Every credential, permission, limit and setting: ok, warn or fail, with the fix. Buys and sends nothing."""
        with failing_well(console):
            try:
                found, passed = _examined(home, only)
            except UnknownArea as error:
                raise typer.BadParameter(str(error), param_hint="--only") from error
        if as_json:
            show_json({"passed": passed, "worst": worst(found).value, "lines": [asdict(one) for one in found]})
        else:
            show(found, Console())
        raise typer.Exit(1 if worst(found) is State.FAIL else 0)


def _examined(home: Path, only: str) -> tuple[Sequence[Finding], bool]:
    from outbound_cli.home import RUNNING, use_home  # noqa: PLC0415 - each command loads what it needs

    settings = use_home(home)
    import dagster as dg  # noqa: PLC0415

    from outbound_assets.examining import Occasion, practice_of  # noqa: PLC0415
    from outbound_assets.wiring import resources  # noqa: PLC0415 - reads the home's campaign
    from stages.doctor.examination import examine  # noqa: PLC0415
    from stages.doctor.standing import keep_result  # noqa: PLC0415

    built = {name: resource.process_config_and_initialize() for name, resource in resources().items()}
    occasion = Occasion(dg.DagsterInstance.get, (settings.home / RUNNING).exists(), deep=True)
    practice = practice_of(built, settings, occasion)
    found = asyncio.run(examine(practice, only=only))
    if only:
        return found, False
    with practice.ledger() as ledger:
        passed = keep_result(
            found, ledger=ledger, campaign=practice.campaign, now=practice.clock.now(), by_hand=True
        )  # fmt: skip
    return found, passed


def worst(found: Sequence[Finding]) -> State:
    """The worst state of all lines."""
    states = {finding.state for finding in found}
    return next((state for state in (State.FAIL, State.WARN) if state in states), State.OK)


def show(found: Sequence[Finding], console: Console) -> None:
    """One line each, area by area, the fix below what is not ok."""
    width = max((len(finding.name) for finding in found), default=0)
    area = ""
    for finding in found:
        if area and finding.area != area:
            console.print()
        area = finding.area
        colour = COLOURS[finding.state]
        name, sentence = finding.name.ljust(width), finding.sentence
        console.print(f"[{colour}]{finding.state.value:<4}[/{colour}]  {name}  ", end="", highlight=False)
        console.print(sentence, highlight=False, markup=False, soft_wrap=True)
        if finding.fix:
            console.print(f"{'':<6}{'':<{width}}  -> {finding.fix}", highlight=False, markup=False, soft_wrap=True)
    counts = {state: sum(1 for one in found if one.state is state) for state in State}
    console.print()
    console.print(", ".join(f"{count} {state.value}" for state, count in counts.items()), highlight=False)

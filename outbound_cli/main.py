"""The `outbound` command: every door of the product, each with help that teaches and exit codes that mean something.

Exit codes: 0 done, 1 done and something is wrong, 2 the call was wrong, 3 the configuration is wrong, 4 a service is.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outbound_cli import (
    bot,
    desk_commands,
    doctor,
    draft_commands,
    erase,
    init,
    replay,
    run,
    simulate,
    stats,
    suppress,
    unknown,
    verify,
    when,
)
from outbound_cli.options import Columns, Home, Json, chosen_columns, complain, show_json

app = typer.Typer(
    name="outbound",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Unattended B2B outreach: verified leads, researched and drafted mails, sent at most once.",
)
console = Console(stderr=True)

SAMPLE = Path(__file__).parent.parent / "sandbox" / "data" / "sample_leads.csv"
LARGE = 1000
"""Rows from which the demo keeps the full hourly volume; a sample gets a readable story."""


@app.callback()
def outbound() -> None:
    """Everything starts with `outbound demo`."""


@app.command()
def demo(
    home: Home = Path(".outbound"),
    leads: Annotated[Path, typer.Option("--leads", help="Any CSV of leads; columns are guessed and shown.")] = SAMPLE,
    column: Columns = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the file; UTF-8 when left out.")] = None,
    port: Annotated[int, typer.Option(help="Port of the sandbox; the mailbox takes the next one.")] = 8025,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people and answers.")] = 7,
    as_json: Json = False,
) -> None:
    """Three weeks of a campaign in minutes, against the sandbox: no account, no key, nothing leaves this machine."""
    from outbound_cli.demo import DemoPlan, HomeInUse, run_demo  # noqa: PLC0415 - each command loads what it needs
    from outbound_cli.lead_file import read_lead_file  # noqa: PLC0415
    from outbound_cli.sandbox_process import SandboxDidNotStart  # noqa: PLC0415
    from outbound_cli.showing import show_columns, show_demo  # noqa: PLC0415
    from rules.columns import UnknownColumnError  # noqa: PLC0415
    from stages.lead_table import UnreadableFileError  # noqa: PLC0415

    try:
        file = read_lead_file(leads, encoding=encoding, chosen=chosen_columns(column))
        show_columns(file, console)
        plan = DemoPlan(
            home=home, template=Path("campaign.toml"), leads=file, leads_name=leads.name, port=port, seed=seed,
            caps_per_day=500, caps_per_hour=170 if len(file.rows) > LARGE else 40,
        )  # fmt: skip
        told = run_demo(plan, console=console)
    except (UnreadableFileError, UnknownColumnError, HomeInUse, SandboxDidNotStart) as error:
        complain(console, error)
        raise typer.Exit(2) from error
    if as_json:
        show_json(told)
    else:
        show_demo(told, Console())


@app.command()
def up(
    home: Home = Path(".outbound"),
    ui_port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
    sandbox_port: Annotated[int, typer.Option(help="Port of the sandbox; the mailbox takes the next one.")] = 8025,
    office_hours: Annotated[
        bool,
        typer.Option(
            "--office-hours",
            help="In the evening or at a weekend: let the sandbox's time begin in the last "
            "office hours of your zone, so that mail can go out at once.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Start the Dagster UI, its daemon and (in sandbox mode) the sandbox in the background, on this machine only."""
    from outbound_cli.home import use_home  # noqa: PLC0415
    from outbound_cli.sandbox_process import SandboxDidNotStart  # noqa: PLC0415
    from resources.campaign_file import CampaignFileError  # noqa: PLC0415

    try:
        settings = use_home(home, sandbox_port=sandbox_port)
        from outbound_cli.up import AlreadyUp, bring_up  # noqa: PLC0415 - loads Dagster
        from stages.office_hours import last_office_hours  # noqa: PLC0415

        try:
            begins = last_office_hours(datetime.now(UTC), settings.campaign()) if office_hours else None
            started = bring_up(settings, ui_port=ui_port, sandbox_port=sandbox_port, sandbox_from=begins)
        except (AlreadyUp, SandboxDidNotStart, RuntimeError) as error:
            complain(console, error)
            raise typer.Exit(2) from error
    except CampaignFileError as error:
        complain(console, error)
        raise typer.Exit(3) from error
    if as_json:
        show_json({"addresses": started.addresses, "processes": started.processes, "freed_runs": started.freed_runs})
        return
    for name, address in started.addresses.items():
        Console().print(f"{name:<16} {address}", highlight=False)
    if started.freed_runs:
        console.print(f"{started.freed_runs} runs that a dead process left behind were marked failed")
    console.print("`outbound down` ends them.")


@app.command()
def down(home: Home = Path(".outbound")) -> None:
    """End what `outbound up` started."""
    from outbound_cli.up import bring_down  # noqa: PLC0415

    ended = bring_down(home)
    console.print(f"ended: {', '.join(ended)}" if ended else "nothing was running")


@app.command()
def inbox(
    home: Home = Path(".outbound"),
    port: Annotated[int, typer.Option(help="Port of the unsubscribe page; put a TLS proxy before it.")] = 8027,
) -> None:
    """Serve the page behind unsubscribe links and, where BREVO_WEBHOOK_TOKEN is set, the door for Brevo's posts.

    On this machine only, behind a TLS proxy of yours; `up` starts it too.
    """
    import uvicorn  # noqa: PLC0415

    from outbound_cli.home import use_home  # noqa: PLC0415
    from outbound_cli.posting import WeakTokenError  # noqa: PLC0415
    from resources.campaign_file import CampaignFileError  # noqa: PLC0415

    try:
        use_home(home)
        from outbound_cli.inbox import create_inbox  # noqa: PLC0415 - reads the home's campaign

        served = create_inbox()
    except (CampaignFileError, WeakTokenError) as error:
        complain(console, error)
        raise typer.Exit(3) from error
    uvicorn.run(served, host="127.0.0.1", port=port, log_level="warning")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def sandbox(context: typer.Context) -> None:
    """The local world alone, in the foreground; takes the options of `python -m sandbox`."""
    from sandbox.__main__ import main  # noqa: PLC0415

    raise typer.Exit(main(context.args))


desk_commands.register(app, console)
draft_commands.register(app, console)
replay.register(app, console)
run.register(app, console)
simulate.register(app, console)
stats.register(app, console)
erase.register(app, console)
suppress.register(app, console)
unknown.register(app, console)
bot.register(app, console)
doctor.register(app, console)
init.register(app, console)
verify.register(app, console)
when.register(app, console)

if __name__ == "__main__":
    app()

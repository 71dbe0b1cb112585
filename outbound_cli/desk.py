"""What a command needs of a home: its ledger, campaign and time, and known failures as one sentence each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console


@contextmanager
def failing_well(console: Console) -> Iterator[None]:
    """Known failures as one sentence and an exit code: 2 the call, 3 the configuration, 4 a service."""
    from resources.campaign_file import CampaignFileError  # noqa: PLC0415 - each command loads what it needs
    from resources.ledger.transactions import LedgerError  # noqa: PLC0415
    from resources.warehouse.store import WarehouseLocked  # noqa: PLC0415
    from rules.columns import UnknownColumnError  # noqa: PLC0415
    from rules.failures import ServiceFailure  # noqa: PLC0415
    from stages.approving import DecisionRefused  # noqa: PLC0415
    from stages.lead_table import UnreadableFileError  # noqa: PLC0415
    from stages.story import NoSuchLead  # noqa: PLC0415

    codes: dict[type[Exception], int] = {
        UnreadableFileError: 2, UnknownColumnError: 2, NoSuchLead: 2, DecisionRefused: 2, CampaignFileError: 3,
        LedgerError: 4, WarehouseLocked: 4, ServiceFailure: 4,
    }  # fmt: skip
    try:
        yield
    except tuple(codes) as error:
        console.print(f"[red]{error}[/red]", highlight=False, markup=True, soft_wrap=True)
        raise typer.Exit(codes[type(error)]) from error


@contextmanager
def at_desk(home: Path) -> Iterator[Any]:
    """The ledger, the campaign and the time of a home, for the length of a block."""
    from outbound_cli.home import use_home  # noqa: PLC0415

    settings = use_home(home)
    from outbound_assets.wiring import resources  # noqa: PLC0415 - reads the home's campaign
    from resources.clock.gateway import SystemClock  # noqa: PLC0415
    from rules.failures import ServiceFailure  # noqa: PLC0415
    from stages.chat.desk import Desk  # noqa: PLC0415

    built = resources()
    office = built["desk"].process_config_and_initialize()
    try:
        clock = built["clock"].process_config_and_initialize().clock()
    except ServiceFailure:  # a sandbox that is down tells no time; looking into the ledger needs none of it
        clock = SystemClock()
    with built["ledger"].process_config_and_initialize().open() as ledger:
        yield Desk(ledger, settings.campaign(), clock, office.secret())

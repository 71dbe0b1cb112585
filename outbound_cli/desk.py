"""What a command needs of a home: its ledger, campaign and time, and known failures as one sentence each.

What must hold: no Dagster here, which takes seconds to load: `outbound pause` is for somebody in a hurry.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from outbound_cli.options import complain


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
        complain(console, error)
        raise typer.Exit(codes[type(error)]) from error


@contextmanager
def at_desk(home: Path) -> Iterator[Any]:
    """The ledger, the campaign and the time of a home, for the length of a block."""
    from outbound_cli.home import use_home  # noqa: PLC0415

    settings = use_home(home)
    from resources.clock.gateway import Clock, SystemClock  # noqa: PLC0415
    from resources.clock.sandbox import sandbox_clock  # noqa: PLC0415
    from resources.keys import PEPPER, require_key  # noqa: PLC0415
    from resources.ledger.gate import machine_id  # noqa: PLC0415
    from resources.ledger.ledger import Ledger, Place  # noqa: PLC0415
    from rules.campaign import Mode  # noqa: PLC0415
    from rules.failures import ServiceFailure  # noqa: PLC0415
    from rules.timezones import assert_time_zone_rules, pin_time_zone_rules  # noqa: PLC0415
    from stages.chat.desk import Desk  # noqa: PLC0415

    pin_time_zone_rules()
    assert_time_zone_rules()
    campaign = settings.campaign()
    pepper = require_key(os.environ.get(PEPPER.variable, ""), PEPPER)
    clock: Clock = SystemClock()
    if campaign.mode is Mode.SANDBOX:
        with suppress(ServiceFailure):  # a sandbox that is down tells no time; a look into the ledger needs none of it
            clock = sandbox_clock(settings.sandbox_url)
    ledger = Ledger.open(Place(settings.ledger_url, settings.witness, campaign.id, machine_id()))
    try:
        yield Desk(ledger, campaign, clock, pepper)
    finally:
        ledger.close()

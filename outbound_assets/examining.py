"""From this deployment's resources to what the doctor looks with: one way for the command and for the hourly canary.

What must hold: facts about the machine and about Dagster are read here, so that the checks themselves read neither.
"""

import os
import platform
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import dagster as dg
import tzdata

from outbound_assets import tables
from outbound_assets.settings import Settings
from resources.campaign_file import LIVE_SWITCH
from resources.warehouse.store import Warehouse
from rules.campaign import Mode
from stages.chat.desk import COMMANDS
from stages.doctor.practice import Machine, Orchestrator, Practice

SERVICES: Final[Mapping[str, tuple[str, str]]] = {
    "airtable": ("airtable/", "https://api.airtable.com"),
    "brevo": ("brevo/", "https://api.brevo.com"),
    "openai": ("openai/", "https://api.openai.com"),
    "perplexity": ("perplexity/", "https://api.perplexity.ai"),
    "telegram": ("telegram/", "https://api.telegram.org"),
}
"""Each service to its place in the sandbox and to its real address; any answer, even a refusal, tells the time."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What differs between a person's question and the canary's.

    Attributes:
        instance: Reads Dagster's side; ``None`` where it is not asked about.
        expected: Whether Dagster's daemon should run.
        deep: Recompute the journal's whole chain.
    """

    instance: Callable[[], dg.DagsterInstance] | None
    expected: bool
    deep: bool


def practice_of(built: Mapping[str, Any], settings: Settings, occasion: Occasion) -> Practice:
    """What the doctor looks with, from initialised resources by their names in `wiring.resources`."""
    campaign = built["desk"].campaign()
    return Practice(
        campaign=campaign,
        clock=built["clock"].clock(),
        base=built["lead_base"].open,
        provider=built["mail_provider"].open,
        writer=built["writer"].open,
        researcher=built["researcher"].open,
        bot=built["bot"].open,
        mailbox=built["mailbox"].open,
        names=built["names"].open,
        web=built["web"].open,
        ledger=built["ledger"].open,
        warehouse=lambda days: mails_by_day(built["warehouse"].store(), days),
        machine=machine_facts(settings.home),
        orchestrator=lambda: None if occasion.instance is None else dagster_facts(occasion.instance, occasion.expected),
        commands=COMMANDS,
        secret=built["desk"].secret,
        endpoints=endpoints(settings, campaign.mode),
        deep=occasion.deep,
    )


def endpoints(settings: Settings, mode: Mode) -> dict[str, str]:
    """Each service's address without a credential."""
    return {name: settings.endpoint(place, live, mode) for name, (place, live) in SERVICES.items()}


def mails_by_day(store: Warehouse, days: Sequence[str]) -> dict[str, int]:
    """Rows of the table of sends on each of some days; a day without any is left out."""
    marks = ", ".join("?" for _ in days)
    counted = store.query(
        f"SELECT CAST(day AS VARCHAR) AS day, count(*) AS mails FROM sends WHERE day IN ({marks}) GROUP BY day",  # noqa: S608 - question marks only
        list(days),
        tables=[tables.SENDS],
    )
    return {row["day"]: row["mails"] for row in counted.iter_rows(named=True)}


def machine_facts(home: Path) -> Machine:
    """What this machine is."""
    major, minor, patch = platform.python_version_tuple()
    return Machine(
        free_bytes=shutil.disk_usage(home).free,
        tz_release=tzdata.IANA_VERSION,
        python=(int(major), int(minor), int("".join(filter(str.isdigit, patch)) or 0)),
        sqlite=sqlite3.sqlite_version_info,
        switch=os.environ.get(LIVE_SWITCH, ""),
        posted=bool(os.environ.get("BREVO_WEBHOOK_TOKEN")),
    )


def dagster_facts(open_instance: Callable[[], dg.DagsterInstance], expected: bool) -> Orchestrator:
    """What Dagster's storage and daemons are; a storage that does not answer is a fact too."""
    now = datetime.now(UTC)
    try:
        instance = open_instance()
        statuses = instance.get_daemon_statuses()
        instance.get_runs_count()
    except Exception as error:  # noqa: BLE001 - whatever a storage raises is the finding
        return Orchestrator("", f"{type(error).__name__}: {error}", {}, now, expected)
    beats = {
        name: datetime.fromtimestamp(status.last_heartbeat.timestamp, UTC) if status.last_heartbeat else None
        for name, status in statuses.items()
        if status.required
    }
    return Orchestrator(type(instance.run_storage).__name__, "", beats, now, expected)

"""An office's practice: everything the doctor may look at, over one world."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from resources.backoff import Patience
from resources.domain_names.fake import FakeNames
from resources.web.fake import FakeWeb
from rules.failures import ServiceFailure
from sandbox.clock import WorldClock
from sandbox.house import House
from sandbox.server import create_app
from sandbox.world.names import look_up
from stages.chat.desk import COMMANDS
from stages.doctor.examination import examine
from stages.doctor.findings import Finding, State
from stages.doctor.practice import Machine, Orchestrator, Practice
from tests.builders import PEPPER
from tests.stages.office import Office

HEALTHY = Machine(free_bytes=50_000_000_000, tz_release="2026f", python=(3, 11, 7), sqlite=(3, 40, 1))
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
BEATING = Orchestrator(
    "SqliteRunStorage", "", {"SENSOR": NOW, "SCHEDULER": NOW - timedelta(minutes=1)}, NOW, expected=True
)


def practice_of(office: Office, **changes: Any) -> Practice:
    """The office as the doctor sees it; `changes` replace parts."""
    world = office.world
    app = create_app(world, house=House(world, WorldClock(world), paced=False))
    patience = Patience(sleep=office.clock.sleep)
    page = office.campaign.sender.unsubscribe_url
    practice = Practice(
        campaign=office.campaign,
        clock=office.clock,
        base=lambda: nullcontext(office.base),
        provider=lambda: nullcontext(office.provider),
        writer=lambda: nullcontext(office.writer),
        researcher=lambda: nullcontext(office.researcher),
        bot=lambda: nullcontext(office.bot),
        mailbox=lambda: nullcontext(office.mailbox),
        names=lambda: nullcontext(FakeNames(lambda kind, name: look_up(world.faults, kind, name), patience=patience)),
        web=lambda: nullcontext(FakeWeb(app, pages={page: 200})),
        ledger=lambda: nullcontext(office.ledger),
        warehouse=lambda days: {
            day: sum(1 for row in office.ledger.sends.of_day(day) if row["kind"] == "outreach") for day in days
        },
        machine=HEALTHY,
        orchestrator=lambda: BEATING,
        commands=COMMANDS,
        secret=lambda: PEPPER,
        endpoints={
            name: f"http://sandbox/{name}" for name in ("airtable", "brevo", "openai", "perplexity", "telegram")
        },
    )
    return replace(practice, **changes)


async def lines(office: Office, *, only: str = "", **changes: Any) -> dict[str, Finding]:
    """Every line by its name."""
    return {finding.name: finding for finding in await examine(practice_of(office, **changes), only=only)}


def wrong(found: Mapping[str, Finding]) -> dict[str, State]:
    """The lines that are not ok."""
    return {name: finding.state for name, finding in found.items() if finding.state is not State.OK}


def locked(failure: ServiceFailure) -> Callable[[], Any]:
    """Something that cannot be opened."""

    def refuse() -> Any:
        raise failure

    return refuse

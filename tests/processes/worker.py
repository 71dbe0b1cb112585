"""A sender as an operating-system process: the real stage, over real HTTP, on a real ledger, that can die at a moment.

What must hold: nothing of the code under test is replaced. It dies by its own SIGKILL at a statement, at a call or at a
look at the clock, or is killed and stopped from outside.
"""

import asyncio
import os
import resource
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import event

from resources.ledger.ledger import Ledger, Place
from resources.mail_provider.client import connect
from resources.mail_provider.gateway import Accepted, MailProvider, OutgoingMail
from rules.campaign import Campaign
from sandbox import keys
from stages.sending import Sender, send_due
from tests.builders import PEPPER, campaign
from tests.crashes import WRITES
from tests.processes.town import Town

MACHINE = "machine-1"
FREE: Mapping[str, Any] = {
    "caps": {"per_hour": 100_000, "per_day": 100_000, "company_minutes": 0},
    "breakers": {"unclear_in_a_row": 1_000_000},
}
"""Neither caps nor breakers keep a worker from its work."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is told.

    Attributes:
        url: The ledger.
        folder: Where its witness lies.
        town: The sandbox's address.
        name: Who holds its claims.
        dies: ``statement 7`` (before the 7th writing statement), ``request 2`` (before the 2nd request),
            ``answer 2`` (with the 2nd answer in hand), or nothing.
        waits: ``intent`` (after its first intent, before its request) or ``request`` (before the socket): there it
            says so and goes on when told.
        disk: Bytes that a file may grow to, as on a disk that is full.
        campaign: Sections of the campaign.
    """

    url: str
    folder: Path
    town: str
    name: str
    dies: str = ""
    waits: str = ""
    disk: int | None = None
    campaign: Mapping[str, Any] | None = None

    @property
    def place(self) -> Place:
        """The ledger's place."""
        return Place(self.url, self.folder / "witness.json", "spring", MACHINE)

    def plan(self) -> Campaign:
        """The campaign."""
        return campaign(**(self.campaign or FREE))


class Fate:
    """Counts what the worker does and ends it when its moment has come."""

    def __init__(self, orders: Orders, door: Connection) -> None:
        kind, _, number = orders.dies.partition(" ")
        self._kind, self._number = kind, int(number or 0)
        self._waits = orders.waits
        self._door = door
        self._seen: dict[str, int] = {}

    def reached(self, kind: str) -> None:
        """Die here, if this is the moment."""
        self._seen[kind] = self._seen.get(kind, 0) + 1
        if kind == self._kind and self._seen[kind] == self._number:
            os.kill(os.getpid(), signal.SIGKILL)

    def wait(self, where: str) -> None:
        """Say that this place is reached, and go on when told; once."""
        if self._waits == where:
            self._waits = ""
            self._door.send(where)
            self._door.recv()


class WatchedProvider:
    """The real provider; only what happens around a call is seen."""

    def __init__(self, behind: MailProvider, fate: Fate) -> None:
        self._behind, self._fate = behind, fate
        for name in ("calls", "events", "blocked", "daily_requests", "account", "senders"):
            setattr(self, name, getattr(behind, name))

    async def send(self, mail: OutgoingMail) -> Accepted:
        """Make the one request."""
        self._fate.wait("request")
        self._fate.reached("request")
        accepted = await self._behind.send(mail)
        self._fate.reached("answer")
        return accepted


class TownTime:
    """The sandbox's time, asked at every look: a process that was stopped sees that time has passed."""

    def __init__(self, town: Town, ledger: Ledger, fate: Fate | None, name: str) -> None:
        self._town, self._ledger, self._fate, self._name = town, ledger, fate, name

    @classmethod
    def of(cls, town: Town, ledger: Ledger) -> "TownTime":
        """For somebody who does not die."""
        return cls(town, ledger, None, "")

    def now(self) -> datetime:
        """World time."""
        last = self._ledger.questions.recent(1)
        if self._fate and last and (last[0]["state"], last[0]["holder"]) == ("sending", self._name):
            self._fate.wait("intent")
        return self._town.now()

    async def sleep(self, seconds: float) -> None:
        """Nothing here sleeps."""
        await asyncio.sleep(seconds)


def work(orders: Orders, door: Connection) -> None:
    """Send what is due, once; tells ``ready``, waits to be told to begin, and tells what came of it."""
    town, fate = Town(orders.town), Fate(orders, door)
    ledger = Ledger.open(orders.place)
    clock = TownTime(town, ledger, fate, orders.name)

    def watch(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(WRITES):
            fate.reached("statement")

    event.listen(ledger.transactions.engine, "before_cursor_execute", watch)
    if orders.disk is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (orders.disk, resource.RLIM_INFINITY))

    async def run() -> dict[str, int]:
        async with connect(keys.SANDBOX_BREVO_KEY, base_url=f"{orders.town}/brevo/v3") as provider:
            watched: Any = WatchedProvider(provider, fate)
            sender = Sender(watched, ledger, orders.plan(), clock, PEPPER, orders.name)
            report = await send_due(sender)
            return {str(state): count for state, count in report.counts.items()}

    door.send("ready")
    door.recv()
    try:
        door.send(asyncio.run(run()))
    except Exception as error:  # noqa: BLE001 - whatever ends a worker is told to the test
        door.send(f"{type(error).__name__}: {error}")
    finally:
        ledger.close()

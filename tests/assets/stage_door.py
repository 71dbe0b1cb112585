"""A home, a sandbox and the process that runs campaigns in it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from outbound_cli.sandbox_process import SandboxControl
from resources.campaign_file import load_campaign
from resources.ledger.ledger import Ledger, Place
from sandbox.leads_file import load_leads
from sandbox.serving import Running, running
from sandbox.world.world import World
from tests.repository import ROOT

MONDAY_MORNING = 5


@dataclass(frozen=True, slots=True)
class House:
    """One home with its sandbox, both on this machine."""

    home: Path
    sandbox: Running
    first: datetime

    @property
    def control(self) -> SandboxControl:
        """The sandbox's control room."""
        return SandboxControl(self.sandbox.url)

    def day(self, offset: int) -> str:
        """The day so many days after the first."""
        return (self.first + timedelta(days=offset)).date().isoformat()

    def move_to(self, offset: int, hour: int, minute: int = 0) -> None:
        """Let the world's time pass until an hour (UTC) of a day."""
        self.control.move_to(self.first.replace(hour=hour, minute=minute) + timedelta(days=offset))

    def command(self, *words: str) -> list[str]:
        """The process that runs these jobs."""
        told = self.control.ask("clock")
        place = [str(self.home), self.sandbox.url, str(told["imap_port"]), str(told["dns_port"])]
        return [sys.executable, "-W", "ignore", "-m", "tests.assets.short_campaign", *place, *words]

    def run(self, *words: str) -> str:
        """Run jobs to their end; the output is in the failure.

        Returns:
            What was said, checks that failed among it.
        """
        done = subprocess.run(self.command(*words), cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}\n{done.stderr[-6000:]}"
        return done.stdout

    def environment(self) -> dict[str, str]:
        """What other processes of the home are told."""
        told = subprocess.run(
            self.command("environment"), cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        )
        return {**os.environ, **json.loads(told.stdout), "PYTHONWARNINGS": "ignore"}

    def outbound(self, settings: Mapping[str, str], *words: str) -> tuple[int, str]:
        """Call the command as the operator does, in this `environment`.

        Returns:
            Its exit code, and what it said.
        """
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "outbound_cli.main", *words, "--home", str(self.home)], cwd=ROOT,
            env=settings, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def paid(self) -> dict[str, dict[str, int]]:
        """Paid calls per service and item, by the sandbox's own count."""
        counts: dict[str, dict[str, int]] = self.stats()["paid_calls"]
        return counts

    def accepted(self) -> Mapping[str, int]:
        """Mails accepted per send key and address, by the sandbox's own count."""
        return {
            f"{tag} {address}": count
            for tag, addresses in self.stats()["accepted"].items()
            for address, count in addresses.items()
        }

    def stats(self) -> dict[str, Any]:
        """The sandbox's counters."""
        counters: dict[str, Any] = self.control.ask("stats")
        return counters

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table of the warehouse."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            names = [
                row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
            ]
            return {
                name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)  # noqa: S608 - names come from the file itself
                for name in names
            }

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The home's ledger."""
        campaign = load_campaign(self.home / "campaign.toml")
        place = Place(f"sqlite:///{self.home / 'ledger.db'}", self.home / "witness.json", campaign.id, "")
        ledger = Ledger.open(place)
        try:
            yield ledger
        finally:
            ledger.close()


@contextmanager
def house(home: Path, *, leads: int, latency: Mapping[str, float] | None = None) -> Iterator[House]:
    """A fresh home whose campaign began on a Monday three weeks ago, and a sandbox with some leads in its base."""
    now = datetime.now(UTC)
    first = (now - timedelta(days=21 + now.weekday())).replace(hour=MONDAY_MORNING, minute=0, second=0, microsecond=0)
    text = (ROOT / "campaign.toml").read_text("utf-8")
    text = text.replace("starts = 2026-09-01", f"starts = {first.date().isoformat()}")
    home.mkdir(parents=True, exist_ok=True)
    (home / "campaign.toml").write_text(f"{text}\n[airtable]\nrequests_per_second = 0\n", "utf-8")
    sample = (ROOT / "sandbox" / "data" / "sample_leads.csv").read_text("utf-8").splitlines(keepends=True)
    file = home / "leads.csv"
    file.write_text("".join(sample[: leads + 1]), "utf-8")
    world = World(11, start=first)
    load_leads(world, file)
    with running(world, latency=latency) as sandbox:
        yield House(home, sandbox, first)

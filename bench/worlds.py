"""A sandbox and a home for a benchmark: a made-up list of leads, ports that are free, a campaign that fits the list.

What must hold: nothing is measured in this process that the sandbox does in its own.
"""

import csv
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.measuring import ROOT
from outbound_cli.sandbox_process import SandboxControl, running

COLUMNS: Final = (
    "Name",
    "First Name",
    "Last Name",
    "Title",
    "Email",
    "Company",
    "Website",
    "Country",
    "City",
    "Source",
)
FIRST: Final = ("Ada", "Bela", "Carla", "Dario", "Elif", "Fritz", "Greta", "Hugo", "Ines", "Jonas")
LAST: Final = ("Marsh", "Kern", "Lund", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Stein")
TRADES: Final = ("Mills", "Freight", "Optics", "Foods", "Tools")


@dataclass(frozen=True, slots=True)
class World:
    """A running sandbox and the home that works against it."""

    control: SandboxControl
    home: Path
    port: int

    def requests(self) -> dict[str, int]:
        """Requests so far, by service."""
        asked: dict[str, dict[str, int]] = self.control.ask("stats")["requests"]
        return {service: sum(routes.values()) for service, routes in asked.items()}

    def stats(self) -> dict[str, Any]:
        """Everything the sandbox counts."""
        told: dict[str, Any] = self.control.ask("stats")
        return told


def spent(before: dict[str, int], after: dict[str, int]) -> int:
    """Requests between two counts."""
    return sum(after.values()) - sum(before.values())


def write_leads(path: Path, count: int) -> None:
    """A list of people, each at a company of their own in Germany, on reserved domains."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(count):
            first, last = FIRST[number % 10], LAST[number // 10 % 10]
            label, trade = f"nordhafen{number}", TRADES[number % 5]
            writer.writerow([
                f"{first} {last}", first, last, "Head of Support", f"{first}.{last}@{label}.example".lower(),
                f"Nordhafen{number} {trade} GmbH", f"https://www.{label}.example", "Germany", "Hamburg", "bench",
            ])  # fmt: skip


def free_port() -> int:
    """A port of loopback whose neighbour is free too: the sandbox takes both."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@contextmanager
def world(folder: Path, leads: int, options: Sequence[str], *, caps: int = 500) -> Iterator[World]:
    """A sandbox with so many leads, and a home whose campaign may send so many in an hour and a day."""
    home, file = folder / "home", folder / "leads.csv"
    home.mkdir()
    write_leads(file, leads)
    text = (ROOT / "campaign.toml").read_text("utf-8")
    for key, value in (("per_hour", caps), ("per_day", caps), ("per_run_usd", 500.0), ("per_day_usd", 500.0)):
        text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
    (home / "campaign.toml").write_text(f"{text}\n[airtable]\nrequests_per_second = 0\n", "utf-8")
    port = free_port()
    with running(port, ["--unpaced", "--leads", str(file), *options], log=folder / "sandbox.log") as control:
        yield World(control, home, port)

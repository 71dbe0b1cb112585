"""`outbound up` and `outbound down`: the Dagster UI, its daemon and the sandbox as one thing, on this machine only."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import dagster as dg

from outbound_assets.reaper import reap_runs
from outbound_assets.settings import Settings
from outbound_cli import sandbox_process
from outbound_cli.home import INBOX_OFFSET, RUNNING
from rules.campaign import Mode

UI_SECONDS = 90.0


class AlreadyUp(RuntimeError):
    """Something of this home is running already."""


@dataclass(frozen=True, slots=True)
class Running:
    """What was started: process ids by name, and the addresses to look at."""

    processes: Mapping[str, int]
    addresses: Mapping[str, str]
    freed_runs: int


def bring_up(settings: Settings, *, ui_port: int, sandbox_port: int, sandbox_from: datetime | None = None) -> Running:
    """Start everything in the background and wait until the UI answers.

    Args:
        settings: The home's.
        ui_port: Port of the Dagster UI.
        sandbox_port: Port of the sandbox; the mailbox, the inbox and the name server take the next three.
        sandbox_from: When the sandbox's time begins, unless it was later there already; now when left out.

    Raises:
        AlreadyUp: A process that an earlier `up` started is alive.
        RuntimeError: The UI did not answer in time, or the campaign starts after `sandbox_from`.
    """
    record = settings.home / RUNNING
    alive = {name: pid for name, pid in _recorded(record).items() if _alive(pid)}
    if alive:
        raise AlreadyUp(f"{', '.join(alive)} of {settings.home} run already; `outbound down` ends them")
    with dg.DagsterInstance.get() as instance:
        freed = reap_runs(instance)
    processes: dict[str, int] = {}
    addresses = {"Dagster UI": f"http://127.0.0.1:{ui_port}"}
    if settings.campaign().mode is Mode.SANDBOX:
        options = ["--clock", "real", "--state", str(settings.home / "sandbox.json")]
        if sandbox_from is not None:
            _within(settings, sandbox_from)
            options += ["--start", sandbox_from.isoformat()]
        child = sandbox_process.start(sandbox_port, options, log=settings.home / "sandbox.log")
        processes["sandbox"] = child.pid
        addresses["sandbox page"] = f"http://127.0.0.1:{sandbox_port}"
        addresses["sandbox mailbox"] = f"imap://127.0.0.1:{sandbox_port + 1}"
    scripts = Path(sys.executable).parent
    workspace = ["-w", str(Path("workspace.yaml").absolute())]
    web = [str(scripts / "dagster-webserver"), "-h", "127.0.0.1", "-p", str(ui_port), *workspace]
    daemon = [str(scripts / "dagster-daemon"), "run", *workspace]
    port = str(sandbox_port + INBOX_OFFSET)
    inbox = [str(scripts / "outbound"), "inbox", "--home", str(settings.home), "--port", port]
    bot = [str(scripts / "outbound"), "bot", "--home", str(settings.home)]
    for name, command in (("webserver", web), ("daemon", daemon), ("inbox", inbox), ("bot", bot)):
        with (settings.home / f"{name}.log").open("ab") as out:
            processes[name] = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            ).pid
        record.write_text(json.dumps(processes), "utf-8")
    _wait_for(addresses["Dagster UI"], settings.home / "webserver.log")
    return Running(processes, addresses, len(freed))


def _within(settings: Settings, moment: datetime) -> None:
    """A day before the campaign's first has no partition, so nothing would run on it."""
    campaign = settings.campaign()
    if (day := moment.astimezone(campaign.zone).date()) < campaign.starts:
        raise RuntimeError(
            f"the last office hours were on {day}, and the campaign starts on {campaign.starts}; "
            f"set starts = {day} in {settings.campaign_file}, or leave out --office-hours"
        )


def bring_down(home: Path) -> list[str]:
    """End what `up` started, by its recorded process ids.

    Returns:
        The names of what was ended.
    """
    record = home / RUNNING
    ended = []
    for name, pid in reversed(_recorded(record).items()):
        if _alive(pid):
            os.kill(pid, signal.SIGTERM)
            ended.append(name)
    deadline = time.monotonic() + 20
    while any(_alive(pid) for pid in _recorded(record).values()) and time.monotonic() < deadline:
        time.sleep(0.1)
    record.unlink(missing_ok=True)
    return ended


def _recorded(record: Path) -> dict[str, int]:
    try:
        pids: dict[str, int] = json.loads(record.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return pids


def _alive(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc").exists() and _answers(pid)
    return any(word in command for word in (b"sandbox", b"dagster", b"outbound"))


def _answers(pid: int) -> bool:
    """Whether a process of that id exists, where the system has no /proc to ask for its name."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _wait_for(url: str, log: Path) -> None:
    deadline = time.monotonic() + UI_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{url}/server_info", timeout=2):  # noqa: S310 - our own loopback address
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"the Dagster UI did not answer at {url}; its log ends:\n{log.read_text('utf-8')[-800:]}")

"""`outbound up` and `outbound down`, as processes: what is started answers, and all of it ends."""

import json
import socket
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from resources.campaign_file import load_campaign
from stages.office_hours import last_office_hours
from tests.cli.homes import campaign_in, outbound
from tests.repository import ROOT

HERE = {"OUTBOUND_SANDBOX_URL": ""}
"""The sandbox is the home's own."""


def five_in_a_row() -> int:
    """The first of five ports that nobody listens on: the sandbox's page, mailbox, inbox and names, then Dagster's."""
    while True:
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            first = int(asked.getsockname()[1])
        with ExitStack() as held:
            try:
                for port in range(first, first + 5):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_everything_comes_up_in_the_last_office_hours_and_goes_down_again(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    first, campaign = five_in_a_row(), load_campaign(ROOT / "campaign.toml")
    words = ("up", "--office-hours", "--ui-port", str(first + 4), "--sandbox-port", str(first), "--json")
    earliest = last_office_hours(datetime.now(UTC), campaign)
    try:
        up = outbound(home, *words, environment=HERE)
        assert up.returncode == 0, up.stderr
        started = json.loads(up.stdout)
        assert set(started["processes"]) == {"sandbox", "webserver", "daemon", "inbox", "bot"}
        assert all(alive(pid) for pid in started["processes"].values())
        clock = httpx.get(f"{started['addresses']['sandbox page']}/control/clock", timeout=10).json()
        now = datetime.fromisoformat(clock["now"])
        latest = last_office_hours(datetime.now(UTC), campaign)
        assert any(begins <= now < begins + timedelta(minutes=10) for begins in (earliest, latest))

        again = outbound(home, *words, environment=HERE)
        assert (again.returncode, again.stdout) == (2, "")
        assert "run already; `outbound down` ends them" in again.stderr
    finally:
        down = outbound(home, "down", environment=HERE)
    assert down.returncode == 0, down.stderr
    assert not any(alive(pid) for pid in started["processes"].values())
    assert "nothing was running" in outbound(home, "down", environment=HERE).stderr


def test_office_hours_before_the_campaigns_first_day_start_nothing(tmp_path: Path) -> None:
    first = datetime.now(UTC).date() + timedelta(days=30)
    home = campaign_in(tmp_path / "home", ("starts = 2026-09-01", f"starts = {first}"))
    up = outbound(home, "up", "--office-hours", environment=HERE)
    assert (up.returncode, up.stdout) == (2, "")
    assert f"the campaign starts on {first}" in up.stderr
    assert "leave out --office-hours" in up.stderr
    assert "nothing was running" in outbound(home, "down", environment=HERE).stderr


def test_an_address_of_the_sandbox_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    for wrong in ("http://localhost", "http://localhost:port"):
        said = outbound(campaign_in(tmp_path / wrong[-4:]), "stats", environment={"OUTBOUND_SANDBOX_URL": wrong})
        assert (said.returncode, said.stdout) == (2, "")
        assert f"OUTBOUND_SANDBOX_URL is '{wrong}', which names no port" in said.stderr

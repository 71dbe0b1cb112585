"""`kill -9` in the middle of the outreach job, with a real process: nothing twice, nothing paid twice, nothing lost."""

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from resources.ledger.schema import paid_call
from rules.sending import SendState
from tests.assets.stage_door import House, house
from tests.repository import ROOT

IN_FLIGHT = 8
"""Calls that can be on their way when the process dies: the stages' concurrency."""
LATENCY = {"openai": 0.06, "perplexity": 0.06, "brevo": 0.06}


def _kill_when(command: list[str], reached: Callable[[], bool]) -> None:
    """Start a process and kill it the moment something was reached."""
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 90
    try:
        while not reached():
            assert child.poll() is None, "the job ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)  # a real process is watched: there is nothing to wait on but its effects
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(timeout=30)


def _calls(home: House, service: str) -> int:
    return sum(home.paid().get(service, {}).values())


@pytest.mark.slow
@pytest.mark.rule("A7")
@pytest.mark.rule("B5")
@pytest.mark.rule("B20")
@pytest.mark.parametrize("moment", ["drafting", "sending"])
def test_a_killed_run_doubles_nothing_pays_nothing_twice_and_loses_nothing(moment: str, tmp_path: Path) -> None:
    """Killed among the drafts, or right after some acceptances; started again; held against the sandbox's own books."""
    with house(tmp_path / "home", leads=30, latency=LATENCY) as home:
        home.move_to(0, 7)
        home.run(f"intake@{home.day(0)}")
        command = home.command(f"outreach@{home.day(0)}")
        if moment == "drafting":
            _kill_when(command, lambda: _calls(home, "openai") >= 4)
        else:
            _kill_when(command, lambda: len(home.accepted()) >= 3)
        home.move_to(0, 7, 30)
        home.run(f"outreach@{home.day(0)}")
        home.move_to(0, 8)
        home.run(f"engagement@{home.day(0)}", f"outreach@{home.day(0)}")

        doubled = {key: count for key, count in home.accepted().items() if count > 1}
        assert doubled == {}
        with home.ledger() as ledger:
            states = Counter(row["state"] for row in ledger.sends.of_day(home.day(0)))
            with ledger.transactions.read() as connection:
                bought = connection.execute(select(func.count()).select_from(paid_call)).scalar_one()
                per_item = connection.execute(
                    select(func.count())
                    .select_from(paid_call)
                    .group_by(paid_call.c.stage, paid_call.c.item, paid_call.c.attempt)
                ).scalars()
                assert set(per_item) == {1}
            ledger.verify()
        calls = _calls(home, "openai") + _calls(home, "perplexity")
        lost_answers = calls - bought
        assert 0 <= lost_answers <= IN_FLIGHT, "an answer that had reached the ledger was bought again"
        if moment == "sending":
            assert lost_answers == 0
        left = {state for state in states if state not in (SendState.ACCEPTED, SendState.CANCELLED, SendState.READY)}
        assert left == set(), states
        assert states[SendState.ACCEPTED] == len([key for key in home.accepted() if ".opener." in key])
        assert states[SendState.ACCEPTED] >= 10

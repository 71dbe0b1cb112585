"""When a tick is worth a run."""

from datetime import timedelta
from pathlib import Path

import pytest

from stages.waking import outreach_due, sleep_until, something_changed
from tests.builders import HOUR, MONDAY, prepared
from tests.stages.office import Office, open_office


def wake(office: Office) -> tuple[bool, str]:
    found = outreach_due(office.ledger, campaign=office.campaign, now=office.now)
    return found.run, found.reason


@pytest.mark.rule("B31")
async def test_a_tick_runs_only_when_there_is_something_to_do(tmp_path: Path) -> None:
    office = open_office(tmp_path, caps={"per_hour": 1})
    assert wake(office) == (True, "no plan was ever made")
    sleep_until(office.ledger, MONDAY + HOUR, now=office.now)
    assert wake(office) == (False, "nothing can be sent before 12:00")
    something_changed(office.ledger, now=office.now)
    assert wake(office)[0]
    office.later(minutes=1)
    sleep_until(office.ledger, MONDAY + HOUR, now=office.now)
    assert not wake(office)[0]
    office.clock.move_to(MONDAY + HOUR)
    assert wake(office) == (True, "something is due and its window is open")
    prepared(office.ledger, 1, now=office.now)
    await office.send()
    assert wake(office) == (False, "the caps have no room: 1 this hour, 1 today")
    office.clock.move_to(MONDAY + 3 * HOUR)
    assert wake(office)[0]
    office.clock.move_to(MONDAY + timedelta(days=1))
    assert wake(office) == (True, "a new day needs a plan")
    sleep_until(office.ledger, None, now=office.now)
    assert wake(office) == (False, "nobody is due any more today")
    office.close()

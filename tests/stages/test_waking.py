"""When a tick is worth a run."""

from datetime import timedelta
from pathlib import Path

import pytest

from stages.nights import night_due
from stages.reconciliation import reconcile_days
from stages.waking import outreach_due, sleep_until, something_changed
from tests.builders import DAY, HOUR, MONDAY, prepared
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


def night(office: Office) -> tuple[bool, str]:
    found = night_due(office.ledger, campaign=office.campaign, now=office.now)
    return found.run, found.reason


async def compare(office: Office) -> None:
    await reconcile_days(office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock)


@pytest.mark.rule("A12")
async def test_a_machine_that_sleeps_at_night_compares_its_books_in_the_morning(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    assert night(office) == (False, "there is nothing of an earlier day to compare")
    prepared(office.ledger, 1, now=office.now)
    await office.send()
    assert not night(office)[0]
    office.clock.move_to(MONDAY + timedelta(hours=20))  # asleep from midnight on
    assert night(office) == (True, "the pass of Tuesday at 03:00 was missed")

    await compare(office)

    assert [tally["day"] for tally in office.ledger.keepsakes.tallies()][-1] == DAY
    assert night(office)[1].startswith("it was made at ")
    office.clock.move_to(MONDAY + timedelta(hours=39))  # the next night, again asleep at three
    assert not night(office)[0]
    office.clock.move_to(MONDAY + timedelta(hours=44))
    assert night(office) == (True, "the pass of Wednesday at 03:00 was missed")
    office.close()


async def test_the_first_pass_is_made_at_three_whatever_was_sent(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    at_three = (MONDAY + timedelta(days=1)).astimezone(office.campaign.zone).replace(hour=3, minute=10)
    office.clock.move_to(at_three)
    assert night(office) == (True, "it is the night's hour")
    await compare(office)
    assert night(office) == (False, "it was made at 03:10")
    office.close()

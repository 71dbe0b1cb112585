"""Breakers in the ledger: latched with their reason, taken off by a person, tripping again on new evidence only."""

from datetime import timedelta
from pathlib import Path

import pytest

from resources.ledger.flags import FlagName
from stages.breakers import reopen, trip_breakers
from stages.outlook import outlook
from tests.builders import DAY, HOUR, MONDAY, prepared
from tests.stages.doubles import BAD_ADDRESS, failing
from tests.stages.office import Office, open_office, resumed, states


async def bouncing(office: Office, numbers: range, *, dead: int) -> None:
    """Mails to people of whom the first ones do not exist, and the hour in which their bounces are told."""
    for number in numbers:
        send = prepared(office.ledger, number, now=office.now)
        if number < numbers.start + dead:
            office.world.script(send.address, "hard_bounce")
    await office.send()
    office.later(hours=1)
    await office.hear()


@pytest.mark.rule("B4")
@pytest.mark.rule("B19")
async def test_a_list_that_bounces_stops_sending_until_somebody_resumes(office: Office) -> None:
    await bouncing(office, range(30), dead=8)

    (flag,) = office.ledger.flags.raised()
    assert flag.name == FlagName.HARD_BOUNCES
    assert flag.reason == "8 of the last 30 mails bounced for good"
    prepared(office.ledger, 99, now=office.now)
    await office.send()
    assert len(office.accepted) == 30

    done = reopen(office.ledger, actor="ada", now=office.now)
    assert [(one.name, one.reason) for one in done.taken_off] == [(flag.name, flag.reason)]
    assert trip_breakers(office.ledger, campaign=office.campaign, now=office.now) == []
    await office.send()
    assert len(office.accepted) == 31


@pytest.mark.rule("B19")
async def test_a_breaker_that_was_taken_off_trips_again_on_what_came_after(office: Office) -> None:
    """The evidence that a person has looked at is not held against them; the same trouble again is."""
    await bouncing(office, range(30), dead=8)
    assert resumed(office) == ["hard_bounces"]
    office.later(hours=1)

    await bouncing(office, range(30, 50), dead=2)
    assert office.ledger.flags.raised() == []
    office.later(hours=1)
    await bouncing(office, range(50, 55), dead=3)

    (flag,) = office.ledger.flags.raised()
    assert flag.reason == "5 of the last 25 mails bounced for good"


@pytest.mark.rule("B4")
async def test_people_who_leave_stop_the_campaign(tmp_path: Path) -> None:
    office = open_office(tmp_path, breakers={"unsubscribe_stop": 0.1})
    for number in range(40):
        send = prepared(office.ledger, number)
        if number < 10:
            office.world.script(send.address, "unsubscribe", after=timedelta(minutes=5))
    await office.send()
    office.later(hours=2)
    await office.hear()

    (flag,) = office.ledger.flags.raised()
    assert flag.name == FlagName.UNSUBSCRIBES
    assert "10 of 40 mails of seven days were answered by unsubscribing: over 10.0%" in flag.reason
    office.close()


@pytest.mark.rule("B4")
async def test_answer_after_answer_missing_stops_the_run_and_latches(office: Office) -> None:
    """A provider that takes mails and answers nothing must not be fed the whole hour."""
    for number in range(12):
        prepared(office.ledger, number)
    office.world.faults.arm("brevo.accepted_then_502")

    report = await office.send()

    assert report.systemic is not None
    assert (states(office), report.conserved) == ({"unknown": 5, "ready": 7}, True)
    (flag,) = office.ledger.flags.raised()
    assert flag.reason == "the last 5 requests brought no acceptance: 5 without an answer, 0 refused"
    office.world.faults.disarm()
    assert resumed(office) == ["unclear"]
    await office.send()
    assert states(office) == {"unknown": 5, "accepted": 7}


@pytest.mark.rule("B4")
async def test_single_refusals_do_not_stop_anything(office: Office) -> None:
    for number in range(12):
        prepared(office.ledger, number)

    report = await office.send(failing(office, *[BAD_ADDRESS] * 4)[1])

    assert (report.systemic, states(office)) == (None, {"rejected": 4, "accepted": 8})


@pytest.mark.rule("A9")
async def test_a_campaign_that_was_paused_for_hours_spreads_its_backlog_over_the_hour(office: Office) -> None:
    """Invariant I7 and more: not even the hour's cap at once, and no sixty minutes over it."""
    for number in range(200):
        prepared(office.ledger, number)
    office.ledger.flags.raise_flag(FlagName.PAUSE, reason="lunch", actor="ada", now=office.now)
    office.later(hours=2)
    resumed(office)

    by_tick = []
    for _ in range(8):
        before = len(office.accepted)
        await office.send()
        by_tick.append(len(office.accepted) - before)
        office.later(minutes=15)

    assert by_tick[:4] == [16, 16, 16, 15]
    assert max(by_tick[4:]) <= 16
    times = [mail.at for mail in office.world.provider.mails.values()]
    assert all(sum(1 for other in times if at - HOUR < other <= at) <= 63 for at in times)


@pytest.mark.rule("A9")
async def test_a_campaign_that_was_paused_for_days_plans_its_stale_mails_anew(office: Office) -> None:
    for number in range(30):
        prepared(office.ledger, number)
    office.ledger.flags.raise_flag(FlagName.PAUSE, reason="holiday", actor="ada", now=office.now)
    office.later(days=3)
    resumed(office)

    for _ in range(4):
        await office.send()
        office.later(minutes=15)

    assert (office.accepted, states(office)) == ([], {"cancelled": 30})
    assert prepared(office.ledger, 1, now=office.now).send_key


@pytest.mark.rule("A9")
async def test_the_ramp_halves_on_a_warning_waits_for_a_green_day_and_restarts_after_a_month(tmp_path: Path) -> None:
    office = open_office(tmp_path, caps={"ramp": [40, 60, 100], "per_hour": 200}, breakers={"hard_bounce_stop": 0.5})

    def cap() -> int:
        return outlook(office.campaign, ledger=office.ledger, now=office.now).policy.day_cap

    assert cap() == 40
    await bouncing(office, range(40), dead=4)
    office.clock.move_to(MONDAY + timedelta(days=1))
    assert (cap(), office.ledger.flags.raised()) == (20, [])
    await bouncing(office, range(100, 120), dead=0)
    office.clock.move_to(MONDAY + timedelta(days=9))
    assert cap() == 60
    office.clock.move_to(MONDAY + timedelta(days=32))
    assert cap() == 40
    assert DAY == "2026-11-23"
    office.close()

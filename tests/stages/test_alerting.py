"""From silence to the operator's ear: looked at in the ledger, told by chat, else by mail, tested every week."""

from datetime import time, timedelta

import pytest

from resources.heartbeat.fake import fake_heartbeat
from resources.ledger.flags import FlagName
from rules.alarms import failed_run
from rules.campaign import Alarms
from sandbox.clock import WorldClock
from sandbox.house import House
from sandbox.keys import SANDBOX_HEARTBEAT
from sandbox.server import create_app
from stages.alerting import Channels, Told, tell_operator, trial_due, try_path
from stages.living import give_sign
from stages.watching import look
from tests.builders import MONDAY, PEPPER
from tests.stages.office import Office, lead

FAILED = failed_run("outreach", "2026-11-23", "no credits left", "12 of 40 sent", "abc")


def channels(office: Office) -> Channels:
    return Channels(office.bot, office.provider, office.ledger, office.campaign, office.clock, PEPPER)


def chat(office: Office) -> list[str]:
    return [message["text"] for message in office.world.telegram.messages.values() if "text" in message]


async def tick(office: Office) -> Told:
    look(office.ledger, office.campaign, now=office.now)
    return await tell_operator(channels(office))


def read_everything(office: Office) -> None:
    for name in ("airtable", "events", "replies"):
        office.ledger.flags.stamp(f"{name}.read", at=office.now)


@pytest.mark.rule("A12")
async def test_a_breaker_is_told_with_what_to_do_and_a_link_and_again_when_it_is_over(office: Office) -> None:
    assert (await tick(office)).alerts == 0
    office.ledger.flags.raise_flag(FlagName.PROVIDER, reason="key not found", actor="x", now=office.now)
    assert (await tick(office)).alerts == 1
    assert (await tick(office)).alerts == 0
    office.ledger.flags.lower_flag(FlagName.PROVIDER, reason="resumed", actor="x", now=office.now)
    office.later(minutes=20)
    assert (await tick(office)).alerts == 1

    opened, over = chat(office)
    assert opened.startswith("ALARM  provider: key not found")
    assert "Do: `outbound doctor`" in opened
    assert "http://127.0.0.1:3000/assets/sends" in opened
    assert over.startswith("OVER  provider: key not found")


@pytest.mark.rule("A12")
async def test_mails_that_are_due_and_not_sent_by_eleven_are_an_alarm(office: Office) -> None:
    office.add(lead(1))
    await office.receive()
    read_everything(office)
    await office.plan()
    look(office.ledger, office.campaign, now=office.now)
    office.campaign = office.campaign.model_copy(update={"alarms": Alarms(sent_by=time(11, 30))})
    office.clock.move_to(MONDAY + timedelta(minutes=29))
    assert (await tick(office)).alerts == 0
    office.clock.move_to(MONDAY + timedelta(minutes=31))
    assert (await tick(office)).alerts == 1
    assert chat(office)[0].startswith("ALARM  1 mails are due, every gate is open, and none was sent by 11:30.")


async def test_many_alarms_are_one_message(office: Office) -> None:
    for name in (FlagName.PROVIDER, FlagName.WRITER, FlagName.IMBALANCE):
        office.ledger.flags.raise_flag(name, reason="x", actor="x", now=office.now)
    assert (await tick(office)).alerts == 3
    assert len(chat(office)) == 1


async def test_a_storm_of_alarms_is_cut_with_a_count(office: Office) -> None:
    office.ledger.alerts.report([failed_run(f"job{n}", "", "x", "", "r") for n in range(12)], now=office.now)
    await tell_operator(channels(office))
    assert "And 4 more: http://127.0.0.1:3000" in chat(office)[0]


@pytest.mark.rule("A12")
async def test_what_hurries_goes_by_mail_when_the_chat_is_closed(office: Office) -> None:
    office.ledger.alerts.report([FAILED], now=office.now)
    office.world.faults.arm("telegram.blocked")

    told = await tell_operator(channels(office))

    assert (told.alerts, told.by_mail) == (1, True)
    (mail,) = office.world.provider.mails.values()
    assert mail.mail.to[0].email == office.campaign.operator.email
    assert "The run of outreach of 2026-11-23 failed: no credits left" in mail.mail.subject
    assert (await tell_operator(channels(office))).alerts == 0


async def test_with_both_ways_closed_it_is_told_when_one_opens(office: Office) -> None:
    office.ledger.alerts.report([FAILED], now=office.now)
    office.world.faults.arm("telegram.blocked")
    office.world.faults.arm("brevo.key_revoked")
    told = await tell_operator(channels(office))
    assert (told.alerts, len(told.problems)) == (0, 2)

    office.world.faults.disarm()
    assert (await tell_operator(channels(office))).alerts == 1
    assert len(chat(office)) == 1


async def test_a_message_that_may_have_arrived_is_not_said_twice(office: Office) -> None:
    office.ledger.alerts.report([FAILED], now=office.now)
    office.world.faults.arm("telegram.sent_then_lost", count=1)
    assert (await tell_operator(channels(office))).alerts == 1
    assert (await tell_operator(channels(office))).alerts == 0
    assert len(chat(office)) == 1


async def test_a_note_waits_for_the_chat(office: Office) -> None:
    office.ledger.alerts.leave_note("send.1", "3 of 5 went out", now=office.now)
    office.world.faults.arm("telegram.chat_not_found", count=1)
    assert (await tell_operator(channels(office))).notes == 0
    assert (await tell_operator(channels(office))).notes == 1
    assert chat(office) == ["3 of 5 went out"]


@pytest.mark.rule("B37")
async def test_no_secret_and_no_address_is_told(office: Office) -> None:
    words = "key xkeysib-0123456789abcdef0123456789abcdef refused for grace@harbour1.com"
    office.ledger.alerts.report([failed_run("outreach", "", words, words, "r")], now=office.now)
    await tell_operator(channels(office))
    assert "xkeysib-0123" not in chat(office)[0]
    assert "grace@" not in chat(office)[0]


@pytest.mark.rule("A12")
async def test_the_path_is_tested_each_week_both_ways_and_missed_when_it_stops(office: Office) -> None:
    look(office.ledger, office.campaign, now=office.now)
    assert trial_due(office.ledger, office.campaign, now=office.now)
    assert (await try_path(channels(office))).problems == []
    assert not trial_due(office.ledger, office.campaign, now=office.now)
    assert chat(office)[0].startswith("Weekly test of the alert path: nothing is wrong.")
    assert len(office.world.provider.mails) == 1

    office.later(days=7)
    office.world.faults.arm("brevo.key_revoked")
    assert trial_due(office.ledger, office.campaign, now=office.now)
    assert len((await try_path(channels(office))).problems) == 1
    assert trial_due(office.ledger, office.campaign, now=office.now)
    office.later(days=2)
    read_everything(office)
    office.ledger.flags.stamp("digest.posted.2026-12-01", at=office.now)
    assert (await tick(office)).alerts == 1
    assert chat(office)[-1].startswith("LOOK  The alert path was last seen to work on 23 November.")


async def beat(office: Office) -> str:
    app = create_app(office.world, house=House(office.world, WorldClock(office.world), paced=False))
    heartbeat = fake_heartbeat(app, check=SANDBOX_HEARTBEAT)
    return await give_sign(heartbeat, ledger=office.ledger, campaign=office.campaign, clock=office.clock)


@pytest.mark.rule("B5")
async def test_a_sign_of_life_needs_its_effect_and_comes_every_half_hour(office: Office) -> None:
    assert await beat(office) == "no sign of life: airtable were not read for 3 hours"
    read_everything(office)
    assert await beat(office) == "a sign of life was given"
    assert (await beat(office)).startswith("the last sign of life was given at")
    office.later(minutes=31)
    office.world.faults.arm("heartbeat.down", count=1)
    assert (await beat(office)).startswith("the sign of life was not taken")
    assert await beat(office) == "a sign of life was given"
    office.later(hours=4)
    assert await beat(office) == "no sign of life: airtable were not read for 3 hours"


async def test_no_sign_of_life_while_something_is_silent_that_should_not_be(office: Office) -> None:
    look(office.ledger, office.campaign, now=office.now - timedelta(days=9))
    read_everything(office)
    office.ledger.flags.stamp("digest.posted.2026-11-22", at=office.now)
    look(office.ledger, office.campaign, now=office.now)
    assert (await beat(office)).startswith("no sign of life: The alert path was last seen to work on 14 November")

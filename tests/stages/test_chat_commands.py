"""The bot's commands: what each answers, asks and does, and that none is a way around a guard."""

from datetime import timedelta

import pytest

from resources.ledger.flags import FlagName
from stages.chat.desk import COMMANDS
from stages.operator_chat import answers_to
from stages.story import NoSuchLead, find_lead, tell
from tests.builders import DAY, PEPPER, prepared, sending
from tests.stages.chat import desk, press, reply, said, update
from tests.stages.office import Office, lead


def test_every_command_of_the_menu_has_an_answer(office: Office) -> None:
    for command in COMMANDS:
        told = said(office, f"/{command}")
        assert told.strip()
        assert "I do not know" not in told
    assert said(office, "/HELP@outbound_bot") == said(office, "/help") == said(office, "/start")


@pytest.mark.parametrize("text", ["", "hello", "/", "/drop table", "/" + "x" * 5000, "\x00", "/stats\n/pause", "пауза"])
def test_anything_else_is_answered_with_the_list(office: Office, text: str) -> None:
    told = said(office, text)
    assert "/pause: stop all sending until /resume" in told
    assert office.ledger.flags.raised() == []


@pytest.mark.parametrize("count", ["", "0", "-1", "501", "many", "1.5", "1 2", "٣x"])
@pytest.mark.parametrize("command", ["draft", "send"])
async def test_a_number_that_is_none_asks_for_one(office: Office, command: str, count: str) -> None:
    answer = reply(office, f"/{command} {count}")
    assert (answer.text, answer.buttons) == (f"Say how many, 1 to 500: /{command} 5", ())


@pytest.mark.rule("A9")
async def test_send_asks_for_a_run_and_says_what_the_guards_leave(office: Office) -> None:
    for number in range(3):
        prepared(office.ledger, number)
    office.ledger.flags.raise_flag(FlagName.HARD_BOUNCES, reason="too many", actor="x", now=office.now)

    told = said(office, "/send 100")

    assert "Send up to 63 of 3 ready now? The caps leave 63." in told
    assert "But hard_bounces is on: too many" in told
    assert office.accepted == []


@pytest.mark.rule("B19")
async def test_pause_acts_at_once_and_resume_asks(office: Office) -> None:
    prepared(office.ledger, 1)
    assert said(office, "/pause lunch").startswith("Paused")
    assert said(office, "/pause") == "It was paused already."
    assert [flag.reason for flag in office.ledger.flags.raised()] == ["lunch"]
    await office.send()
    assert office.accepted == []

    question = reply(office, "/resume")
    assert question.text.startswith("Take these off?\npause since 23 Nov 11:00: lunch")
    assert office.ledger.flags.raised() != []
    assert press(office, question.buttons[0]) == "Going on. Taken off: pause."
    assert said(office, "/resume") == "Nothing stands in the way."
    office.later(minutes=20)
    await office.send()
    assert len(office.accepted) == 1


def test_resume_does_not_open_the_gate(office: Office) -> None:
    office.ledger.flags.raise_flag(FlagName.GATE, reason="restored; adopt it", actor="gate", now=office.now)
    assert said(office, "/resume") == "Nothing stands in the way.\nIt does not open the gate: restored; adopt it"
    office.ledger.flags.raise_flag(FlagName.PROVIDER, reason="no credits", actor="sender", now=office.now)
    told = press(office, reply(office, "/resume").buttons[0])

    assert told == "Going on. Taken off: provider.\nStill closed: restored; adopt it"
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.GATE]


async def test_an_unknown_outcome_is_settled_by_a_button(office: Office) -> None:
    assert said(office, "/unknown") == "Every outcome is known."
    claim = sending(office.ledger, 1)
    office.ledger.sends.unknown(claim, reason="the answer never came", now=office.now)

    head, one = answers_to(update(1, "/unknown"), desk(office))
    assert head.text == "1 mails have an unknown outcome. None is sent again by itself."
    assert one.text.endswith("unknown: the answer never came")
    sent, not_sent = one.buttons
    assert press(office, not_sent).endswith(
        "counts as not sent and is never sent again; its lead gets no further step."
    )
    assert "nothing is unknown" in press(office, sent, number=3)
    assert said(office, "/unknown") == "Every outcome is known."


@pytest.mark.rule("A11")
async def test_a_lead_is_explained_in_a_dozen_lines(office: Office) -> None:
    (record,) = office.add(lead(1))
    await office.receive()
    await office.outreach()
    await office.plan()

    for asked in (record, "grace@harbour1.com", "GRACE@harbour1.com", "grace hopper1"):
        told = said(office, f"/why {asked}")
        assert len(told.splitlines()) <= 12
        assert told.splitlines()[0] == "Grace Hopper1, Head of Support at Harbour 1 Works"
        assert "Address match:" in told
        assert "opener accepted (no event yet)" in told
        assert "Now: opener sent: went out today" in told


async def test_who_cannot_be_found_is_asked_for_again(office: Office) -> None:
    office.add(lead(1), lead(2, Name="Grace Hopper1"), lead(3, Email="bad"))
    await office.receive()

    assert said(office, "/why") == "Say who: /why address, record id or full name"
    assert "no lead 'nobody'" in said(office, "/why nobody")
    assert "2 leads are called 'Grace Hopper1'" in said(office, "/why Grace Hopper1")
    assert "Never a lead: 'bad' has no @" in said(office, "/why bad")
    with pytest.raises(NoSuchLead):
        find_lead("", ledger=office.ledger, campaign=office.campaign)


@pytest.mark.rule("A11")
@pytest.mark.rule("B30")
async def test_a_story_holds_everything_with_versions_and_costs(office: Office) -> None:
    office.add(lead(1))
    await office.receive()
    await office.outreach()
    office.later(hours=1)

    found = find_lead("grace@harbour1.com", ledger=office.ledger, campaign=office.campaign)
    story = tell(found, ledger=office.ledger, pepper=PEPPER, today=DAY)

    assert story.verdicts[-1]["verdict"] == "match"
    assert story.research is not None
    assert story.research["facts"]
    (mail,) = story.mails
    assert (mail["state"], mail["versions"]["prompt_version"]) == ("accepted", "1")
    assert mail["versions"]["model"]
    assert story.cost_usd > 0
    assert [entry["kind"] for entry in story.timeline] == [
        "verdict.done", "drafts.done", "send.ready", "send.sending", "send.accepted",
    ]  # fmt: skip


async def test_numbers_of_the_day(office: Office) -> None:
    office.add(lead(1), lead(2, Email="bad"))
    await office.receive()
    assert "no plan yet" in said(office, "/stats")
    assert said(office, "/queue") == "There is no plan for today yet; the outreach job makes it."
    assert said(office, "/recent") == "Nothing was sent in the last fortnight."
    await office.outreach()
    await office.plan()

    told = said(office, "/stats")
    assert f"{DAY}: 1 of 500 sent today, 1 of 63 in the last hour." in told
    assert "Plan: 1 excluded, 1 sent." in told
    assert "1: 'bad' has no @" in said(office, "/queue")
    assert "opener to Grace Hopper1: accepted" in said(office, "/recent")
    office.later(days=15)
    assert said(office, "/recent") == "Nothing was sent in the last fortnight."
    assert office.now.astimezone(office.campaign.zone) - timedelta(days=15) > office.now - timedelta(days=16)

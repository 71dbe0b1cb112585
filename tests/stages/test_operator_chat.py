"""The bot: only for people on the list, each update once, every command, and no way around a guard."""

from datetime import timedelta
from typing import Any

import pytest

from resources.ledger.flags import FlagName
from resources.telegram.gateway import BotUpdate
from stages.operator_chat import COMMANDS, ChatReport, Desk, Request, answer_updates, reply_to
from stages.story import NoSuchLead, find_lead, tell
from tests.builders import DAY, PEPPER, prepared
from tests.stages.office import Office, lead

OPERATOR = 700100200


class Chat:
    """A bot that hands out the updates it was given, over and over, as a server that lost the confirmation does."""

    def __init__(self, *updates: BotUpdate) -> None:
        self.updates_given = list(updates)
        self.said: list[tuple[int, str]] = []

    async def updates(self, *, after: int | None, wait_seconds: int = 0) -> list[BotUpdate]:
        del after, wait_seconds
        return self.updates_given

    async def say(self, chat_id: int, text: str, **_: Any) -> None:
        self.said.append((chat_id, text))


def update(number: int, text: str, *, user: int = OPERATOR, chat: int = OPERATOR, private: bool = True) -> BotUpdate:
    return BotUpdate(number, chat, user, private, text)


def desk(office: Office) -> Desk:
    return Desk(office.ledger, office.campaign, office.clock, PEPPER)


async def answered(office: Office, *updates: BotUpdate) -> tuple[ChatReport, Chat]:
    chat: Any = Chat(*updates)
    return await answer_updates(chat, desk(office)), chat


def said(office: Office, text: str) -> str:
    return reply_to(update(1, text), desk(office), ChatReport())


class Unreadable(str):
    """A text that must not be looked at."""

    __slots__ = ()

    def split(self, *_: Any, **__: Any) -> list[str]:
        raise AssertionError("the text of a stranger was read")

    strip = partition = casefold = split  # type: ignore[assignment] # none of them may be called


@pytest.mark.parametrize(
    "who",
    [{"user": 1}, {"chat": 1}, {"user": 1, "chat": 1}, {"private": False}],
)
async def test_a_stranger_is_dropped_before_his_text_is_read(office: Office, who: dict[str, Any]) -> None:
    report, chat = await answered(office, update(1, Unreadable("/pause"), **who))

    assert (report.answered, report.dropped, chat.said) == (0, 1, [])
    assert office.ledger.flags.raised() == []
    with office.ledger.transactions.read() as connection:
        assert connection.exec_driver_sql("SELECT handled FROM bot_update").scalar_one() == "dropped: not on the list"


@pytest.mark.rule("B19")
async def test_a_repeated_update_acts_once(office: Office) -> None:
    report, chat = await answered(office, update(5, "/send 3"), update(5, "/send 3"))
    again, more = await answered(office, update(5, "/send 3"), update(6, "/stats"))

    assert (report.answered, len(chat.said)) == (1, 1)
    assert report.requests == [Request(5, "send", 3)]
    assert (again.requests, again.answered, len(more.said)) == ([], 1, 1)


async def test_the_real_bot_over_the_world_answers_the_operator(office: Office) -> None:
    report = await answer_updates(office.bot, desk(office))
    assert (report.answered, report.dropped) == (0, 0)


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
    report, chat = await answered(office, update(1, f"/{command} {count}"))
    assert report.requests == []
    assert chat.said[0][1] == f"Say how many, 1 to 500: /{command} 5"


@pytest.mark.rule("A9")
async def test_send_asks_for_a_run_and_says_what_the_guards_leave(office: Office) -> None:
    for number in range(3):
        prepared(office.ledger, number)
    office.ledger.flags.raise_flag(FlagName.HARD_BOUNCES, reason="too many", actor="x", now=office.now)

    report, chat = await answered(office, update(1, "/send 100"))

    assert report.requests == [Request(1, "send", 100)]
    assert "Sending up to 63 of 3 ready: the caps leave 63 now." in chat.said[0][1]
    assert "But hard_bounces is on: too many" in chat.said[0][1]
    assert office.accepted == []


@pytest.mark.rule("B19")
async def test_pause_and_resume(office: Office) -> None:
    prepared(office.ledger, 1)
    assert said(office, "/pause lunch").startswith("Paused")
    assert said(office, "/pause") == "It was paused already."
    assert [flag.reason for flag in office.ledger.flags.raised()] == ["lunch"]
    await office.send()
    assert office.accepted == []

    assert said(office, "/resume") == "Going on.\nTaken off: pause (lunch)"
    assert said(office, "/resume") == "Nothing stood in the way."
    office.later(minutes=20)
    await office.send()
    assert len(office.accepted) == 1


def test_resume_does_not_open_the_gate(office: Office) -> None:
    office.ledger.flags.raise_flag(FlagName.GATE, reason="restored; adopt it", actor="gate", now=office.now)
    office.ledger.flags.raise_flag(FlagName.PROVIDER, reason="no credits", actor="sender", now=office.now)

    told = said(office, "/resume")

    assert told == "Going on.\nTaken off: provider (no credits)\nStill closed: restored; adopt it"
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.GATE]


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

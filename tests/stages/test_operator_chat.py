"""The bot's listening: only people on the list, each update once, each button once, and no answer lost or repeated."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from resources.ledger.chat import WantedRun
from resources.telegram.gateway import BotUpdate, Button
from rules.failures import FailureKind, ServiceFailure
from stages.chat.desk import COMMANDS
from stages.operator_chat import TOO_LATE, ChatReport, answer_updates
from tests.stages.chat import OPERATOR, desk, press, pressed, reply, update
from tests.stages.office import Office


class Chat:
    """A bot that hands out the updates it was given, over and over, as a server that lost the confirmation does."""

    def __init__(self, *updates: BotUpdate, closed: FailureKind | None = None) -> None:
        self.updates_given = list(updates)
        self.said: list[tuple[int, str]] = []
        self.buttons: list[Button] = []
        self.menus: list[list[str]] = []
        self.toasts: list[str] = []
        self.closed = closed

    async def updates(self, *, after: int | None, wait_seconds: int = 0) -> list[BotUpdate]:
        del after, wait_seconds
        return self.updates_given

    async def say(self, chat_id: int, text: str, *, buttons: Sequence[Button] = ()) -> None:
        if self.closed:
            raise ServiceFailure.of(self.closed, "telegram", "closed", "closed")
        self.said.append((chat_id, text))
        self.buttons = list(buttons)

    async def show(self, chat_id: int, png: bytes, *, caption: str) -> None:
        assert png.startswith(b"\x89PNG")
        self.said.append((chat_id, caption))

    async def announce(self, commands: Mapping[str, str]) -> None:
        self.menus.append(list(commands))

    async def acknowledge(self, callback_id: str, text: str) -> None:
        self.toasts.append(f"{callback_id}: {text}")


async def answered(office: Office, *updates: BotUpdate, **how: Any) -> tuple[ChatReport, Chat]:
    chat: Any = Chat(*updates, **how)
    return await answer_updates(chat, desk(office)), chat


def wanted(office: Office) -> list[WantedRun]:
    return office.ledger.chat.wanted(since=office.now - timedelta(hours=1))


class Unreadable(str):
    """A text that must not be looked at."""

    __slots__ = ()

    def split(self, *_: Any, **__: Any) -> list[str]:
        raise AssertionError("the text of a stranger was read")

    strip = partition = casefold = split  # type: ignore[assignment] # none of them may be called


@pytest.mark.parametrize(
    "who",
    [{"user": 1}, {"chat": 1}, {"user": 1, "chat": 1}, {"private": False}, {"forwarded": True}],
)
async def test_a_stranger_is_dropped_before_his_text_is_read(office: Office, who: dict[str, Any]) -> None:
    report, chat = await answered(office, update(1, Unreadable("/pause"), **who))

    assert (report.answered, report.dropped, chat.said) == (0, 1, [])
    assert office.ledger.flags.raised() == []
    with office.ledger.transactions.read() as connection:
        assert connection.exec_driver_sql("SELECT handled FROM bot_update").scalar_one() == "dropped: not on the list"


@pytest.mark.rule("B19")
async def test_a_repeated_update_acts_once(office: Office) -> None:
    report, chat = await answered(office, update(5, "/pause one"), update(5, "/pause two"))
    again, more = await answered(office, update(5, "/pause three"), update(6, "/stats"))

    assert (report.answered, len(chat.said)) == (1, 1)
    assert [flag.reason for flag in office.ledger.flags.raised()] == ["one"]
    assert (again.answered, len(more.said)) == (1, 1)


@pytest.mark.rule("B19")
async def test_a_button_acts_once_for_the_person_it_was_put_to_and_not_after_a_minute(office: Office) -> None:
    _, chat = await answered(office, update(1, "/send 3"))
    yes, no = chat.buttons
    assert wanted(office) == []
    assert press(office, yes, user=OPERATOR + 1) == TOO_LATE
    assert press(office, Button("Yes", "go:made-up")) == TOO_LATE
    assert press(office, no) == "Left as it is."

    report, chat = await answered(office, pressed(7, yes), pressed(8, yes))
    assert report.answered == 2
    assert [text for _, text in chat.said] == ["Sending up to 3; I say what came of it.", TOO_LATE]
    assert chat.toasts == ["press-7: Sending up to 3; I say what came of it.", f"press-8: {TOO_LATE}"]
    assert wanted(office) == [WantedRun(7, "send", 3)]

    (late, _) = reply(office, "/send 4", number=9).buttons
    office.later(seconds=61)
    assert press(office, late, number=10) == TOO_LATE
    assert len(wanted(office)) == 1


async def test_a_stranger_presses_in_vain(office: Office) -> None:
    (yes, _) = reply(office, "/draft 3").buttons
    report, chat = await answered(office, pressed(7, yes, user=1))
    assert (report.dropped, chat.said, chat.toasts, wanted(office)) == (1, [], [], [])


async def test_the_menu_is_set_once(office: Office) -> None:
    _, chat = await answered(office)
    _, again = await answered(office)
    assert chat.menus == [list(COMMANDS)]
    assert again.menus == []


@pytest.mark.parametrize("kind", [FailureKind.FLOW_CONTROL, FailureKind.TRANSIENT])
async def test_an_answer_that_the_chat_does_not_take_waits_as_a_note(office: Office, kind: FailureKind) -> None:
    report, _ = await answered(office, update(1, "/pause lunch"), update(2, "/recent"), closed=kind)
    assert report.answered == 2
    assert [note.text for note in office.ledger.alerts.unsaid()] == [
        "Paused: nothing is sent until /resume.", "Nothing was sent in the last fortnight.",
    ]  # fmt: skip


async def test_an_answer_that_may_have_arrived_is_not_said_again(office: Office) -> None:
    await answered(office, update(1, "/pause lunch"), closed=FailureKind.UNKNOWN_OUTCOME)
    assert office.ledger.alerts.unsaid() == []


async def test_the_real_bot_over_the_world_answers_the_operator(office: Office) -> None:
    report = await answer_updates(office.bot, desk(office))
    assert (report.answered, report.dropped) == (0, 0)

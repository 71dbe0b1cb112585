"""The operator's bot, in memory and over HTTP: what people do, what is said, and how that fails."""

import logging
import struct
import zlib
from typing import Any

import pytest

from resources.backoff import Patience
from resources.telegram.client import connect
from resources.telegram.fake import fake_bot
from resources.telegram.gateway import Bot, Button
from rules.failures import FailureKind, ServiceFailure
from sandbox import World
from sandbox.keys import SANDBOX_TELEGRAM_CHAT, SANDBOX_TELEGRAM_TOKEN
from tests.resources.conftest import Naps, Town

CHAT = SANDBOX_TELEGRAM_CHAT


def said(world: World) -> list[dict[str, Any]]:
    """Messages of the bot in its chat, oldest first."""
    return [message for message in world.telegram.messages.values() if message["from"]["is_bot"]]


def type_in(town: Town, text: str) -> int:
    """The operator types; returns the update's id."""
    number: int = town.call(lambda world: world.telegram.person_writes(text, world.now)["update_id"])
    return number


def picture(width: int, height: int) -> bytes:
    """A grey PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\x80" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def test_what_a_person_types_arrives_and_comes_again_until_it_is_confirmed(bot: Bot, town: Town) -> None:
    first, second = type_in(town, "/draft 5"), type_in(town, "hello")

    seen = await bot.updates(after=None)
    again = await bot.updates(after=None)
    rest = await bot.updates(after=first)

    assert [update.update_id for update in seen] == [first, second]
    assert [update.text for update in seen] == ["/draft 5", "hello"]
    assert all((update.chat_id, update.user_id, update.private) == (CHAT, CHAT, True) for update in seen)
    assert again == seen
    assert [update.update_id for update in rest] == [second]
    assert await bot.updates(after=second) == []


async def test_a_pressed_button_brings_its_data_and_is_answered(bot: Bot, town: Town) -> None:
    await bot.say(CHAT, "Send 12 mails?", buttons=[Button("Yes", "send:12:nonce"), Button("No", "no")])
    message_id = town.call(lambda world: said(world)[-1]["message_id"])
    town.call(lambda world: world.telegram.person_presses(message_id, "send:12:nonce"))

    (pressed,) = await bot.updates(after=None)
    callback = pressed.callback_id or ""
    await bot.acknowledge(callback, "on their way " * 40)

    assert (pressed.data, pressed.user_id, pressed.chat_id, pressed.private) == ("send:12:nonce", CHAT, CHAT, True)
    answer = town.call(lambda world: world.telegram.answered_buttons[callback])
    assert answer.startswith("on their way")
    assert len(answer) <= 200


@pytest.mark.parametrize("text", ["a < b & c > d", "*bold* _it_ [x](y)", "</b><script>", "1. two - three!"])
async def test_text_goes_out_exactly_as_it_is_whatever_it_looks_like(bot: Bot, town: Town, text: str) -> None:
    await bot.say(CHAT, text)

    assert town.call(lambda world: said(world)[-1]["text"]) == text


async def test_a_long_log_tail_becomes_several_messages_and_the_buttons_go_with_the_last(bot: Bot, town: Town) -> None:
    lines = [f"line {number}: something happened 😀" for number in range(400)]

    await bot.say(CHAT, "\n".join(lines), buttons=[Button("Resume", "resume")])

    messages = town.call(said)
    assert len(messages) > 2
    assert "\n".join(message["text"] for message in messages).splitlines() == lines
    assert ["reply_markup" in message for message in messages] == [False] * (len(messages) - 1) + [True]


async def test_nothing_is_no_message(bot: Bot) -> None:
    with pytest.raises(ValueError, match="say something"):
        await bot.say(CHAT, " \n ")


async def test_a_picture_goes_with_a_caption_that_fits(bot: Bot, town: Town) -> None:
    png = picture(64, 48)

    await bot.show(CHAT, png, caption="yesterday " * 200)

    message = town.call(lambda world: said(world)[-1])
    assert message["photo"]
    assert len(message["caption"]) <= 1024
    assert png in town.call(lambda world: [stored.content for stored in world.telegram.files.values()])


async def test_the_menu_is_set_and_the_bot_has_a_name(bot: Bot, town: Town) -> None:
    await bot.announce({"draft": "Write drafts", "stats": "Numbers of today"})

    listed = town.call(lambda world: list(world.telegram.commands.values()))
    assert [command["command"] for command in listed[0]] == ["draft", "stats"]
    assert await bot.name() == "outbound_sandbox_bot"


@pytest.mark.rule("B4")
async def test_flood_control_is_waited_out(bot: Bot, town: Town, naps: Naps) -> None:
    town.arm("telegram.flood", count=1, value=9)

    await bot.say(CHAT, "hello")

    assert len(naps.taken) == 1
    assert 9 <= naps.taken[0] <= 10
    assert len(town.call(said)) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "delivered"),
    [
        ("blocked", FailureKind.PERMANENT, 0),
        ("chat_not_found", FailureKind.PERMANENT, 0),
        ("too_long", FailureKind.PERMANENT, 0),
        ("revoked", FailureKind.SYSTEMIC, 0),
        ("sent_then_lost", FailureKind.UNKNOWN_OUTCOME, 1),
        ("bad_gateway", FailureKind.UNKNOWN_OUTCOME, 0),
    ],
)
async def test_a_message_that_may_be_out_is_not_sent_again(
    bot: Bot, town: Town, fault: str, kind: FailureKind, delivered: int
) -> None:
    town.arm(f"telegram.{fault}")

    with pytest.raises(ServiceFailure) as raised:
        await bot.say(CHAT, "hello")

    assert raised.value.failure.kind is kind
    assert len(town.call(said)) == delivered


async def test_a_restarting_server_is_asked_again(bot: Bot, town: Town) -> None:
    town.arm("telegram.restart", count=2)

    await bot.say(CHAT, "hello")

    assert len(town.call(said)) == 1


async def test_a_second_poller_is_systemic(bot: Bot, town: Town) -> None:
    town.arm("telegram.conflict")

    with pytest.raises(ServiceFailure) as raised:
        await bot.updates(after=None)

    assert raised.value.failure.kind is FailureKind.SYSTEMIC
    assert "another process" in raised.value.failure.message


@pytest.mark.rule("B37")
async def test_the_token_stands_in_no_failure_and_no_log(
    town: Town, patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "7000000001:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"

    if town.url is None:
        with pytest.raises(ServiceFailure) as raised:
            await fake_bot(town.app, token=wrong, patience=patience).name()
    else:
        async with connect(wrong, endpoint_url=f"{town.url}/telegram", patience=patience) as stranger:
            with pytest.raises(ServiceFailure) as raised:
                await stranger.name()

    assert raised.value.failure.kind is FailureKind.SYSTEMIC
    assert "AAbb" not in str(raised.value)
    assert wrong not in caplog.text
    assert SANDBOX_TELEGRAM_TOKEN not in caplog.text


async def test_an_unreachable_server_is_transient_and_nothing_was_said(patience: Patience, naps: Naps) -> None:
    async with connect(SANDBOX_TELEGRAM_TOKEN, endpoint_url="http://127.0.0.1:9", patience=patience) as bot:
        with pytest.raises(ServiceFailure) as raised:
            await bot.say(CHAT, "hello")

    assert raised.value.failure.kind is FailureKind.TRANSIENT
    assert len(naps.taken) == 2


@pytest.mark.rule("B21")
async def test_the_bots_standing_is_seen_without_a_word_in_the_chat(bot: Bot, town: Town) -> None:
    await bot.announce({"stats": "today in numbers"})

    standing = await bot.standing(CHAT)

    assert (standing.name, standing.chat_kind, standing.webhook) == ("outbound_sandbox_bot", "private", "")
    assert standing.commands == {"stats": "today in numbers"}
    assert not standing.reads_everything
    assert town.call(said) == []


@pytest.mark.parametrize(
    ("fault", "words"), [("telegram.blocked", "blocked"), ("telegram.chat_not_found", "not found")]
)
async def test_a_chat_that_cannot_be_reached_is_a_failure(bot: Bot, town: Town, fault: str, words: str) -> None:
    town.arm(fault)
    with pytest.raises(ServiceFailure, match=words):
        await bot.standing(CHAT)

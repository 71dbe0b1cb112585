"""The bot as an operator meets it: the real client over HTTP, a person who types and presses, strangers who try."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from outbound_assets.sensors import POLLING, listens
from outbound_cli.bot import poll
from resources.clock.gateway import ManualClock
from resources.ledger.ledger import Ledger, Place
from resources.telegram.client import connect
from resources.telegram.gateway import Bot
from rules.failures import ServiceFailure
from sandbox import World
from sandbox.keys import SANDBOX_TELEGRAM_CHAT, SANDBOX_TELEGRAM_TOKEN
from sandbox.serving import Running, running
from sandbox.telegram.state import person_user, private_chat
from stages.chat.desk import COMMANDS, Desk
from tests.builders import MONDAY, PEPPER, campaign, prepared

QUIET = Console(quiet=True)


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    ledger = Ledger.open(Place("sqlite://", tmp_path / "witness.json", "spring", "machine-1"))
    yield Desk(ledger, campaign(), ManualClock(MONDAY), PEPPER)
    ledger.close()


@pytest.fixture
async def line() -> AsyncIterator[tuple[Running, Bot]]:
    with running(World(7, start=MONDAY)) as town:
        async with connect(SANDBOX_TELEGRAM_TOKEN, endpoint_url=f"{town.url}/telegram") as bot:
            yield town, bot


def says(town: Running, text: str, **how: Any) -> None:
    town.call(lambda world: world.telegram.person_writes(text, world.now, **how))


def chat(town: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = town.call(
        lambda world: [one for one in world.telegram.messages.values() if one["from"]["is_bot"]]
    )
    return found


async def answer(bot: Bot, desk: Desk) -> None:
    await poll(bot, desk, QUIET, wait=0, once=True)


@pytest.mark.rule("B19")
async def test_a_person_sends_and_presses_over_the_wire(line: tuple[Running, Bot], desk: Desk) -> None:
    town, bot = line
    prepared(desk.ledger, 1)
    says(town, "/send 5")
    await answer(bot, desk)
    (question,) = chat(town)
    assert question["text"].startswith("Send up to 5 of 1 ready now?")
    assert town.call(lambda world: [one["command"] for one in world.telegram.commands["default"]]) == list(COMMANDS)

    yes = question["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    for _ in range(3):
        town.call(lambda world: world.telegram.person_presses(question["message_id"], yes))
    await answer(bot, desk)
    assert [run.number for run in desk.ledger.chat.wanted(since=MONDAY - timedelta(hours=1))] == [5]
    assert [one["text"] for one in chat(town)[1:]].count("Sending up to 5; I say what came of it.") == 1


async def test_the_fortnight_comes_as_a_picture_and_a_long_text_in_parts(
    line: tuple[Running, Bot], desk: Desk
) -> None:  # fmt: skip
    from tests.builders import accepted  # noqa: PLC0415 - only here

    town, bot = line
    accepted(desk.ledger, 1)
    says(town, "/stats")
    says(town, "/" + "why \U0001f600<b>&" * 3000)
    await answer(bot, desk)
    first, *parts = chat(town)
    assert first["photo"]
    assert "1 of 500 sent today" in first["caption"]
    assert parts
    assert all(len(one["text"].encode("utf-16-le")) // 2 <= 4096 for one in parts)


STRANGERS: dict[str, dict[str, Any]] = {
    "another person": {"from": {**person_user(), "id": 1}},
    "another chat": {"chat": {**private_chat(), "id": 2}},
    "a group the operator is in": {"chat": {"id": SANDBOX_TELEGRAM_CHAT, "type": "group", "title": "team"}},
    "a supergroup": {"chat": {"id": SANDBOX_TELEGRAM_CHAT, "type": "supergroup", "title": "team"}},
    "a channel": {"chat": {"id": SANDBOX_TELEGRAM_CHAT, "type": "channel", "title": "news"}},
    "a forward": {"forward_origin": {"type": "hidden_user", "sender_user_name": "Eve", "date": 1}},
    "nobody": {"from": None},
}


@pytest.mark.rule("B19")
@pytest.mark.parametrize("who", STRANGERS)
async def test_nobody_else_is_heard(line: tuple[Running, Bot], desk: Desk, who: str) -> None:
    town, bot = line
    message = {
        "message_id": 900, "from": person_user(), "chat": private_chat(), "date": int(MONDAY.timestamp()),
        "text": "/pause now", **STRANGERS[who],
    }  # fmt: skip
    message = {name: value for name, value in message.items() if value is not None}
    press = {"id": "1", "from": message.get("from", {**person_user(), "id": 3}), "message": message,
             "chat_instance": "1", "data": "go:x"}  # fmt: skip
    town.call(lambda world: world.telegram.push("message", message))
    if who not in ("a forward", "nobody"):
        town.call(lambda world: world.telegram.push("callback_query", press))
    await answer(bot, desk)
    assert desk.ledger.flags.raised() == []
    assert chat(town) == []


async def test_updates_that_are_handed_out_again_act_once(line: tuple[Running, Bot], desk: Desk) -> None:
    town, bot = line
    says(town, "/pause one")
    await answer(bot, desk)
    town.call(lambda world: world.faults.arm("telegram.repeated_update"))
    await answer(bot, desk)
    await answer(bot, desk)
    assert len(chat(town)) == 1


async def test_while_the_bot_listens_the_sensor_does_not(line: tuple[Running, Bot], desk: Desk) -> None:
    _, bot = line
    now = datetime.now(UTC)
    assert not listens(desk.ledger, now=now)
    await answer(bot, desk)
    stamped = desk.ledger.flags.stamped(POLLING)
    assert stamped is not None
    assert listens(desk.ledger, now=stamped[0] + timedelta(seconds=89))
    assert not listens(desk.ledger, now=stamped[0] + timedelta(seconds=91))


async def test_a_revoked_token_ends_the_bot_with_what_to_do(line: tuple[Running, Bot], desk: Desk) -> None:
    town, bot = line
    town.call(lambda world: world.faults.arm("telegram.revoked"))
    with pytest.raises(ServiceFailure, match="check TELEGRAM_BOT_TOKEN"):
        await answer(bot, desk)

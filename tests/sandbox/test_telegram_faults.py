"""Every way the Telegram stand-in can fail, as python-telegram-bot reports it."""

import asyncio

import httpx
import pytest
import telegram
from telegram import Bot

from sandbox.keys import SANDBOX_TELEGRAM_CHAT, SANDBOX_TELEGRAM_TOKEN
from sandbox.serving import Running

CHAT = SANDBOX_TELEGRAM_CHAT


def says(town: Running, text: str) -> None:
    town.call(lambda world: world.telegram.person_writes(text, world.now))


@pytest.mark.parametrize(
    ("fault", "failure", "message"),
    [
        ("blocked", telegram.error.Forbidden, "bot was blocked by the user"),
        ("chat_not_found", telegram.error.BadRequest, "Chat not found"),
        ("bad_entities", telegram.error.BadRequest, "Can't parse entities"),
        ("too_long", telegram.error.BadRequest, "Message is too long"),
        ("restart", telegram.error.NetworkError, "restart"),
        ("bad_gateway", telegram.error.NetworkError, "Bad Gateway"),
        ("revoked", telegram.error.InvalidToken, "Unauthorized"),
    ],
)
async def test_a_fault_arrives_as_its_exception(
    *, bot: Bot, town: Running, fault: str, failure: type[Exception], message: str
) -> None:
    await asyncio.to_thread(town.call, lambda world: world.faults.arm(f"telegram.{fault}", count=1))
    with pytest.raises(failure, match=f"(?i){message}"):
        await bot.send_message(CHAT, "x")
    await bot.send_message(CHAT, "x")


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_a_flood_says_how_long_to_wait(bot: Bot, town: Running) -> None:
    town.call(lambda world: world.faults.arm("telegram.flood", count=1, value=7))
    with pytest.raises(telegram.error.RetryAfter) as e:
        await bot.send_message(CHAT, "x")
    assert e.value._retry_after.total_seconds() == 7


def test_a_chat_takes_a_short_burst_and_then_one_message_a_second(http: httpx.Client, town: Running) -> None:
    town.house.paced = True
    url = f"/telegram/bot{SANDBOX_TELEGRAM_TOKEN}/sendMessage"
    answers = [http.post(url, json={"chat_id": CHAT, "text": "x"}) for _ in range(14)]
    assert [answer.status_code for answer in answers[:10]] == [200] * 10
    flooded = answers[-1]
    assert (flooded.status_code, flooded.json()["parameters"]) == (429, {"retry_after": 1})
    assert flooded.headers["retry-after"] == "1"


async def test_a_message_may_be_sent_although_the_answer_is_lost(bot: Bot, town: Running) -> None:
    town.call(lambda world: world.faults.arm("telegram.sent_then_lost", count=1))
    with pytest.raises(telegram.error.NetworkError):
        await bot.send_message(CHAT, "once")
    assert len(town.world.telegram.messages) == 1


async def test_a_confirmed_update_may_come_again_and_a_conflict_on_demand(bot: Bot, town: Running) -> None:
    says(town, "/send 3")
    first = (await bot.get_updates())[0]
    town.call(lambda world: world.faults.arm("telegram.repeated_update", count=1))
    assert (await bot.get_updates(offset=first.update_id + 1))[0].update_id == first.update_id
    town.call(lambda world: world.faults.arm("telegram.conflict", count=1))
    with pytest.raises(telegram.error.Conflict):
        await bot.get_updates()


async def test_tokens_of_the_wrong_form_are_not_found_and_others_unauthorized(town: Running) -> None:
    base = f"{town.url}/telegram/bot"
    for token, status in (("1:wrong", 401), ("nonsense", 404)):
        with pytest.raises(telegram.error.InvalidToken):
            async with Bot(token, base_url=base):
                pass
        assert town.world.tally.statuses[f"telegram|{status}"] == 1

"""The Telegram stand-in through python-telegram-bot: messages, markup, updates, files, refusals."""

import asyncio
from typing import Any

import pytest
import telegram
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.ext import Application, CommandHandler, ContextTypes

from sandbox.keys import SANDBOX_TELEGRAM_CHAT
from sandbox.serving import Running

CHAT = SANDBOX_TELEGRAM_CHAT
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7V\xbd\xfa\x00\x00\x00\x00IEND\xaeB`\x82"
)


def says(town: Running, text: str) -> None:
    town.call(lambda world: world.telegram.person_writes(text, world.now))


async def test_a_text_with_html_becomes_text_and_entities(bot: Bot) -> None:
    sent = await bot.send_message(CHAT, '<b>Größe</b> 😀 <a href="https://x.example">x</a> &lt;3', ParseMode.HTML)
    assert sent.text == "Größe 😀 x <3"
    found = [(entity.type, entity.offset, entity.length) for entity in sent.entities]
    assert found == [("bold", 0, 5), ("text_link", 9, 1)]
    assert sent.entities[1].url == "https://x.example"


async def test_markdown_v2(bot: Bot) -> None:
    sent = await bot.send_message(
        CHAT, "*bold _both_* `a\\`b` __under__ ~gone~ ||hid|| [x](https://x.example) 1\\.5", ParseMode.MARKDOWN_V2
    )
    assert sent.text == "bold both a`b under gone hid x 1.5"
    assert [str(entity.type) for entity in sent.entities] == [
        "bold",
        "italic",
        "code",
        "underline",
        "strikethrough",
        "spoiler",
        "text_link",
    ]


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        ("<b>open", ParseMode.HTML, 'Can\'t find end tag corresponding to start tag "b"'),
        ("<blink>x</blink>", ParseMode.HTML, 'Unsupported start tag "blink" at byte offset 0'),
        ("é </i>", ParseMode.HTML, "Unexpected end tag at byte offset 3"),
        ("<b><i>x</b></i>", ParseMode.HTML, 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("1 < 2", ParseMode.HTML, 'Unsupported start tag "" at byte offset 2'),
        ("a-b", ParseMode.MARKDOWN_V2, "Character '-' is reserved and must be escaped with the preceding '\\'"),
        ("*open", ParseMode.MARKDOWN_V2, "Can't find end of Bold entity at byte offset 0"),
        ("`open", ParseMode.MARKDOWN_V2, "Can't find end of Code entity at byte offset 0"),
        ("say *hi", ParseMode.MARKDOWN, "Can't find end of the entity starting at byte offset 4"),
    ],
)
async def test_markup_that_cannot_be_read_is_refused(bot: Bot, text: str, mode: str, message: str) -> None:
    with pytest.raises(telegram.error.BadRequest) as e:
        await bot.send_message(CHAT, text, mode)
    assert str(e.value).lower() == f"can't parse entities: {message}".lower()  # the client changes the case


async def test_lengths_count_after_parsing_in_utf16(bot: Bot) -> None:
    await bot.send_message(CHAT, f"<b>{'x' * 4_096}</b>", ParseMode.HTML)
    for text in ("x" * 4_097, "😀" * 2_049):
        with pytest.raises(telegram.error.BadRequest, match="Message is too long"):
            await bot.send_message(CHAT, text)
    with pytest.raises(telegram.error.BadRequest, match="Message text is empty"):
        await bot.send_message(CHAT, " ")
    with pytest.raises(telegram.error.BadRequest, match="Chat not found"):
        await bot.send_message(12345, "x")


async def test_updates_wait_until_they_are_confirmed(bot: Bot, town: Running) -> None:
    says(town, "/stats now")
    says(town, "hello")
    first = await bot.get_updates()
    assert [update.message.text for update in first if update.message] == ["/stats now", "hello"]
    assert first[0].message is not None
    assert first[0].message.entities[0].type == "bot_command"
    assert await bot.get_updates() == first
    assert await bot.get_updates(offset=first[-1].update_id + 1) == ()


async def _polling(town: Running, before: int) -> None:
    """Wait until a poll has reached the server."""
    async with asyncio.timeout(5):
        while town.house.poller == before:  # noqa: ASYNC110 - the poller is on another thread's loop
            await asyncio.sleep(0.005)


async def test_a_long_poll_answers_as_soon_as_somebody_writes(bot: Bot, town: Running) -> None:
    before = town.house.poller
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await _polling(town, before)
    await asyncio.to_thread(says, town, "/pause")
    updates = await asyncio.wait_for(waiting, timeout=5)
    assert updates[0].message is not None
    assert updates[0].message.text == "/pause"


async def test_of_two_pollers_the_older_one_is_told(bot: Bot, town: Running) -> None:
    before = town.house.poller
    older = asyncio.create_task(bot.get_updates(timeout=20))
    await _polling(town, before)
    await bot.get_updates(timeout=0)
    with pytest.raises(telegram.error.Conflict, match="terminated by other getUpdates request"):
        await older


async def test_a_webhook_and_polling_exclude_each_other(bot: Bot) -> None:
    assert await bot.set_webhook("https://hooks.example.com/x", secret_token="abc")
    assert (await bot.get_webhook_info()).url == "https://hooks.example.com/x"
    with pytest.raises(telegram.error.Conflict, match="while webhook is active"):
        await bot.get_updates()
    assert await bot.delete_webhook()
    assert await bot.get_updates() == ()
    with pytest.raises(telegram.error.BadRequest, match=r"(?i)https url"):
        await bot.set_webhook("http://hooks.example.com/x")


async def test_a_button_is_pressed_and_answered(bot: Bot, town: Running) -> None:
    keys = InlineKeyboardMarkup([[InlineKeyboardButton("Pause", callback_data="pause")]])
    sent = await bot.send_message(CHAT, "Running", reply_markup=keys)
    town.call(lambda world: world.telegram.person_presses(sent.message_id, "pause"))
    query = (await bot.get_updates())[0].callback_query
    assert query is not None
    assert query.data == "pause"
    assert await bot.answer_callback_query(query.id, "paused")
    edited = await bot.edit_message_text("Paused", CHAT, sent.message_id)
    assert isinstance(edited, telegram.Message)
    assert edited.reply_markup is None
    with pytest.raises(telegram.error.BadRequest, match="Message is not modified"):
        await bot.edit_message_text("Paused", CHAT, sent.message_id)
    with pytest.raises(telegram.error.BadRequest, match="Query is too old"):
        await bot.answer_callback_query("1", "x")
    with pytest.raises(telegram.error.BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(
            CHAT, "x", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="y" * 65)]])
        )


async def test_photos_and_documents_come_back_byte_for_byte(bot: Bot) -> None:
    photo = await bot.send_photo(CHAT, PNG, caption="<i>chart</i>", parse_mode=ParseMode.HTML)
    assert (photo.caption, photo.photo[0].width) == ("chart", 1)
    document = await bot.send_document(CHAT, b"a,b\n1,2\n", filename="leads.csv")
    assert document.document is not None
    assert document.document.file_name == "leads.csv"
    file = await bot.get_file(document.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"a,b\n1,2\n"
    again = await bot.send_document(CHAT, document.document.file_id)
    assert again.document is not None
    with pytest.raises(telegram.error.BadRequest, match="Message caption is too long"):
        await bot.send_photo(CHAT, PNG, caption="x" * 1_025)
    with pytest.raises(telegram.error.BadRequest, match=r"(?i)wrong file identifier"):
        await bot.send_photo(CHAT, "https://x.example/a.png")


async def test_commands_chat_and_action(bot: Bot) -> None:
    assert bot.username == "outbound_sandbox_bot"
    assert await bot.set_my_commands([BotCommand("stats", "yesterday in numbers")])
    assert (await bot.get_my_commands())[0].command == "stats"
    with pytest.raises(telegram.error.BadRequest, match=r"(?i)command_invalid"):
        await bot.set_my_commands([BotCommand("Stats!", "x")])
    assert (await bot.get_chat(CHAT)).first_name == "Olga"
    assert await bot.send_chat_action(CHAT, "typing")
    sent = await bot.send_message(CHAT, "x")
    assert await bot.delete_message(CHAT, sent.message_id)


async def test_a_whole_application_answers_a_command(bot: Bot, town: Running) -> None:
    async def stats(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text("3 accepted")

    application: Any = Application.builder().bot(bot).updater(None).build()
    application.add_handler(CommandHandler("stats", stats))
    says(town, "/stats")
    async with application:
        for update in await bot.get_updates():
            await application.process_update(update)
    assert [message.get("text") for message in town.world.telegram.messages.values()] == ["/stats", "3 accepted"]

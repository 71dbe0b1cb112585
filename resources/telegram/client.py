"""The one client of the Bot API (rule B18): python-telegram-bot's ``Bot`` over a request that classifies.

What must hold: a message that may have been delivered is not sent again, and the token, which is part of every URL,
stands in no log and no error (rule B37).
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import httpx
import telegram
from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest

from resources.backoff import Patience
from resources.redaction import redact
from resources.telegram.errors import LIVE_URL, SERVICE, telegram_failure
from resources.telegram.gateway import BotStanding, BotUpdate, Button
from resources.telegram.text import CAPTION_UNITS, TOAST_UNITS, parts, shortened
from rules.failures import FailureKind, ServiceFailure

LONGEST_POLL: Final = 50
MOST_UPDATES: Final = 100
_POLL_SLACK: Final = 10.0
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
T = TypeVar("T")


class TelegramBot:
    """A bot over HTTP; open it with `connect`."""

    def __init__(self, bot: telegram.Bot, *, patience: Patience) -> None:
        self._bot = bot
        self._patience = patience

    async def updates(self, *, after: int | None, wait_seconds: int = 0) -> Sequence[BotUpdate]:
        """Updates with an id greater than ``after``; see `Bot.updates`.

        Everything with an id comes back, also what is neither a text nor a button (as an empty text from nobody):
        what is left out here could never be confirmed and would come again for ever.
        """
        poll = partial(
            self._bot.get_updates,
            offset=None if after is None else after + 1,
            limit=MOST_UPDATES,
            timeout=min(wait_seconds, LONGEST_POLL),
            read_timeout=_POLL_SLACK,
            allowed_updates=["message", "callback_query"],
        )
        return [_update(found) for found in await self._repeat(poll)]

    async def say(self, chat_id: int, text: str, *, buttons: Sequence[Button] = ()) -> None:
        """Send plain text in as many messages as it needs; see `Bot.say`.

        The text goes without a parse mode, so there is nothing in it that needs escaping or could break.

        Raises:
            ServiceFailure: ``UNKNOWN_OUTCOME`` where the connection broke after the request began.
            ValueError: Nothing but white space.
        """
        messages = list(parts(text))
        if not messages:
            raise ValueError("a message must say something")
        for number, message in enumerate(messages, start=1):
            await self._repeat(
                partial(
                    self._bot.send_message,
                    chat_id=chat_id,
                    text=message,
                    link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
                    reply_markup=_keyboard(buttons) if buttons and number == len(messages) else None,
                )
            )

    async def show(self, chat_id: int, png: bytes, *, caption: str) -> None:
        """Send a picture; a caption over 1024 units is shortened."""
        send = partial(self._bot.send_photo, chat_id=chat_id, photo=png, filename="chart.png")
        await self._repeat(partial(send, caption=shortened(caption, limit=CAPTION_UNITS)))

    async def acknowledge(self, callback_id: str, text: str) -> None:
        """Answer a pressed button; a text over 200 units is shortened."""
        answer = partial(self._bot.answer_callback_query, callback_query_id=callback_id)
        await self._repeat(partial(answer, text=shortened(text, limit=TOAST_UNITS)))

    async def announce(self, commands: Mapping[str, str]) -> None:
        """Set the client's command menu."""
        await self._repeat(partial(self._bot.set_my_commands, list(commands.items())))

    async def standing(self, chat_id: int) -> BotStanding:
        """Look at the bot and reach the chat; see `Bot.standing`."""
        user: telegram.User = await self._repeat(self._bot.get_me)
        chat: telegram.ChatFullInfo = await self._repeat(partial(self._bot.get_chat, chat_id))
        await self._repeat(partial(self._bot.send_chat_action, chat_id, telegram.constants.ChatAction.TYPING))
        menu: Sequence[telegram.BotCommand] = await self._repeat(self._bot.get_my_commands)
        hook: telegram.WebhookInfo = await self._repeat(self._bot.get_webhook_info)
        return BotStanding(
            name=user.username or user.first_name,
            chat_kind=str(chat.type),
            reads_everything=bool(user.can_read_all_group_messages),
            commands={each.command: each.description for each in menu},
            webhook=hook.url,
        )

    async def name(self) -> str:
        """The bot's username."""
        user: telegram.User = await self._repeat(self._bot.get_me)
        return user.username or user.first_name

    async def _repeat(self, call: Any) -> Any:
        """Repeat what the failure allows: waits and provably unsent requests; a broken-off one is never sent again."""

        async def once() -> Any:
            try:
                return await call()
            except TelegramError as error:
                if isinstance(error.__cause__, ServiceFailure):
                    raise error.__cause__ from None
                message = redact(error.message)
                raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, type(error).__name__, message) from None

        return await self._patience.insist(once)


class ClassifyingRequest(HTTPXRequest):
    """The library's transport, with failures classified where status and body are still known.

    The library wraps what is raised here in its own error and keeps it as the cause.
    """

    __slots__ = ()

    async def do_request(self, url: str, method: str, *arguments: Any, **keywords: Any) -> tuple[int, bytes]:
        """Make one request.

        Raises:
            ServiceFailure: For everything but a success.
        """
        sending = url.rpartition("/")[2].startswith("send")
        try:
            status, payload = await super().do_request(url, method, *arguments, **keywords)
        except NetworkError as error:
            raise _broken(error.__cause__, sending=sending) from None
        if status >= httpx.codes.MULTIPLE_CHOICES:
            body = payload.decode("utf-8", errors="replace")
            raise ServiceFailure(telegram_failure(status, body, sending=sending))
        return status, payload


@asynccontextmanager
async def connect(
    token: str, *, endpoint_url: str = LIVE_URL, patience: Patience | None = None
) -> AsyncIterator[TelegramBot]:
    """Open a bot whose connections live as long as the block (rule B13). Nothing is requested yet.

    Args:
        token: ``digits:secret``
        endpoint_url: The server's root, without ``/bot<token>``.
        patience: How what may be repeated is repeated.
    """
    # These log every URL at INFO or DEBUG, and the token is part of every URL.
    for chatty in ("httpx", "httpcore", "telegram"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    request, poll = ClassifyingRequest(connection_pool_size=4), ClassifyingRequest(connection_pool_size=1)
    base = endpoint_url.rstrip("/")
    bot = telegram.Bot(
        token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=request, get_updates_request=poll
    )
    try:
        yield TelegramBot(bot, patience=patience or Patience())
    finally:
        await request.shutdown()
        await poll.shutdown()


def _broken(cause: BaseException | None, *, sending: bool) -> ServiceFailure:
    name = type(cause).__name__
    if not sending or isinstance(cause, _NEVER_SENT):
        message = "Telegram could not be reached or broke off"
        return ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, name, message)
    message = "the connection broke after the request began; the message may have been delivered"
    return ServiceFailure.of(FailureKind.UNKNOWN_OUTCOME, SERVICE, name, message)


def _keyboard(buttons: Sequence[Button]) -> telegram.InlineKeyboardMarkup:
    row = [telegram.InlineKeyboardButton(button.label, callback_data=button.data) for button in buttons]
    return telegram.InlineKeyboardMarkup([row])


def _update(found: telegram.Update) -> BotUpdate:
    user, chat = found.effective_user, found.effective_chat
    message, pressed = found.message, found.callback_query
    return BotUpdate(
        update_id=found.update_id,
        chat_id=chat.id if chat else 0,
        user_id=user.id if user else 0,
        private=chat is not None and chat.type == telegram.constants.ChatType.PRIVATE,
        text=(message.text or message.caption or "") if message else "",
        data=pressed.data if pressed else None,
        callback_id=pressed.id if pressed else None,
        forwarded=message is not None and message.forward_origin is not None,
        answers=_own_words(message.reply_to_message if message else None),
    )


def _own_words(answered: telegram.Message | None) -> str:
    """The text of an answered message of a bot; only one's own messages can be answered in a private chat."""
    ours = answered is not None and answered.from_user is not None and answered.from_user.is_bot
    return (answered.text or answered.caption or "") if ours and answered is not None else ""

"""The bot over a world in memory: the same splitting, the same refusals, no socket and no library.

What must hold: what a person sees and does is the world's business; a refused message is refused here as over HTTP.
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from resources.backoff import Patience
from resources.in_process import AsgiApp, InProcess
from resources.telegram.errors import SERVICE, telegram_failure
from resources.telegram.gateway import BotStanding, BotUpdate, Button
from resources.telegram.text import CAPTION_UNITS, TOAST_UNITS, parts, shortened
from resources.wire import BrokenOffError
from rules.failures import FailureKind, ServiceFailure

_BOUNDARY: Final = "a-boundary-that-no-picture-holds"


class FakeBot:
    """A bot for simulations and stage tests."""

    def __init__(self, service: InProcess, *, patience: Patience) -> None:
        self._service = service
        self._patience = patience

    async def updates(self, *, after: int | None, wait_seconds: int = 0) -> Sequence[BotUpdate]:
        """Updates with an id greater than ``after``; never waits: a world in memory moves when it is told to."""
        del wait_seconds
        offset = {} if after is None else {"offset": after + 1}
        allowed = ["message", "callback_query"]
        result = await self._repeat("getUpdates", {**offset, "limit": 100, "timeout": 0, "allowed_updates": allowed})
        return [_update(found) for found in result]

    async def say(self, chat_id: int, text: str, *, buttons: Sequence[Button] = ()) -> None:
        """Send plain text in as many messages as it needs.

        Raises:
            ValueError: Nothing but white space.
        """
        messages = list(parts(text))
        if not messages:
            raise ValueError("a message must say something")
        for number, message in enumerate(messages, start=1):
            keyboard = {"reply_markup": _keyboard(buttons)} if buttons and number == len(messages) else {}
            preview = {"is_disabled": True}
            body = {"chat_id": chat_id, "text": message, "link_preview_options": preview, **keyboard}
            await self._repeat("sendMessage", body)

    async def show(self, chat_id: int, png: bytes, *, caption: str) -> None:
        """Send a picture; a caption over 1024 units is shortened."""
        fields = {"chat_id": str(chat_id), "caption": shortened(caption, limit=CAPTION_UNITS)}
        await self._repeat("sendPhoto", None, content=_multipart(fields, png))

    async def acknowledge(self, callback_id: str, text: str) -> None:
        """Answer a pressed button; a text over 200 units is shortened."""
        body = {"callback_query_id": callback_id, "text": shortened(text, limit=TOAST_UNITS)}
        await self._repeat("answerCallbackQuery", body)

    async def announce(self, commands: Mapping[str, str]) -> None:
        """Set the client's command menu."""
        listed = [{"command": command, "description": description} for command, description in commands.items()]
        await self._repeat("setMyCommands", {"commands": listed})

    async def standing(self, chat_id: int) -> BotStanding:
        """Look at the bot and reach the chat."""
        user = await self._repeat("getMe", {})
        chat = await self._repeat("getChat", {"chat_id": chat_id})
        await self._repeat("sendChatAction", {"chat_id": chat_id, "action": "typing"})
        menu = await self._repeat("getMyCommands", {})
        hook = await self._repeat("getWebhookInfo", {})
        return BotStanding(
            name=str(user.get("username") or user["first_name"]),
            chat_kind=str(chat["type"]),
            reads_everything=bool(user.get("can_read_all_group_messages")),
            commands={each["command"]: each["description"] for each in menu},
            webhook=str(hook["url"]),
        )

    async def name(self) -> str:
        """The bot's username."""
        user = await self._repeat("getMe", {})
        return str(user.get("username") or user["first_name"])

    async def _repeat(self, method: str, body: Mapping[str, Any] | None, *, content: bytes | None = None) -> Any:
        return await self._patience.insist(partial(self._once, method, body, content))

    async def _once(self, method: str, body: Mapping[str, Any] | None, content: bytes | None) -> Any:
        sending = method.startswith("send")
        content_type = "application/json" if content is None else f"multipart/form-data; boundary={_BOUNDARY}"
        try:
            answer = await self._service.request("POST", method, body=body, content=content, content_type=content_type)
        except BrokenOffError as error:
            kind = FailureKind.UNKNOWN_OUTCOME if sending else FailureKind.TRANSIENT
            raise ServiceFailure.of(kind, SERVICE, "broken_off", "the connection broke") from error
        if not answer.ok:
            raise ServiceFailure(telegram_failure(answer.status, answer.text, sending=sending))
        return json.loads(answer.text)["result"]


def fake_bot(world: AsgiApp, *, token: str, patience: Patience | None = None) -> FakeBot:
    """Return a bot for simulations and stage tests.

    Args:
        world: The application that stands before a world; the bot server answers under ``/telegram``.
        token: The token the world accepts.
        patience: How what may be repeated is repeated; simulations pass one that sleeps in virtual time.
    """
    return FakeBot(InProcess(world, prefix=f"/telegram/bot{token}"), patience=patience or Patience())


def _keyboard(buttons: Sequence[Button]) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": button.label, "callback_data": button.data} for button in buttons]]}


def _multipart(fields: Mapping[str, str], png: bytes) -> bytes:
    head = "".join(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    disposition = 'Content-Disposition: form-data; name="photo"; filename="chart.png"'
    picture = f"--{_BOUNDARY}\r\n{disposition}\r\nContent-Type: image/png\r\n\r\n"
    return head.encode() + picture.encode() + png + f"\r\n--{_BOUNDARY}--\r\n".encode()


def _update(found: Mapping[str, Any]) -> BotUpdate:
    message, pressed = found.get("message") or {}, found.get("callback_query") or {}
    user = message.get("from") or pressed.get("from") or {}
    chat = message.get("chat") or (pressed.get("message") or {}).get("chat") or {}
    return BotUpdate(
        update_id=found["update_id"],
        chat_id=chat.get("id", 0),
        user_id=user.get("id", 0),
        private=chat.get("type") == "private",
        text=message.get("text") or message.get("caption") or "",
        data=pressed.get("data"),
        callback_id=pressed.get("id"),
        forwarded="forward_origin" in message,
        answers=_own_words(message.get("reply_to_message") or {}),
    )


def _own_words(answered: Mapping[str, Any]) -> str:
    ours = (answered.get("from") or {}).get("is_bot")
    return str(answered.get("text") or answered.get("caption") or "") if ours else ""

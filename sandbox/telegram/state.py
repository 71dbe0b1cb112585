"""The bot's chats, its queue of updates and its files.

The one thing that must hold: an update stays in the queue until a later offset confirms it, and update ids only grow.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.keys import SANDBOX_TELEGRAM_CHAT, SANDBOX_TELEGRAM_TOKEN

KEPT: Final = timedelta(hours=24)
BOT_ID: Final = int(SANDBOX_TELEGRAM_TOKEN.partition(":")[0])


def bot_user() -> dict[str, Any]:
    """The bot as a User."""
    return {"id": BOT_ID, "is_bot": True, "first_name": "Outbound", "username": "outbound_sandbox_bot"}


def person_user() -> dict[str, Any]:
    """The operator as a User."""
    return {"id": SANDBOX_TELEGRAM_CHAT, "is_bot": False, "first_name": "Olga", "username": "olga_operator"}


def private_chat() -> dict[str, Any]:
    """The operator's chat with the bot."""
    return {"id": SANDBOX_TELEGRAM_CHAT, "type": "private", "first_name": "Olga", "username": "olga_operator"}


@dataclass(slots=True)
class TelegramFile:
    """An uploaded photo or document."""

    file_id: str
    name: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class TelegramState:
    """One bot, one chat. `messages` and `updates` hold the wire objects themselves."""

    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    confirmed: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, TelegramFile] = field(default_factory=dict)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    webhook: dict[str, Any] = field(default_factory=dict)
    answered_buttons: dict[str, str] = field(default_factory=dict)
    allowed: list[str] = field(default_factory=list)
    next_update: int = 500_000_001
    next_message: int = 1
    blocked: bool = False

    def number_message(self) -> int:
        """Return the next message id of the chat."""
        self.next_message += 1
        return self.next_message - 1

    def push(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Queue an update of a kind (message, callback_query, …)."""
        update = {"update_id": self.next_update, kind: body}
        self.next_update += 1
        if not self.allowed or kind in self.allowed:
            self.updates.append(update)
        return update

    def person_writes(
        self, text: str, at: datetime, *, answers: int | None = None, forwarded: bool = False
    ) -> dict[str, Any]:
        """The operator sends a text; a leading /word is marked as a command, as the real server does.

        Args:
            text: What is written.
            at: When.
            answers: Id of the message it is a reply to.
            forwarded: Whether somebody else wrote it and the operator passed it on.

        Raises:
            KeyError: there is no message to answer.
        """
        message: dict[str, Any] = {
            "message_id": self.number_message(),
            "from": person_user(),
            "chat": private_chat(),
            "date": int(at.timestamp()),
            "text": text,
        }
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0].encode("utf-16-le")) // 2
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        if answers is not None:
            message["reply_to_message"] = dict(self.messages[answers])
        if forwarded:
            message["forward_origin"] = {"type": "hidden_user", "sender_user_name": "Somebody", "date": message["date"]}
        self.messages[message["message_id"]] = message
        return self.push("message", message)

    def person_presses(self, message_id: int, data: str) -> dict[str, Any]:
        """The operator presses a button of an inline keyboard.

        Raises:
            KeyError: there is no such message.
        """
        query = {
            "id": f"{BOT_ID}{self.next_update}",
            "from": person_user(),
            "message": self.messages[message_id],
            "chat_instance": "-7001002003004005006",
            "data": data,
        }
        return self.push("callback_query", query)

    def confirm(self, offset: int, now: datetime) -> None:
        """Forget updates below `offset`, and those older than a day; a negative offset counts from the end."""
        if offset < 0:
            offset = self.updates[offset]["update_id"] if -offset <= len(self.updates) else 0
        oldest = (now - KEPT).timestamp()
        gone = [update for update in self.updates if update["update_id"] < offset]
        self.confirmed = (self.confirmed + gone)[-100:]
        self.updates = [
            update
            for update in self.updates
            if update["update_id"] >= offset and update.get("message", {}).get("date", oldest) >= oldest
        ]

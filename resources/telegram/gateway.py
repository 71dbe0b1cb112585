"""The operator's chat as the stages see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BotUpdate:
    """Something a person did: typed a text or pressed a button (``data``).

    Attributes:
        forwarded: Whether somebody else wrote the text.
        answers: Text of the bot's own message that this one is a reply to; empty where it is none.
    """

    update_id: int
    chat_id: int
    user_id: int
    private: bool
    text: str
    data: str | None = None
    callback_id: str | None = None
    forwarded: bool = False
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: its label and up to 64 bytes that come back when it is pressed."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class BotStanding:
    """What the client shows of a bot, and whether a chat can hear it.

    Attributes:
        chat_kind: ``private``, ``group``, ``supergroup`` or ``channel``.
        reads_everything: Privacy mode is off: in a group it would hear every message.
        commands: The command menu.
        webhook: The address updates are posted to; empty where they are polled for.
    """

    name: str
    chat_kind: str
    reads_everything: bool
    commands: Mapping[str, str]
    webhook: str


class Bot(Protocol):
    """A Telegram bot. All methods raise `ServiceFailure`."""

    async def updates(self, *, after: int | None, wait_seconds: int = 0) -> Sequence[BotUpdate]:
        """Updates with an id greater than ``after``, which confirms the older ones; waits up to 50 seconds."""
        ...

    async def say(self, chat_id: int, text: str, *, buttons: Sequence[Button] = ()) -> None:
        """Send plain text, escaped and split at 4096 UTF-16 units where needed; buttons go with the last part."""
        ...

    async def show(self, chat_id: int, png: bytes, *, caption: str) -> None:
        """Send a picture with a caption of up to 1024 characters."""
        ...

    async def acknowledge(self, callback_id: str, text: str) -> None:
        """Answer a pressed button."""
        ...

    async def announce(self, commands: Mapping[str, str]) -> None:
        """Set the client's command menu: command to description."""
        ...

    async def standing(self, chat_id: int) -> BotStanding:
        """Look at the bot and reach the chat without writing into it; a chat that blocked the bot is a failure."""
        ...

    async def name(self) -> str:
        """The bot's username: the canary of rule B21."""
        ...

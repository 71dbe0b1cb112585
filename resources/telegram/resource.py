"""The operator's bot as a Dagster resource: settings that can be shown, a token that cannot.

What must hold: importing this opens nothing and does not load the library; both happen in `open`, in one scope (rule
B13).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import dagster as dg
from pydantic import Field

from resources.backoff import Patience
from resources.keys import KeySource, require_key
from resources.telegram.errors import LIVE_URL

if TYPE_CHECKING:
    from resources.telegram.client import TelegramBot

KEY: Final = KeySource(
    service="Telegram",
    variable="TELEGRAM_BOT_TOKEN",
    page="https://t.me/BotFather",
)


class BotResource(dg.ConfigurableResource["BotResource"]):
    """A Telegram bot.

    Attributes:
        token: Given as ``dg.EnvVar("TELEGRAM_BOT_TOKEN")``.
        endpoint: The bot server's root; the sandbox's in sandbox mode.
        longest_wait_seconds: How long one call waits for flood control in all.
    """

    token: str = Field(repr=False)
    endpoint: str = LIVE_URL
    longest_wait_seconds: float = 60.0

    @asynccontextmanager
    async def open(self) -> "AsyncIterator[TelegramBot]":
        """Open the bot for the length of a block; nothing is requested yet.

        Raises:
            ServiceFailure: ``SYSTEMIC``: the token is missing or a placeholder.
        """
        token = require_key(self.token, KEY)
        from resources.telegram.client import connect  # noqa: PLC0415 - loads the library, which a definition never needs

        patience = Patience(longest_wait=self.longest_wait_seconds)
        async with connect(token, endpoint_url=self.endpoint, patience=patience) as bot:
            yield bot

"""The bot of a town."""

from collections.abc import AsyncIterator

import pytest

from resources.backoff import Patience
from resources.telegram.client import connect
from resources.telegram.fake import fake_bot
from resources.telegram.gateway import Bot
from sandbox.keys import SANDBOX_TELEGRAM_TOKEN
from tests.resources.conftest import Town


@pytest.fixture
async def bot(town: Town, patience: Patience) -> AsyncIterator[Bot]:
    if town.url is None:
        yield fake_bot(town.app, token=SANDBOX_TELEGRAM_TOKEN, patience=patience)
        return
    async with connect(SANDBOX_TELEGRAM_TOKEN, endpoint_url=f"{town.url}/telegram", patience=patience) as opened:
        yield opened

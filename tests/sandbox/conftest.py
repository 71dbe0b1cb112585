"""A running sandbox, and the real clients pointed at it.

The one thing that must hold: each test has a world of its own; nothing leaks from one to the next.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest
import telegram
from brevo import Brevo
from brevo.core.request_options import RequestOptions
from openai import AsyncOpenAI
from pyairtable import Api, Table
from telegram.request import HTTPXRequest

from sandbox import World, keys
from sandbox.serving import Running, running

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ONCE = RequestOptions(max_retries=0)


def fresh_world() -> World:
    return World(7, start=MONDAY)


@pytest.fixture
def world() -> World:
    return fresh_world()


@pytest.fixture(scope="session")
def served() -> Iterator[Running]:
    """One server for all tests of a process; starting one per test would take longer than the tests."""
    with running(fresh_world()) as up:
        yield up


@pytest.fixture
def town(served: Running) -> Running:
    """A sandbox with a world of its own, without pacing, whose clock stands still."""
    served.house.paced = False
    served.house.latency = {}
    served.call(lambda world: world.become(fresh_world()))
    served.house.clock.set_mode("manual")
    served.house.forget()
    return served


@pytest.fixture
def http(town: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=town.url, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture
def airtable(town: Running) -> Api:
    return Api(keys.SANDBOX_AIRTABLE_TOKEN, endpoint_url=f"{town.url}/airtable", retry_strategy=None)


@pytest.fixture
def leads(airtable: Api) -> Table:
    return airtable.table(keys.SANDBOX_BASE_ID, keys.SANDBOX_TABLE_ID)


@pytest.fixture
def brevo(town: Running) -> Iterator[Brevo]:
    with httpx.Client(timeout=20, trust_env=False) as client:
        yield Brevo(api_key=keys.SANDBOX_BREVO_KEY, base_url=f"{town.url}/brevo/v3", httpx_client=client, max_retries=0)


@pytest.fixture
async def openai(town: Running) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(api_key=keys.SANDBOX_OPENAI_KEY, base_url=f"{town.url}/openai/v1", max_retries=0) as client:
        yield client


@pytest.fixture
async def perplexity(town: Running) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        api_key=keys.SANDBOX_PERPLEXITY_KEY, base_url=f"{town.url}/perplexity/v1", max_retries=0
    ) as client:
        yield client


@pytest.fixture
async def bot(town: Running) -> AsyncIterator[telegram.Bot]:
    client = telegram.Bot(
        keys.SANDBOX_TELEGRAM_TOKEN,
        base_url=f"{town.url}/telegram/bot",
        base_file_url=f"{town.url}/telegram/file/bot",
        request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
    )
    async with client:
        yield client

"""A running sandbox, and the real clients pointed at it.

The one thing that must hold: each test has a world of its own; nothing leaks from one to the next.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from brevo import Brevo
from brevo.core.request_options import RequestOptions
from pyairtable import Api, Table

from sandbox import World
from sandbox.keys import SANDBOX_AIRTABLE_TOKEN, SANDBOX_BASE_ID, SANDBOX_BREVO_KEY, SANDBOX_TABLE_ID
from sandbox.serving import Running, running

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ONCE = RequestOptions(max_retries=0)


@pytest.fixture
def world() -> World:
    return World(7, start=MONDAY)


@pytest.fixture
def town(world: World) -> Iterator[Running]:
    """A sandbox without pacing, whose clock stands still."""
    with running(world) as up:
        yield up


@pytest.fixture
def http(town: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=town.url, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture
def airtable(town: Running) -> Api:
    return Api(SANDBOX_AIRTABLE_TOKEN, endpoint_url=f"{town.url}/airtable", retry_strategy=None)


@pytest.fixture
def leads(airtable: Api) -> Table:
    return airtable.table(SANDBOX_BASE_ID, SANDBOX_TABLE_ID)


@pytest.fixture
def brevo(town: Running) -> Iterator[Brevo]:
    with httpx.Client(timeout=20, trust_env=False) as client:
        yield Brevo(api_key=SANDBOX_BREVO_KEY, base_url=f"{town.url}/brevo/v3", httpx_client=client, max_retries=0)

"""The dead-man switch, over HTTP and in memory: a sign is taken, refused or lost, and its address is never shown."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from resources.heartbeat.client import connect
from resources.heartbeat.fake import fake_heartbeat
from resources.heartbeat.gateway import Heartbeat
from resources.heartbeat.resource import HeartbeatResource
from rules.failures import FailureKind, ServiceFailure
from sandbox.keys import SANDBOX_HEARTBEAT
from tests.resources.conftest import Town

Open = Callable[[str], AbstractAsyncContextManager[Heartbeat]]


@pytest.fixture
def opened(town: Town) -> Open:
    @asynccontextmanager
    async def over(check: str) -> AsyncIterator[Heartbeat]:
        if town.url is None:
            yield fake_heartbeat(town.app, check=check)
            return
        async with connect(f"{town.url}/heartbeat/{check}") as heartbeat:
            yield heartbeat

    return over


async def test_a_sign_of_life_is_taken(town: Town, opened: Open) -> None:
    async with opened(SANDBOX_HEARTBEAT) as heartbeat:
        await heartbeat.beat()
        await heartbeat.beat()
    assert town.call(lambda world: world.tally.requests["heartbeat|GET /{check}"]) == 2


async def test_an_unknown_check_is_a_wrong_address(opened: Open) -> None:
    async with opened("nobody") as heartbeat:
        with pytest.raises(ServiceFailure) as caught:
            await heartbeat.beat()
    assert caught.value.failure.kind is FailureKind.PERMANENT
    assert "OUTBOUND_HEARTBEAT_URL" in str(caught.value)
    assert "nobody" not in str(caught.value)


async def test_a_monitor_that_is_down_is_asked_again_at_the_next_tick(town: Town, opened: Open) -> None:
    town.arm("heartbeat.down", count=1)
    async with opened(SANDBOX_HEARTBEAT) as heartbeat:
        with pytest.raises(ServiceFailure) as caught:
            await heartbeat.beat()
        await heartbeat.beat()
    assert caught.value.failure.kind is FailureKind.TRANSIENT


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/ping", "not an address", "http://"])
async def test_a_monitor_that_cannot_be_reached_says_so_without_its_address(url: str) -> None:
    async with connect(url) as heartbeat:
        with pytest.raises(ServiceFailure) as caught:
            await heartbeat.beat()
    assert url not in str(caught.value)


async def test_without_an_address_there_is_no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTBOUND_HEARTBEAT_URL", raising=False)
    async with HeartbeatResource().open() as heartbeat:
        assert heartbeat is None
    monkeypatch.setenv("OUTBOUND_HEARTBEAT_URL", "http://127.0.0.1:9/x")
    async with HeartbeatResource().open() as heartbeat:
        assert heartbeat is not None

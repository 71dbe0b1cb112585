"""Glances at pages, in memory and over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from resources.web.client import connect, told_time
from resources.web.fake import FakeWeb
from resources.web.gateway import Web
from rules.failures import FailureKind, ServiceFailure
from tests.resources.conftest import MONDAY, Town


@pytest.fixture
async def web(town: Town) -> AsyncIterator[Web]:
    if town.url is None:
        yield FakeWeb(town.app)
        return
    async with connect() as opened:
        yield opened


async def test_a_service_tells_its_time_even_when_it_refuses(web: Web, town: Town) -> None:
    seen = await web.glance(f"{town.url or 'http://sandbox'}/brevo")
    assert seen.status == 307
    assert seen.said_at == MONDAY
    town.arm("clock.skewed", value=90)
    assert (await web.glance(f"{town.url or 'http://sandbox'}/brevo")).said_at == MONDAY + timedelta(seconds=90)


async def test_where_nothing_answers_the_host_is_named_and_nothing_else(web: Web) -> None:
    with pytest.raises(ServiceFailure, match=r"nothing answers at 127\.0\.0\.1") as raised:
        await web.glance("http://127.0.0.1:1/unsubscribe?t=a-secret-token")
    assert raised.value.failure.kind is FailureKind.TRANSIENT
    assert "a-secret-token" not in str(raised.value)


@pytest.mark.parametrize("header", [None, "", "yesterday"])
def test_a_time_that_cannot_be_read_is_none(header: str | None) -> None:
    assert told_time(header) is None


def test_a_time_without_a_zone_is_utc() -> None:
    assert told_time("Mon, 23 Nov 2026 08:00:00") == datetime(2026, 11, 23, 8, tzinfo=UTC)

"""What goes wrong with sends and reads, and what the mail provider calls it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

import pytest

from resources.backoff import Patience
from resources.mail_provider.brevo import BrevoMailProvider
from resources.mail_provider.client import connect
from resources.mail_provider.gateway import OutgoingMail
from rules.failures import FailureKind, ServiceFailure
from tests.resources.conftest import Naps, Town

TODAY = date(2026, 11, 23)


async def kind_of_send(provider: BrevoMailProvider, mail: OutgoingMail) -> FailureKind:
    with pytest.raises(ServiceFailure) as refused:
        await provider.send(mail)
    return refused.value.failure.kind


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    "fault",
    [
        "brevo.key_revoked",
        "brevo.unrecognised_ip",
        "brevo.not_activated",
        "brevo.under_validation",
        "brevo.no_credits_400",
        "brevo.no_credits_402",
    ],
)
async def test_money_key_and_account_failures_are_systemic(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail, fault: str
) -> None:
    town.arm(fault)

    assert await kind_of_send(provider, mail) is FailureKind.SYSTEMIC
    assert town.call(lambda world: len(world.provider.mails)) == 0


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [
        ("brevo.accepted_then_502", 1),
        ("brevo.accepted_then_lost", 1),
        ("brevo.lost", 0),
        ("brevo.server_error", 0),
        ("brevo.duplicate_parameter", 0),
    ],
)
async def test_a_send_that_may_have_happened_has_an_unknown_outcome_and_is_made_once(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail, fault: str, accepted: int
) -> None:
    town.arm(fault)

    assert await kind_of_send(provider, mail) is FailureKind.UNKNOWN_OUTCOME
    assert town.call(lambda world: len(world.provider.mails)) == accepted
    assert town.call(lambda world: world.tally.requests["brevo|POST /v3/smtp/email"]) == 1


async def test_a_rate_limited_send_is_flow_control_and_not_repeated_here(
    provider: BrevoMailProvider, town: Town, mail: OutgoingMail, naps: Naps
) -> None:
    town.arm("brevo.rate_limited", count=1, value=7)

    with pytest.raises(ServiceFailure) as refused:
        await provider.send(mail)

    assert refused.value.failure.kind is FailureKind.FLOW_CONTROL
    assert refused.value.failure.retry_after == 7
    assert naps.taken == []
    assert (await provider.send(mail)).status == 201


async def test_a_bad_address_rejects_the_item_only(provider: BrevoMailProvider, mail: OutgoingMail) -> None:
    with pytest.raises(ServiceFailure) as refused:
        await provider.send(replace(mail, to_email="nobody at all"))

    assert refused.value.failure.kind is FailureKind.PERMANENT
    assert "nobody" not in refused.value.failure.message


async def test_a_read_that_fails_twice_is_repeated_and_a_third_time_raises(
    provider: BrevoMailProvider, town: Town, naps: Naps
) -> None:
    town.arm("brevo.server_error", count=2)
    assert await provider.events(TODAY, TODAY) == []
    assert len(naps.taken) == 2

    town.arm("brevo.lost", count=3)
    with pytest.raises(ServiceFailure) as broken:
        await provider.events(TODAY, TODAY)
    assert broken.value.failure.kind is FailureKind.TRANSIENT


async def test_a_connection_that_was_never_made_provably_sent_nothing(patience: Patience, mail: OutgoingMail) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with connect("xkeysib-1", base_url=url, patience=patience) as provider:
            assert await kind_of_send(provider, mail) is FailureKind.TRANSIENT


@asynccontextmanager
async def server(answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]) -> AsyncIterator[str]:
    listening = await asyncio.start_server(answer, "127.0.0.1", 0)  # type: ignore[arg-type] # any coroutine function
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def test_a_connection_dropped_after_the_request_has_an_unknown_outcome(
    patience: Patience, mail: OutgoingMail
) -> None:
    requests = 0

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await reader.readuntil(b"\r\n\r\n")
        requests += 1
        writer.close()

    async with server(drop) as url, connect("xkeysib-1", base_url=url, patience=patience) as provider:
        assert await kind_of_send(provider, mail) is FailureKind.UNKNOWN_OUTCOME
    assert requests == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n<html/>\r\n",
        b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n[]",
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
        b"this is not HTTP at all\r\n\r\n",
    ],
)
async def test_a_success_that_cannot_be_read_has_an_unknown_outcome(
    patience: Patience, mail: OutgoingMail, reply: bytes
) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    async with server(say) as url, connect("xkeysib-1", base_url=url, patience=patience) as provider:
        assert await kind_of_send(provider, mail) is FailureKind.UNKNOWN_OUTCOME

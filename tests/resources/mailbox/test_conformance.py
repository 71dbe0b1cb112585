"""The mailbox, in memory and over IMAP."""

import asyncio
import imaplib
from datetime import date, timedelta

import pytest

from resources.backoff import Patience
from resources.mailbox.account import Account, Security
from resources.mailbox.client import ImapMailbox
from resources.mailbox.gateway import Mailbox
from rules.failures import FailureKind, ServiceFailure
from sandbox.keys import SANDBOX_MAILBOX_PASSWORD, SANDBOX_MAILBOX_USER
from tests.resources.conftest import Naps, Town
from tests.resources.mailbox.conftest import account, letter, receive

TODAY = date(2026, 11, 23)


async def test_every_letter_since_a_day_comes_byte_for_byte_with_a_lasting_uid(mailbox: Mailbox, town: Town) -> None:
    sent = town.call(lambda world: receive(world, 3))

    found = await mailbox.messages(TODAY)
    again = await mailbox.messages(TODAY)

    assert [message.raw for message in found] == sent
    assert found == again
    assert len({message.uid for message in found}) == 3


async def test_more_letters_than_one_fetch_takes_come_all(mailbox: Mailbox, town: Town) -> None:
    sent = town.call(lambda world: receive(world, 120))

    assert [message.raw for message in await mailbox.messages(TODAY)] == sent


@pytest.mark.rule("B23")
async def test_an_empty_mailbox_is_an_empty_list(mailbox: Mailbox) -> None:
    assert list(await mailbox.messages(TODAY)) == []


async def test_older_letters_stay_out_but_for_the_day_before(mailbox: Mailbox, town: Town) -> None:
    town.call(lambda world: receive(world, 2))
    town.call(lambda world: world.advance(timedelta(days=1)))
    yesterday = town.call(lambda world: receive(world, 1, first=10))
    town.call(lambda world: world.advance(timedelta(days=1)))
    today = town.call(lambda world: receive(world, 1, first=20))

    found = await mailbox.messages(TODAY + timedelta(days=2))

    assert [message.raw for message in found] == [*yesterday, *today]


async def test_nothing_is_ever_marked_as_read(mailbox: Mailbox, town: Town) -> None:
    town.call(lambda world: receive(world, 2))

    await mailbox.messages(TODAY)

    assert town.call(lambda world: [letter.flags for letter in world.mailbox]) == [set(), set()]


@pytest.mark.rule("B23")
async def test_a_refused_password_is_systemic_and_not_an_empty_mailbox(mailbox: Mailbox, town: Town) -> None:
    town.arm("mailbox.login_refused")

    with pytest.raises(ServiceFailure) as raised:
        await mailbox.messages(TODAY)

    assert raised.value.failure.kind is FailureKind.SYSTEMIC


@pytest.mark.rule("B23")
async def test_a_session_that_breaks_is_begun_anew_and_never_yields_a_part(
    mailbox: Mailbox, town: Town, naps: Naps
) -> None:
    sent = town.call(lambda world: receive(world, 60))
    town.arm("mailbox.dropped", count=1)

    assert [message.raw for message in await mailbox.messages(TODAY)] == sent
    assert len(naps.taken) == 1

    town.arm("mailbox.dropped")
    with pytest.raises(ServiceFailure) as raised:
        await mailbox.messages(TODAY)
    assert raised.value.failure.kind is FailureKind.TRANSIENT


@pytest.mark.parametrize(
    ("changes", "code"), [({"password": "wrong"}, "login_refused"), ({"folder": "Nowhere"}, "unknown_folder")]
)
async def test_a_wrong_password_or_folder_is_systemic(
    http: Town, patience: Patience, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(ServiceFailure) as raised:
        await ImapMailbox(account(http, **changes), patience=patience).messages(TODAY)

    assert (raised.value.failure.kind, raised.value.failure.code) == (FailureKind.SYSTEMIC, code)
    assert "wrong" not in raised.value.failure.message


async def test_an_unreachable_server_is_transient(patience: Patience, naps: Naps) -> None:
    nowhere = Account("127.0.0.1", 9, SANDBOX_MAILBOX_USER, SANDBOX_MAILBOX_PASSWORD, security=Security.NONE)

    with pytest.raises(ServiceFailure) as raised:
        await ImapMailbox(nowhere, patience=patience).messages(TODAY)

    assert raised.value.failure.kind is FailureKind.TRANSIENT
    assert len(naps.taken) == 2


async def test_a_server_that_is_none_is_transient(patience: Patience) -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 this is a mail server, but not for reading\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        place = Account("127.0.0.1", port, "u", "p", security=Security.NONE)
        with pytest.raises(ServiceFailure) as raised:
            await ImapMailbox(place, patience=patience).messages(TODAY)

    assert raised.value.failure.kind is FailureKind.TRANSIENT


@pytest.mark.rule("B17")
async def test_looking_blocks_nobody_else(http: Town, patience: Patience) -> None:
    http.call(lambda world: receive(world, 100))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(tick())
    found = await ImapMailbox(account(http), patience=patience).messages(TODAY)
    other.cancel()

    assert len(found) == 100
    assert ticks > 100


async def test_a_letter_is_still_unread_for_the_person_afterwards(http: Town, patience: Patience) -> None:
    http.call(lambda world: receive(world, 1))
    await ImapMailbox(account(http), patience=patience).messages(TODAY)

    def unseen() -> int:
        with imaplib.IMAP4("127.0.0.1", http.imap_port) as session:
            session.login(SANDBOX_MAILBOX_USER, SANDBOX_MAILBOX_PASSWORD)
            session.select("INBOX", readonly=True)
            _, numbers = session.search(None, "UNSEEN")
            return len(numbers[0].split())

    assert await asyncio.to_thread(unseen) == 1
    assert letter(0).endswith(b"\xff\x00 \r\n")


@pytest.mark.rule("B21")
async def test_a_look_counts_and_a_folder_that_is_gone_is_named(mailbox: Mailbox, town: Town) -> None:
    town.call(lambda world: receive(world, 3))
    assert await mailbox.look() == 3
    town.arm("mailbox.folder_gone")
    with pytest.raises(ServiceFailure, match="mailbox_folder") as raised:
        await mailbox.look()
    assert (raised.value.failure.kind, raised.value.failure.code) == (FailureKind.SYSTEMIC, "unknown_folder")

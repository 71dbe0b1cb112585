"""The mailbox of a town, with letters in it."""

import pytest

from resources.backoff import Patience
from resources.mailbox.account import Account, Security
from resources.mailbox.client import ImapMailbox
from resources.mailbox.fake import FakeMailbox
from resources.mailbox.gateway import Mailbox
from sandbox import World
from sandbox.keys import SANDBOX_MAILBOX_PASSWORD, SANDBOX_MAILBOX_USER
from tests.resources.conftest import Town


def letter(number: int, *, size: int = 1) -> bytes:
    """A message, with bytes in it that text handling would change."""
    return f"Subject: answer {number}\r\n\r\nHello {number}\r\n".encode() + b"\xff\x00 \r\n" * size


def receive(world: World, count: int, *, first: int = 0) -> list[bytes]:
    """Put letters into the mailbox now."""
    return [world.mailbox.receive(letter(number), world.now).raw for number in range(first, first + count)]


def account(town: Town, **changes: str) -> Account:
    known = {"user": SANDBOX_MAILBOX_USER, "password": SANDBOX_MAILBOX_PASSWORD, "folder": "INBOX", **changes}
    return Account("127.0.0.1", town.imap_port, security=Security.NONE, **known)


@pytest.fixture
def mailbox(town: Town, world: World, patience: Patience) -> Mailbox:
    if town.url is None:
        return FakeMailbox(world, patience=patience)
    return ImapMailbox(account(town), patience=patience)

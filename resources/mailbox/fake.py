"""The mailbox of a world in memory.

What must hold: what lies in the mailbox and since when is the world's business; looking changes nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from resources.backoff import Patience
from resources.mailbox.errors import folder_failure, login_failure, read_failure
from resources.mailbox.gateway import MailboxMessage
from rules.failures import ServiceFailure


class Letter(Protocol):
    """A letter in the world's mailbox."""

    @property
    def uid(self) -> int:
        """Unique and growing."""
        ...

    @property
    def received_at(self) -> datetime:
        """When it arrived."""
        ...

    @property
    def raw(self) -> bytes:
        """The message as it travelled."""
        ...


class Letters(Protocol):
    """The world's one folder."""

    @property
    def uid_validity(self) -> int:
        """The generation of its unique ids."""
        ...

    def __iter__(self) -> Iterator[Letter]: ...


class Faults(Protocol):
    """What goes wrong in the world."""

    def strikes(self, name: str, about: str = "", /) -> object | None:
        """Whether a fault strikes now; ``None`` when not."""
        ...


class MailboxWorld(Protocol):
    """All that the fake needs of a world."""

    @property
    def mailbox(self) -> Letters:
        """The folder."""
        ...

    @property
    def faults(self) -> Faults:
        """Faults on demand."""
        ...


class FakeMailbox:
    """A mailbox for simulations and stage tests."""

    def __init__(self, world: MailboxWorld, *, patience: Patience | None = None) -> None:
        self._world = world
        self._patience = patience or Patience()

    async def look(self) -> int:
        """Log in, open the folder and count its messages."""
        return len(await self._patience.insist(lambda: self._look(date.min)))

    async def messages(self, since: date) -> Sequence[MailboxMessage]:
        """Every message that arrived on or after a day, and on the day before, as over IMAP."""
        return await self._patience.insist(lambda: self._look(since - timedelta(days=1)))

    async def _look(self, day: date) -> list[MailboxMessage]:
        if self._world.faults.strikes("mailbox.login_refused", "") is not None:
            raise ServiceFailure(login_failure("[AUTHENTICATIONFAILED]"))
        if self._world.faults.strikes("mailbox.folder_gone", "INBOX") is not None:
            raise ServiceFailure(folder_failure("INBOX", "NO there is only INBOX"))
        if self._world.faults.strikes("mailbox.dropped", "") is not None:
            raise ServiceFailure(read_failure("broken_off", "the mailbox hung up"))
        box = self._world.mailbox
        return [
            MailboxMessage(uid=f"{box.uid_validity}.{letter.uid}", raw=letter.raw)
            for letter in box
            if letter.received_at.date() >= day
        ]

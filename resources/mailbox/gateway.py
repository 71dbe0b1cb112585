"""The mailbox that replies arrive in, as the stages see it: bulk reads since a day, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MailboxMessage:
    """One message as received: the mailbox's unique id and the raw RFC 5322 bytes."""

    uid: str
    raw: bytes


class Mailbox(Protocol):
    """An inbox. Raises `ServiceFailure`; "nothing there" and "could not look" differ (rule B23)."""

    async def look(self) -> int:
        """Log in, open the folder and count its messages: the canary of rule B21."""
        ...

    async def messages(self, since: date) -> Sequence[MailboxMessage]:
        """Every message that arrived on or after a day, without marking any as read."""
        ...

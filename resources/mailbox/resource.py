"""The mailbox as a Dagster resource: settings that can be shown, a password that cannot.

What must hold: importing this opens nothing and does not load the IMAP library.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import dagster as dg
from pydantic import Field

from resources.backoff import Patience
from resources.keys import KeySource, require_key
from resources.mailbox.account import Account, Security

if TYPE_CHECKING:
    from resources.mailbox.client import ImapMailbox

PASSWORD: Final = KeySource(
    service="Mailbox",
    variable="MAILBOX_PASSWORD",
    page="your mail host's settings (an app password where it offers one)",
    chosen=True,
)


class MailboxResource(dg.ConfigurableResource["MailboxResource"]):
    """The inbox that replies arrive in.

    Attributes:
        host: IMAP server.
        port: 993 for ``tls``, 143 for ``starttls``.
        user: The account's name.
        password: Given as ``dg.EnvVar("MAILBOX_PASSWORD")``.
        folder: Where replies are.
        security: ``tls``, ``starttls``, or ``none`` for this machine only.
    """

    host: str
    user: str
    password: str = Field(repr=False)
    port: int = 993
    folder: str = "INBOX"
    security: str = Security.TLS.value

    @asynccontextmanager
    async def open(self) -> "AsyncIterator[ImapMailbox]":
        """Make the mailbox ready; each look has its own session.

        Raises:
            ServiceFailure: ``SYSTEMIC``: the password is missing or a placeholder.
            ValueError: An unknown security, or none at all to another machine.
        """
        password = require_key(self.password, PASSWORD)
        from resources.mailbox.client import ImapMailbox  # noqa: PLC0415 - loads the library, which a definition never needs

        account = Account(self.host, self.port, self.user, password, self.folder, Security(self.security))
        yield ImapMailbox(account, patience=Patience())

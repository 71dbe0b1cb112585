"""The one IMAP client (rule B18): imap-tools in a thread, one session per look.

What must hold: the folder is opened read-only and bodies are peeked at, so that nothing in a person's inbox is ever
marked as read; and a server's certificate is checked before a password goes there.
"""

import asyncio
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import imap_tools

from resources.backoff import Patience
from resources.mailbox.account import Account, Security
from resources.mailbox.errors import certificate_failure, folder_failure, login_failure, read_failure
from resources.mailbox.gateway import MailboxMessage
from rules.failures import ServiceFailure

MESSAGES_PER_FETCH: Final = 50
_TIMEOUT_SECONDS: Final = 30.0
T = TypeVar("T")
_UID: Final = re.compile(rb"\bUID (\d+)")


class ImapMailbox:
    """A mailbox over IMAP. There is no connection between two looks, so there is none to go stale."""

    def __init__(self, account: Account, *, patience: Patience | None = None) -> None:
        self._account = account
        self._patience = patience or Patience()

    async def look(self) -> int:
        """Log in, open the folder and count its messages."""

        async def once() -> int:
            return await asyncio.to_thread(self._in_session, _count)

        return await self._patience.insist(once)

    async def messages(self, since: date) -> Sequence[MailboxMessage]:
        """Every message that arrived on or after a day; see `Mailbox.messages`.

        The day before is included: IMAP counts days in the server's zone. The same message may so come twice in two
        looks, with the same unique id.
        """

        async def once() -> list[MailboxMessage]:
            return await asyncio.to_thread(self._in_session, partial(self._since, since - timedelta(days=1)))

        return await self._patience.insist(once)

    def _in_session(self, work: Callable[[Any], T]) -> T:
        try:
            session = self._connect()
        except ssl.SSLCertVerificationError as error:
            raise ServiceFailure(certificate_failure(str(error))) from error
        except (OSError, imaplib.IMAP4.error, imap_tools.ImapToolsError) as error:
            raise ServiceFailure(read_failure("unreachable", f"{type(error).__name__}: {error}")) from error
        try:
            self._enter(session)
            return work(session)
        except (OSError, imaplib.IMAP4.error, imap_tools.ImapToolsError) as error:
            raise ServiceFailure(read_failure("broken_off", f"{type(error).__name__}: {error}")) from error
        finally:
            _hang_up(session.client)

    def _connect(self) -> Any:
        account = self._account
        if account.security is Security.NONE:
            return imap_tools.MailBoxUnencrypted(account.host, account.port, timeout=_TIMEOUT_SECONDS)
        kind = imap_tools.MailBox if account.security is Security.TLS else imap_tools.MailBoxStartTls
        # imaplib's own default context checks no certificate.
        context = ssl.create_default_context()
        return kind(account.host, account.port, timeout=_TIMEOUT_SECONDS, ssl_context=context)

    def _enter(self, session: Any) -> None:
        account = self._account
        try:
            session.login(account.user, account.password, initial_folder=None)
        except imap_tools.MailboxLoginError as error:
            raise ServiceFailure(login_failure(_words(error))) from error
        try:
            session.folder.set(account.folder, readonly=True)
        except imap_tools.MailboxFolderSelectError as error:
            raise ServiceFailure(folder_failure(account.folder, _words(error))) from error

    def _since(self, day: date, session: Any) -> list[MailboxMessage]:
        return list(self._read(session, day))

    def _read(self, session: Any, day: date) -> Iterator[MailboxMessage]:
        # Unique ids are unique only together with the folder's validity (RFC 3501 2.3.1.1).
        _, validity = session.client.response("UIDVALIDITY")
        generation = validity[0].decode() if validity and validity[0] else "0"
        uids = session.uids(imap_tools.AND(date_gte=day))
        for start in range(0, len(uids), MESSAGES_PER_FETCH):
            wanted = ",".join(uids[start : start + MESSAGES_PER_FETCH])
            status, parts = session.client.uid("FETCH", wanted, "(UID BODY.PEEK[])")
            if status != "OK":
                raise ServiceFailure(read_failure("fetch_refused", f"{status}"))
            for uid, raw in fetched(parts):
                yield MailboxMessage(uid=f"{generation}.{uid}", raw=raw)


def fetched(parts: Sequence[Any]) -> Iterator[tuple[int, bytes]]:
    """Read a FETCH answer: a message is a pair of its opening and its bytes; servers put the UID before or after.

    A message that was deleted meanwhile is simply not there.

    Raises:
        ServiceFailure: ``TRANSIENT``: bytes without a UID.
    """
    for position, part in enumerate(parts):
        if not isinstance(part, tuple):
            continue
        opening, raw = part
        closing = parts[position + 1] if position + 1 < len(parts) else b""
        match = _UID.search(opening) or (_UID.search(closing) if isinstance(closing, bytes) else None)
        if match is None:
            raise ServiceFailure(read_failure("unreadable_answer", "a message came without its unique id"))
        yield int(match[1]), raw


def _count(session: Any) -> int:
    return int(session.folder.status(session.folder.get(), ("MESSAGES",))["MESSAGES"])


def _words(error: imap_tools.UnexpectedCommandStatusError) -> str:
    said = error.command_result[1]
    return b" ".join(part for part in said if isinstance(part, bytes)).decode("utf-8", errors="replace")


def _hang_up(client: imaplib.IMAP4) -> None:
    """Say goodbye; a server that has gone already needs none."""
    try:
        client.logout()
    except (OSError, imaplib.IMAP4.error):
        client.shutdown()

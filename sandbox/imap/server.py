"""The IMAP server: one mailbox, one folder, any number of readers.

The one thing that must hold: it knows one user and one password, and listens on this machine only.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.house import House
from sandbox.imap.fetching import fetched
from sandbox.imap.reading import BadCommandError, numbers_in, parse_command, read_command
from sandbox.imap.searching import matching
from sandbox.keys import SANDBOX_MAILBOX_PASSWORD, SANDBOX_MAILBOX_USER
from sandbox.world.mailbox import StoredLetter

CAPABILITIES: Final = "IMAP4rev1 LITERAL+ UNSELECT"
_FLAGS: Final = "\\Seen \\Answered \\Flagged \\Deleted \\Draft"
_SELECTED_ONLY: Final = frozenset({"SEARCH", "FETCH", "STORE", "CLOSE", "UNSELECT", "EXPUNGE", "CHECK"})
_LINE_LIMIT: Final = 1 << 20


class HangUpError(Exception):
    """The server hangs up without a word."""


@dataclass(slots=True)
class Session:
    """One connection."""

    house: House
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    known: bool = False
    selected: bool = False
    read_only: bool = True
    over: bool = False

    @property
    def letters(self) -> list[StoredLetter]:
        """The folder's letters in order of their UIDs."""
        return sorted(self.house.world.mailbox, key=lambda letter: letter.uid)

    def say(self, line: str | bytes) -> None:
        """Write one line."""
        self.writer.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    async def serve(self) -> None:
        """Answer commands until the client or the server ends it."""
        self.say(f"* OK [CAPABILITY {CAPABILITIES}] sandbox ready")
        while not self.over:
            await self.writer.drain()
            raw = await read_command(self.reader, self.writer)
            if raw is None:
                return
            self.house.clock.tick()
            self._answer(raw)
        await self.writer.drain()

    def _answer(self, raw: bytes) -> None:
        tag = "*"
        try:
            tag, name, arguments = parse_command(raw)
            by_uid = name == "UID" and bool(arguments)
            if by_uid:
                name, arguments = str(arguments[0]).upper(), arguments[1:]
            command = _COMMANDS.get(name)
            if command is None:
                self.say(f"{tag} BAD unknown command {name}")
            elif name in _SELECTED_ONLY and not self.selected:
                self.say(f"{tag} NO no folder is selected")
            elif name not in _OPEN and not self.known:
                self.say(f"{tag} NO log in first")
            else:
                self.say(f"{tag} {command(self, arguments, by_uid)}")
        except (BadCommandError, IndexError) as problem:
            self.say(f"{tag} BAD {problem}")

    def capability(self, _arguments: list[Any], _by_uid: bool) -> str:
        """CAPABILITY."""
        self.say(f"* CAPABILITY {CAPABILITIES}")
        return "OK done"

    def noop(self, _arguments: list[Any], _by_uid: bool) -> str:
        """NOOP and CHECK."""
        if self.selected:
            self.say(f"* {len(self.letters)} EXISTS")
        return "OK done"

    def logout(self, _arguments: list[Any], _by_uid: bool) -> str:
        """LOGOUT."""
        self.over = True
        self.say("* BYE until next time")
        return "OK done"

    def login(self, arguments: list[Any], _by_uid: bool) -> str:
        """LOGIN."""
        refused = self.house.world.faults.strikes("mailbox.login_refused", str(arguments[0]))
        if refused or arguments[:2] != [SANDBOX_MAILBOX_USER, SANDBOX_MAILBOX_PASSWORD]:
            return "NO [AUTHENTICATIONFAILED] Invalid credentials"
        self.known = True
        return f"OK [CAPABILITY {CAPABILITIES}] logged in"

    def list_folders(self, _arguments: list[Any], _by_uid: bool) -> str:
        """LIST and LSUB."""
        self.say('* LIST (\\HasNoChildren) "/" INBOX')
        return "OK done"

    def status(self, arguments: list[Any], _by_uid: bool) -> str:
        """STATUS."""
        box = self.house.world.mailbox
        counts = {
            "MESSAGES": len(box),
            "UNSEEN": sum("\\Seen" not in letter.flags for letter in box),
            "UIDNEXT": box.next_uid,
            "UIDVALIDITY": box.uid_validity,
            "RECENT": 0,
        }
        shown = " ".join(f"{item.upper()} {counts[item.upper()]}" for item in arguments[1] if item.upper() in counts)
        self.say(f"* STATUS INBOX ({shown})")
        return "OK done"

    def select(self, arguments: list[Any], _by_uid: bool) -> str:
        """SELECT."""
        return self._open(arguments, read_only=False)

    def examine(self, arguments: list[Any], _by_uid: bool) -> str:
        """EXAMINE."""
        return self._open(arguments, read_only=True)

    def _open(self, arguments: list[Any], *, read_only: bool) -> str:
        gone = self.house.world.faults.strikes("mailbox.folder_gone", str(arguments[0])) is not None
        if gone or str(arguments[0]).upper() != "INBOX":
            self.selected = False
            return "NO there is only INBOX"
        box = self.house.world.mailbox
        self.selected, self.read_only = True, read_only
        self.say(f"* {len(box)} EXISTS")
        self.say("* 0 RECENT")
        self.say(f"* FLAGS ({_FLAGS})")
        self.say(f"* OK [PERMANENTFLAGS ({'' if read_only else _FLAGS})] flags")
        self.say(f"* OK [UIDVALIDITY {box.uid_validity}] these UIDs stay")
        self.say(f"* OK [UIDNEXT {box.next_uid}] the next one")
        return f"OK [{'READ-ONLY' if read_only else 'READ-WRITE'}] open"

    def close(self, _arguments: list[Any], _by_uid: bool) -> str:
        """CLOSE and UNSELECT."""
        self.selected = False
        return "OK done"

    def search(self, arguments: list[Any], by_uid: bool) -> str:
        """SEARCH and UID SEARCH."""
        found = matching(self.letters, arguments)
        numbers = " ".join(str(letter.uid if by_uid else number) for number, letter in found)
        self.say(f"* SEARCH {numbers}".rstrip())
        return "OK done"

    def fetch(self, arguments: list[Any], by_uid: bool) -> str:
        """FETCH and UID FETCH."""
        if self.house.world.faults.strikes("mailbox.dropped"):
            raise HangUpError
        items = arguments[1] if isinstance(arguments[1], list) else arguments[1:]
        for number, letter in self._chosen(str(arguments[0]), by_uid):
            content = fetched(letter, items, by_uid=by_uid, read_only=self.read_only)
            self.say(b"* %d FETCH " % number + content)
        return "OK done"

    def store(self, arguments: list[Any], by_uid: bool) -> str:
        """STORE and UID STORE."""
        if self.read_only:
            return "NO the folder is open for reading only"
        action, flags = str(arguments[1]).upper(), arguments[2]
        wanted = set(flags if isinstance(flags, list) else [flags])
        for number, letter in self._chosen(str(arguments[0]), by_uid):
            if action.startswith("+"):
                letter.flags |= wanted
            elif action.startswith("-"):
                letter.flags -= wanted
            else:
                letter.flags = wanted
            if not action.endswith(".SILENT"):
                uid = f"UID {letter.uid} " if by_uid else ""
                self.say(f"* {number} FETCH ({uid}FLAGS ({' '.join(sorted(letter.flags))}))")
        return "OK done"

    def expunge(self, _arguments: list[Any], _by_uid: bool) -> str:
        """EXPUNGE."""
        if self.read_only:
            return "NO the folder is open for reading only"
        for number, letter in reversed(list(enumerate(self.letters, start=1))):
            if "\\Deleted" in letter.flags:
                del self.house.world.mailbox.letters[letter.uid]
                self.say(f"* {number} EXPUNGE")
        return "OK done"

    def _chosen(self, wanted: str, by_uid: bool) -> list[tuple[int, StoredLetter]]:
        letters = self.letters
        highest = (letters[-1].uid if letters else 0) if by_uid else len(letters)
        ranges = numbers_in(wanted, highest)
        numbered = enumerate(letters, start=1)
        return [(n, one) for n, one in numbered if any((one.uid if by_uid else n) in span for span in ranges)]


Command = Callable[[Session, list[Any], bool], str]
_COMMANDS: Final[dict[str, Command]] = {
    "CAPABILITY": Session.capability,
    "NOOP": Session.noop,
    "CHECK": Session.noop,
    "LOGOUT": Session.logout,
    "LOGIN": Session.login,
    "LIST": Session.list_folders,
    "LSUB": Session.list_folders,
    "STATUS": Session.status,
    "SELECT": Session.select,
    "EXAMINE": Session.examine,
    "CLOSE": Session.close,
    "UNSELECT": Session.close,
    "SEARCH": Session.search,
    "FETCH": Session.fetch,
    "STORE": Session.store,
    "EXPUNGE": Session.expunge,
}
_OPEN: Final = frozenset({"CAPABILITY", "NOOP", "LOGOUT", "LOGIN"})


async def start_mailbox(house: House, *, port: int = 0) -> asyncio.Server:
    """Start the server on a loopback port (0: a free one) and note the port in the house."""
    server = await asyncio.start_server(_visitor(house), "127.0.0.1", port, limit=_LINE_LIMIT)
    house.imap_port = server.sockets[0].getsockname()[1]
    return server


def _visitor(house: House) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        house.visitors.add(writer)
        try:
            with contextlib.suppress(HangUpError, ConnectionError, asyncio.IncompleteReadError):
                await Session(house, reader, writer).serve()
        finally:
            house.visitors.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    return visit

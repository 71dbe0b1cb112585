"""The sender's mailbox, as an IMAP server and an in-memory fake both see it.

The one thing that must hold: UIDs only grow and are never used twice (RFC 3501 2.3.1.1).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class StoredLetter:
    """A letter in the mailbox; `flags` are IMAP system flags, written with their backslash."""

    uid: int
    received_at: datetime
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Mailbox:
    """One folder, INBOX."""

    uid_validity: int
    letters: dict[int, StoredLetter] = field(default_factory=dict)
    next_uid: int = 1
    _listeners: list[Callable[[StoredLetter], None]] = field(
        init=False, default_factory=list, repr=False, compare=False
    )

    def listen(self, *listeners: Callable[[StoredLetter], None]) -> None:
        """Tell somebody of every letter that arrives: who parses inbound mail. Listeners are not saved."""
        self._listeners.extend(listeners)

    def listeners(self) -> tuple[Callable[[StoredLetter], None], ...]:
        """Who is told."""
        return tuple(self._listeners)

    def receive(self, raw: bytes, at: datetime) -> StoredLetter:
        """Append a letter and give it the next UID."""
        letter = StoredLetter(self.next_uid, at, raw)
        self.letters[letter.uid] = letter
        self.next_uid += 1
        for listener in self._listeners:
            listener(letter)
        return letter

    def __len__(self) -> int:
        return len(self.letters)

    def __iter__(self) -> Iterator[StoredLetter]:
        return iter(self.letters.values())

    def since(self, uid: int) -> list[StoredLetter]:
        """Return letters with a UID above `uid`, oldest first; what an incremental reader asks for."""
        return [letter for letter in self.letters.values() if letter.uid > uid]

"""What one recipient remembers of the mails they got.

The one thing that must hold: somebody who has opted out, complained or answered no does not answer later mails.
"""

from dataclasses import dataclass, field

from sandbox.world.habits import ReplyKind, Scripted

_LAST_WORDS = frozenset({ReplyKind.REFUSAL, ReplyKind.UNSUBSCRIBE_WISH, ReplyKind.WRONG_PERSON, ReplyKind.POSITIVE})


@dataclass(slots=True)
class Thread:
    """Mails received so far, whether the person is done with it, and what a script forces on them."""

    mails: int = 0
    closed: str = ""
    scripted: list[Scripted] = field(default_factory=list)
    zone: str = ""

    def answer(self, kind: ReplyKind) -> bool:
        """Whether the person still answers; a last word closes the thread."""
        if self.closed:
            return False
        if kind in _LAST_WORDS:
            self.closed = kind.value
        return True

    def close(self, why: str) -> None:
        """Nothing will come from this person any more."""
        self.closed = self.closed or why

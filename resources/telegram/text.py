"""How a long text becomes messages that Telegram takes: at most 4096 UTF-16 units each.

What must hold: nothing but white space at a cut is lost, no character is cut in two, and no part is empty.
"""

from collections.abc import Iterator
from typing import Final

MESSAGE_UNITS: Final = 4096
CAPTION_UNITS: Final = 1024
TOAST_UNITS: Final = 200


def units(text: str) -> int:
    """Length in UTF-16 code units, which is what Telegram counts."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)  # noqa: PLR2004 - the plane that needs two


def parts(text: str, *, limit: int = MESSAGE_UNITS) -> Iterator[str]:
    """Split a text at line ends, else at spaces, else anywhere.

    Args:
        text: Any text; without anything but white space there are no parts.
        limit: Most UTF-16 units per part, at least 2.

    Yields:
        Parts without white space at their ends.
    """
    rest = text.strip()
    while rest:
        head = _longest_head(rest, limit)
        if len(head) < len(rest):
            head = head[: _cut(head, rest[len(head)])]
        yield head.rstrip()
        rest = rest[len(head) :].lstrip()


def shortened(text: str, *, limit: int) -> str:
    """Cut a text that must stay one piece, with an ellipsis where something is missing."""
    text = text.strip()
    if units(text) <= limit:
        return text
    return _longest_head(text, limit - 1).rstrip() + "…"


def _longest_head(text: str, limit: int) -> str:
    taken = 0
    for index, character in enumerate(text[: limit + 1]):
        taken += units(character)
        if taken > limit:
            return text[:index]
    return text[: limit + 1]


def _cut(head: str, following: str) -> int:
    """Where to cut a full part: behind its last line, else its last word, else at its end."""
    if following.isspace():
        return len(head)
    for mark in ("\n", " "):
        if (found := head.rfind(mark)) > 0:
            return found
    return len(head)

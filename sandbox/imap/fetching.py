"""FETCH: what is sent of a letter.

The one thing that must hold: reading a body without PEEK marks the letter as seen, and nothing else does.
"""

import re
from typing import Any, Final

from sandbox.imap.reading import BadCommandError
from sandbox.imap.searching import parsed
from sandbox.world.mailbox import StoredLetter

_MACROS: Final = {
    "ALL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
    "FAST": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
    "FULL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
}
_SECTION: Final = re.compile(r"BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?\Z", re.IGNORECASE)
_WHOLE: Final = {"RFC822": "", "RFC822.HEADER": "HEADER", "RFC822.TEXT": "TEXT"}
_SEEN: Final = "\\Seen"


def fetched(letter: StoredLetter, items: list[Any], *, by_uid: bool, read_only: bool) -> bytes:
    """Return the parenthesised answer for one letter, marking it as seen where the items say so.

    Raises:
        BadCommandError: an item the server does not know.
    """
    wanted = [str(item) for item in items]
    if len(wanted) == 1 and wanted[0].upper() in _MACROS:
        wanted = _MACROS[wanted[0].upper()]
    if by_uid and "UID" not in (item.upper() for item in wanted):
        wanted = ["UID", *wanted]
    if not read_only and any(_marks_seen(item) for item in wanted):
        letter.flags.add(_SEEN)
        if "FLAGS" not in (item.upper() for item in wanted):
            wanted.append("FLAGS")
    return b"(" + b" ".join(_item(letter, item) for item in wanted) + b")"


def _marks_seen(item: str) -> bool:
    name = item.upper()
    return name in ("RFC822", "RFC822.TEXT") or (name.startswith("BODY[") and not name.startswith("BODY.PEEK"))


def _item(letter: StoredLetter, item: str) -> bytes:
    name = item.upper()
    plain = {
        "UID": f"UID {letter.uid}",
        "FLAGS": f"FLAGS ({' '.join(sorted(letter.flags))})",
        "RFC822.SIZE": f"RFC822.SIZE {len(letter.raw)}",
        "INTERNALDATE": f'INTERNALDATE "{letter.received_at:%d-%b-%Y %H:%M:%S +0000}"',
    }
    if name in plain:
        return plain[name].encode()
    if name in _WHOLE:
        return _literal(name.encode(), _section(letter, _WHOLE[name]))
    match = _SECTION.match(item)
    if match is None:
        raise BadCommandError(f"unknown item {item}")
    content = _section(letter, match.group(2))
    place = ""
    if match.group(3) is not None:
        start = int(match.group(3))
        content, place = content[start : start + int(match.group(4))], f"<{start}>"
    return _literal(f"BODY[{match.group(2).upper()}]{place}".encode(), content)


def _section(letter: StoredLetter, section: str) -> bytes:
    name = section.upper()
    if not name:
        return letter.raw
    if name == "HEADER":
        return header(letter.raw)
    if name == "TEXT":
        return letter.raw[len(header(letter.raw)) :]
    fields = re.match(r"HEADER\.FIELDS(\.NOT)? \(([^)]*)\)\Z", name)
    if fields is None:
        raise BadCommandError(f"unknown section {section}")
    wanted = set(fields.group(2).lower().split())
    kept = [
        f"{key}: {value}\r\n"
        for key, value in parsed(letter).items()
        if (key.lower() in wanted) != bool(fields.group(1))
    ]
    return ("".join(kept) + "\r\n").encode()


def header(raw: bytes) -> bytes:
    """Return the header of a letter with the empty line that ends it."""
    end = raw.find(b"\r\n\r\n")
    return raw if end < 0 else raw[: end + 4]


def _literal(name: bytes, content: bytes) -> bytes:
    return name + b" {%d}\r\n" % len(content) + content

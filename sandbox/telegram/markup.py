"""Reading a text with its markup: plain text and entities out of HTML.

The one thing that must hold: offsets and lengths are counted in UTF-16 code units, and markup that cannot be read is
refused with the place, never shown as it is.
"""

import html
import re
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.telegram.errors import cannot_parse

Entity = dict[str, Any]

_TAGS: Final[dict[str, str]] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s+[^<>]*)?)>")
_HREF: Final = re.compile(r"href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_CHARACTER: Final = re.compile(r"&(lt|gt|amp|quot|#\d+|#x[0-9A-Fa-f]+);")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


def units(text: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(slots=True)
class Draft:
    """Text read so far, entities found, and those still open: (name, offset, extras, byte offset)."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    open: list[tuple[str, int, dict[str, Any], int]] = field(default_factory=list)

    def begin(self, name: str, at_byte: int, **extras: Any) -> None:
        """Open an entity at the end of the text."""
        self.open.append((name, units(self.text), extras, at_byte))

    def end(self, kind: str, **extras: Any) -> None:
        """Close the entity opened last; an empty one leaves nothing."""
        _, offset, kept, _ = self.open.pop()
        length = units(self.text) - offset
        if length:
            self.entities.append({"type": kind, "offset": offset, "length": length, **kept, **extras})

    def finished(self) -> tuple[str, list[Entity]]:
        """Return text and entities in order of their place."""
        return self.text, sorted(self.entities, key=lambda entity: (entity["offset"], -entity["length"]))


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the text and its entities.

    Raises:
        TelegramRefusal: 400 can't parse entities.
    """
    draft = Draft()
    place = 0
    while place < len(source):
        character = source[place]
        if character == "<":
            place = _tag(source, place, draft)
        elif character == "&":
            place = _character(source, place, draft)
        else:
            draft.text += character
            place += 1
    if draft.open:
        raise cannot_parse(f'Can\'t find end tag corresponding to start tag "{draft.open[-1][0]}"')
    return draft.finished()


def _tag(source: str, place: int, draft: Draft) -> int:
    at_byte = len(source[:place].encode())
    match = _TAG.match(source, place)
    if match is None:
        word = re.match(r"</?([^\s<>]*)", source[place:])
        raise cannot_parse(f'Unsupported start tag "{word.group(1) if word else ""}" at byte offset {at_byte}')
    closing, name, attributes = match.group(1), match.group(2).lower(), match.group(3)
    if closing:
        if not draft.open:
            raise cannot_parse(f"Unexpected end tag at byte offset {at_byte}")
        if draft.open[-1][0] != name:
            raise cannot_parse(
                f'Unmatched end tag at byte offset {at_byte}, expected "</{draft.open[-1][0]}>", found "</{name}>"'
            )
        draft.end(_TAGS[name])
        return match.end()
    if name not in _TAGS or (name == "span" and "tg-spoiler" not in attributes):
        raise cannot_parse(f'Unsupported start tag "{name}" at byte offset {at_byte}')
    extras: dict[str, Any] = {}
    if name == "a":
        href = _HREF.search(attributes)
        extras["url"] = next((group for group in href.groups() if group), "") if href else ""
    draft.begin(name, at_byte, **extras)
    return match.end()


def _character(source: str, place: int, draft: Draft) -> int:
    """Replace a character reference; an ampersand that begins none stands for itself, as on the real server."""
    match = _CHARACTER.match(source, place)
    if match is None:
        draft.text += "&"
        return place + 1
    name = match.group(1)
    if name in _NAMED:
        draft.text += _NAMED[name]
    else:
        draft.text += html.unescape(match.group(0))
    return match.end()

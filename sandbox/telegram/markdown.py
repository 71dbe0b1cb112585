"""Reading MarkdownV2, and the older Markdown.

The one thing that must hold: a reserved character that is not part of markup and not escaped is refused, as the real
server does.
"""

import re
from typing import Final

from sandbox.telegram.errors import cannot_parse
from sandbox.telegram.markup import Draft, Entity

RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!")
_PAIRED: Final = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler"}
_FENCE: Final = "```"
_OLD: Final = {"*": "bold", "_": "italic", "`": "code"}


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """Return the text and its entities.

    Raises:
        TelegramRefusal: 400 can't parse entities.
    """
    draft = Draft()
    place = 0
    while place < len(source):
        place = _step(source, place, draft)
    if draft.open:
        name, _, _, at_byte = draft.open[-1]
        raise cannot_parse(f"Can't find end of {name.capitalize()} entity at byte offset {at_byte}")
    return draft.finished()


def _step(source: str, place: int, draft: Draft) -> int:
    character = source[place]
    if character == "\\" and place + 1 < len(source) and ord(source[place + 1]) < 127:  # noqa: PLR2004 - ASCII only
        draft.text += source[place + 1]
        return place + 2
    if character == "`":
        return _code(source, place, draft)
    if character == "[":
        draft.begin("link", _byte(source, place))
        return place + 1
    if character == "]" and draft.open and draft.open[-1][0] == "link":
        return _link(source, place, draft)
    marker = _marker(source, place)
    if marker is not None:
        return _toggle(source, place, marker, draft)
    if character == ">" and (place == 0 or source[place - 1] == "\n"):
        return place + 1
    if character in RESERVED:
        raise cannot_parse(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")
    draft.text += character
    return place + 1


def _marker(source: str, place: int) -> str | None:
    for marker in ("__", "||", "*", "_", "~"):
        if source.startswith(marker, place):
            return marker
    return None


def _toggle(source: str, place: int, marker: str, draft: Draft) -> int:
    kind = _PAIRED[marker]
    if draft.open and draft.open[-1][0] == kind:
        draft.end(kind)
    else:
        draft.begin(kind, _byte(source, place))
    return place + len(marker)


def _code(source: str, place: int, draft: Draft) -> int:
    """Code and pre: inside, only the backtick and the backslash are special."""
    fence = _FENCE if source.startswith(_FENCE, place) else "`"
    kind = "pre" if fence == _FENCE else "code"
    start = place + len(fence)
    end = start
    while end < len(source) and not source.startswith(fence, end):
        end += 2 if source[end] == "\\" else 1
    if end >= len(source):
        name = "PreCode" if kind == "pre" else "Code"
        raise cannot_parse(f"Can't find end of {name} entity at byte offset {_byte(source, place)}")
    inside = source[start:end]
    language = re.match(r"([A-Za-z0-9_+-]+)\n", inside) if kind == "pre" else None
    draft.begin(kind, _byte(source, place))
    draft.text += re.sub(r"\\([`\\])", r"\1", inside[language.end() :] if language else inside)
    if language:
        draft.end(kind, language=language.group(1))
    else:
        draft.end(kind)
    return end + len(fence)


def _link(source: str, place: int, draft: Draft) -> int:
    match = re.match(r"\]\(((?:[^)\\]|\\.)*)\)", source[place:])
    if match is None:
        raise cannot_parse(f"Can't find end of a URL at byte offset {_byte(source, place)}")
    draft.end("text_link", url=re.sub(r"\\(.)", r"\1", match.group(1)))
    return place + match.end()


def parse_old_markdown(source: str) -> tuple[str, list[Entity]]:
    """Return the text and its entities; this markup does not nest.

    Raises:
        TelegramRefusal: 400 can't parse entities.
    """
    draft = Draft()
    place = 0
    while place < len(source):
        character = source[place]
        if character == "\\" and source[place + 1 : place + 2] in _OLD:
            draft.text += source[place + 1]
            place += 2
        elif character in _OLD:
            end = source.find(character, place + 1)
            if end < 0:
                raise cannot_parse(f"Can't find end of the entity starting at byte offset {_byte(source, place)}")
            draft.begin(_OLD[character], _byte(source, place))
            draft.text += source[place + 1 : end]
            draft.end(_OLD[character])
            place = end + 1
        else:
            draft.text += character
            place += 1
    return draft.finished()


def _byte(source: str, place: int) -> int:
    return len(source[:place].encode())

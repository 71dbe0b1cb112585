"""The words of a mail in HTML, one line per block, without what its program marks as quoted.

What must hold: styles, scripts and quotations never become words; broken markup is read as far as it goes.
"""

from html.parser import HTMLParser
from typing import Final

_BLOCKS: Final = frozenset({"p", "br", "div", "li", "tr", "table", "h1", "h2", "h3", "hr", "ul", "ol"})
_HIDDEN: Final = frozenset({"style", "script", "title", "head", "blockquote"})
_VOID: Final = frozenset({"br", "hr", "img", "meta", "link", "input", "col", "wbr", "area", "base"})
_QUOTES: Final = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "divrplyfwdmsg", "appendonsend")
"""Classes and ids under which mail programs put what is answered; Outlook's stands before it, so all after it goes."""
_TO_THE_END: Final = ("divrplyfwdmsg", "appendonsend")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden: list[str] = []
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = " ".join(value or "" for name, value in attrs if name in ("class", "id")).casefold()
        self._over = self._over or any(mark in marks for mark in _TO_THE_END)
        if tag in _VOID:
            self.parts.append("\n" if tag in _BLOCKS else "")
        elif self._hidden or tag in _HIDDEN or any(mark in marks for mark in _QUOTES):
            self._hidden.append(tag)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif tag in _BLOCKS and not self._hidden:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden and not self._over:
            self.parts.append(" ".join(data.split()) if data.strip() else " ")
            if data[-1:].isspace() and data.strip():
                self.parts.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _BLOCKS:
            self.parts.append("\n")


def words_of(html: str) -> str:
    """The words, blocks on lines of their own."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(lines).strip()

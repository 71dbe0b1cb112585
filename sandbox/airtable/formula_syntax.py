"""Reading Airtable formulas: from text to a tree.

The one thing that must hold: what cannot be read is refused as a whole; no part of a formula is ever skipped.
"""

import re
from dataclasses import dataclass
from typing import Final

from sandbox.airtable.errors import bad_formula

INVALID: Final = "Invalid formula. Please check your formula text."

MAX_TOKENS: Final = 20_000
"""More than any URL or sensible body holds."""
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<field>\{(?:[^}\\]|\\.)+\})
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign><=|>=|!=|[=<>&+\-*/(),])
    )""",
    re.VERBOSE | re.DOTALL,
)
_LEVELS: Final = (("=", "!=", "<", "<=", ">", ">="), ("&",), ("+", "-"), ("*", "/"))
"""Binary operators from the loosest to the tightest."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or a string as written."""

    value: float | str


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field by name or by id."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator with its arguments; operators are named by their sign."""

    name: str
    arguments: tuple["Node", ...]


Node = Constant | FieldRef | Call


@dataclass(slots=True)
class _Reader:
    tokens: list[tuple[str, str]]
    place: int = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.place += 1
        return token

    def expect(self, sign: str) -> None:
        if self.take() != ("sign", sign):
            raise bad_formula(INVALID)


def parse(text: str) -> Node:
    """Return the tree of a formula.

    Raises:
        AirtableRefusal: 422 INVALID_FILTER_BY_FORMULA.
    """
    reader = _Reader(_tokens(text))
    if len(reader.tokens) > MAX_TOKENS:
        raise bad_formula(INVALID)
    try:
        tree = _binary(reader, 0)
    except RecursionError:
        raise bad_formula(INVALID) from None
    if reader.peek()[0] != "end":
        raise bad_formula(INVALID)
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise bad_formula(INVALID)
        found.append((match.lastgroup, match.group(match.lastgroup)))
        place = match.end()
    return found


def _binary(reader: _Reader, level: int) -> Node:
    if level == len(_LEVELS):
        return _unary(reader)
    left = _binary(reader, level + 1)
    while reader.peek()[0] == "sign" and reader.peek()[1] in _LEVELS[level]:
        sign = reader.take()[1]
        left = Call(sign, (left, _binary(reader, level + 1)))
    return left


def _unary(reader: _Reader) -> Node:
    if reader.peek() == ("sign", "-"):
        reader.take()
        return Call("-", (Constant(0.0), _unary(reader)))
    return _atom(reader)


def _atom(reader: _Reader) -> Node:
    kind, text = reader.take()
    if kind == "number":
        return Constant(float(text))
    if kind == "text":
        return Constant(_unescaped(text[1:-1]))
    if kind == "field":
        return FieldRef(_unescaped(text[1:-1]))
    if kind == "name":
        return _call(reader, text.upper()) if reader.peek() == ("sign", "(") else FieldRef(text)
    if (kind, text) == ("sign", "("):
        inner = _binary(reader, 0)
        reader.expect(")")
        return inner
    raise bad_formula(INVALID)


def _call(reader: _Reader, name: str) -> Node:
    reader.expect("(")
    arguments: list[Node] = []
    if reader.peek() != ("sign", ")"):
        arguments.append(_binary(reader, 0))
        while reader.peek() == ("sign", ","):
            reader.take()
            arguments.append(_binary(reader, 0))
    reader.expect(")")
    return Call(name, tuple(arguments))


def _unescaped(text: str) -> str:
    controls = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"\\(.)", lambda match: controls.get(match.group(1), match.group(1)), text, flags=re.DOTALL)

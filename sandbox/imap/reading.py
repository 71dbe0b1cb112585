"""Reading IMAP commands: lines, literals, and their arguments.

The one thing that must hold: a literal is taken byte for byte, whatever stands in it (RFC 3501 4.3).
"""

import asyncio
import re
from typing import Any, Final

MAX_LITERAL: Final = 1_000_000
_LITERAL: Final = re.compile(rb"\{(\d+)(\+?)\}\r?\n\Z")
_TOKEN: Final = re.compile(
    rb"""\s*(?:
        (?P<open>\()
      | (?P<close>\))
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | \{(?P<size>\d+)\+?\}\r?\n
      | (?P<atom>[^\s()"\[]*(?:\[[^\]]*\])?[^\s()"]*)
    )""",
    re.VERBOSE,
)

Argument = Any
"""A string, or a list of arguments for what stood in parentheses."""


class BadCommandError(Exception):
    """A line that is no command."""


async def read_command(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
    """Return one whole command with its literals, None when the client is gone.

    Raises:
        BadCommandError: a literal that is too large.
    """
    whole = b""
    while True:
        line = await reader.readline()
        if not line:
            return None
        whole += line
        match = _LITERAL.search(line)
        if match is None:
            return whole
        size = int(match.group(1))
        if size > MAX_LITERAL:
            raise BadCommandError("literal too large")
        if not match.group(2):
            writer.write(b"+ go ahead\r\n")
            await writer.drain()
        whole += await reader.readexactly(size)


def parse_command(raw: bytes) -> tuple[str, str, list[Argument]]:
    """Return tag, command in upper case, and arguments.

    Raises:
        BadCommandError: the line has no tag or no command, or its parentheses do not match.
    """
    arguments = _arguments(raw)
    if len(arguments) < 2 or not all(isinstance(one, str) for one in arguments[:2]):  # noqa: PLR2004 - tag and name
        raise BadCommandError("a command has a tag and a name")
    return arguments[0], arguments[1].upper(), arguments[2:]


def _arguments(raw: bytes) -> list[Argument]:
    stack: list[list[Argument]] = [[]]
    place, end = 0, len(raw.rstrip(b"\r\n"))
    while place < end:
        match = _TOKEN.match(raw, place)
        if match is None or match.end() == place:
            raise BadCommandError("the line cannot be read")
        place = match.end()
        if match.group("open"):
            stack.append([])
        elif match.group("close"):
            if len(stack) == 1:
                raise BadCommandError("a parenthesis too many")
            inner = stack.pop()
            stack[-1].append(inner)
        elif match.group("quoted") is not None:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", match.group("quoted")).decode("utf-8", "replace"))
        elif match.group("size") is not None:
            size = int(match.group("size"))
            stack[-1].append(raw[place : place + size].decode("utf-8", "replace"))
            place += size
        elif match.group("atom"):
            stack[-1].append(match.group("atom").decode("utf-8", "replace"))
    if len(stack) != 1:
        raise BadCommandError("a parenthesis is missing")
    return stack[0]


def numbers_in(text: str, highest: int) -> list[range]:
    """Return the ranges of a sequence set such as `1,4:6,9:*`.

    Raises:
        BadCommandError: it is no sequence set.
    """
    ranges: list[range] = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        try:
            ends = [highest if end == "*" else int(end) for end in (first, last or first)]
        except ValueError:
            raise BadCommandError("no sequence set") from None
        ranges.append(range(min(ends), max(ends) + 1))
    return ranges

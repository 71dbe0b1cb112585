"""SEARCH: which letters fit a list of keys.

The one thing that must hold: keys are ANDed, dates compare days only (RFC 3501 6.4.4), and an unknown key is refused.
"""

import email
import email.policy
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any, Final

from sandbox.imap.reading import BadCommandError, numbers_in
from sandbox.world.mailbox import StoredLetter

Test = Callable[[StoredLetter, int], bool]
"""Takes a letter and its sequence number."""

_FLAGS: Final = {
    "SEEN": "\\Seen",
    "ANSWERED": "\\Answered",
    "FLAGGED": "\\Flagged",
    "DELETED": "\\Deleted",
    "DRAFT": "\\Draft",
    "RECENT": "\\Recent",
}
_HEADERS: Final = {"FROM": "From", "TO": "To", "CC": "Cc", "SUBJECT": "Subject"}


def matching(letters: list[StoredLetter], keys: list[Any]) -> list[tuple[int, StoredLetter]]:
    """Return sequence numbers and letters that pass every key.

    Raises:
        BadCommandError: a key the server does not know.
    """
    keys = list(keys)
    if keys and str(keys[0]).upper() == "CHARSET":
        keys = keys[2:]
    highest = letters[-1].uid if letters else 0
    tests: list[Test] = []
    while keys:
        tests.append(_test(keys, highest, len(letters)))
    return [
        (number, letter)
        for number, letter in enumerate(letters, start=1)
        if all(test(letter, number) for test in tests)
    ]


def parsed(letter: StoredLetter) -> EmailMessage:
    """Return a letter as a message."""
    return email.message_from_bytes(letter.raw, policy=email.policy.default)


def _test(keys: list[Any], highest_uid: int, count: int) -> Test:
    """Take one key with its arguments from the front of `keys`."""
    key = keys.pop(0)
    if isinstance(key, list):
        inner = list(key)
        tests = []
        while inner:
            tests.append(_test(inner, highest_uid, count))
        return lambda letter, number: all(test(letter, number) for test in tests)
    name = key.upper()
    if name == "ALL":
        return lambda _letter, _number: True
    if name == "NOT":
        negated = _test(keys, highest_uid, count)
        return lambda letter, number: not negated(letter, number)
    if name == "OR":
        left, right = _test(keys, highest_uid, count), _test(keys, highest_uid, count)
        return lambda letter, number: left(letter, number) or right(letter, number)
    if name == "UID":
        uids = numbers_in(_text(keys), highest_uid)
        return lambda letter, _number: any(letter.uid in one for one in uids)
    if name[0].isdigit() or name[0] == "*":
        places = numbers_in(name, count)
        return lambda _letter, number: any(number in one for one in places)
    return _flag_test(name) or _content_test(name, keys)


def _flag_test(name: str) -> Test | None:
    if name in ("NEW", "OLD"):
        return lambda letter, _number: ("\\Seen" not in letter.flags) == (name == "NEW")
    if name in _FLAGS:
        return lambda letter, _number: _FLAGS[name] in letter.flags
    opposite = name.removeprefix("UN")
    if opposite in _FLAGS and opposite != name:
        return lambda letter, _number: _FLAGS[opposite] not in letter.flags
    return None


def _content_test(name: str, keys: list[Any]) -> Test:
    if name in ("SINCE", "BEFORE", "ON", "SENTSINCE", "SENTBEFORE", "SENTON"):
        return _date_test(name.removeprefix("SENT"), _day(_text(keys)))
    if name == "HEADER":
        field, wanted = _text(keys), _text(keys).lower()
        return lambda letter, _number: field in parsed(letter) and wanted in str(parsed(letter)[field]).lower()
    if name in _HEADERS:
        wanted = _text(keys).lower()
        return lambda letter, _number: wanted in str(parsed(letter)[_HEADERS[name]] or "").lower()
    if name in ("TEXT", "BODY"):
        wanted = _text(keys).lower()
        return lambda letter, _number: wanted in letter.raw.decode("utf-8", "replace").lower()
    if name in ("LARGER", "SMALLER"):
        size = int(_text(keys))
        return lambda letter, _number: (len(letter.raw) > size) == (name == "LARGER")
    raise BadCommandError(f"unknown search key {name}")


def _date_test(name: str, day: date) -> Test:
    if name == "SINCE":
        return lambda letter, _number: letter.received_at.date() >= day
    if name == "BEFORE":
        return lambda letter, _number: letter.received_at.date() < day
    return lambda letter, _number: letter.received_at.date() == day


def _text(keys: list[Any]) -> str:
    if not keys or not isinstance(keys[0], str):
        raise BadCommandError("a search key lacks its argument")
    return str(keys.pop(0))


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=UTC).date()
    except ValueError:
        raise BadCommandError("no date") from None

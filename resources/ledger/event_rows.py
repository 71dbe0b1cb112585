"""Events as rows, and how two copies of one event become one.

What must hold: joining is commutative, associative and idempotent, so that whatever order copies come in, and however
often, the same row remains (invariant I6). A copy that was polled outranks one that was posted to us: the poll is the
truth, a post is its earlier echo.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, overload

from rules.hashing import encodable


class EventSource(StrEnum):
    """How a copy of an event reached us (rule B41)."""

    POLL = "poll"
    WEBHOOK = "webhook"


class EventRow(NamedTuple):
    """An event in the columns and the text forms it is stored in.

    ``at`` as `schema.moment_text` writes it; what others wrote is `storable`; all of it plain ``str``, no enumeration,
    which a driver would look up an adapter for, a million times.
    """

    event_key: str
    day: str
    kind: str
    message_id: str
    send_key: str | None
    address_hash: str
    at: str
    reason: str | None
    link: str | None
    raw: str
    source: str | None
    agent: str | None


def joined(one: EventRow, other: EventRow) -> EventRow:
    """Two copies of an event as one: the better copy, with what only the other one tells."""
    if one == other:
        return one
    best = min(one, other, key=_rank)
    return best._replace(
        send_key=_told(one.send_key, other.send_key), agent=_told(one.agent, other.agent), source=best.source
    )


def distinct(rows: Iterable[EventRow]) -> dict[str, EventRow]:
    """Rows by key, copies joined."""
    kept: dict[str, EventRow] = {}
    for row in rows:
        known = kept.setdefault(row.event_key, row)
        if known is not row:
            kept[row.event_key] = joined(known, row)
    return kept


@overload
def storable(text: str) -> str: ...
@overload
def storable(text: None) -> None: ...
@overload
def storable(text: str | None) -> str | None: ...
def storable(text: str | None) -> str | None:
    """The text without what no database can hold (NUL, half a surrogate pair)."""
    if text is None or (text.isascii() and text.isprintable()):
        return text
    return encodable(text).replace("\x00", "\ufffd")


def _rank(row: EventRow) -> tuple[object, ...]:
    """A total order of copies: the poll's first, then the earliest, then whatever they say."""
    said = ((value is None, value or "") for value in (row.reason, row.link, row.send_key, row.agent))
    return row.source == EventSource.WEBHOOK, row.at, row.raw, row.day, row.kind, row.message_id, *said


def _told(one: str | None, other: str | None) -> str | None:
    return min((value for value in (one, other) if value is not None), default=None)

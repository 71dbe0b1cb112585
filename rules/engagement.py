"""What an event means: its key, and whether it ends the conversation (rules A2, A10; invariant I6).

What must hold: equal events have equal keys, and effects only ever add suppressions, so order never matters.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl

from rules.hashing import content_hash

STOPS = {
    "hard_bounce": "hard_bounce",
    "invalid": "hard_bounce",
    "blocked": "blocked",
    "complaint": "complaint",
    "unsubscribed": "unsubscribed",
}
"""Kinds of event that suppress the address for good, and the reason they do it with."""


def event_key(*, message_id: str, kind: str, at: datetime, email: str, link: str | None) -> str:
    """The provider gives no event id: message, kind, second, address and link are one event."""
    moment = at.astimezone(UTC).replace(microsecond=0).isoformat()
    return content_hash([message_id.strip("<> "), kind, moment, email.casefold(), link or ""])


def event_keys(events: pl.DataFrame) -> pl.Series:
    """`event_key` of many events at once.

    Args:
        events: Columns ``message_id``, ``kind``, ``email`` and ``link`` (text), ``at`` (UTC microseconds).
    """
    second = pl.col("at").dt.truncate("1s").dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    parts = events.select(
        pl.col("message_id").str.strip_chars("<> "), "kind", second, pl.col("email").str.to_lowercase(),
        pl.col("link").fill_null(""),
    )  # fmt: skip
    text = parts.select(
        told=pl.format('["{}","{}","{}","{}","{}"]', *parts.columns),
        plain=~pl.concat_str("message_id", "kind", "email", "link").str.contains(r'["\\\x00-\x1f]|[^\x00-\x7f]'),
    )
    keys = [
        hashlib.sha256(told.encode()).hexdigest()[:32] if plain else None
        for told, plain in zip(text["told"].to_list(), text["plain"].to_list(), strict=True)
    ]
    unusual = [position for position, key in enumerate(keys) if key is None]
    for position, row in zip(unusual, events[unusual].iter_rows(named=True), strict=True):
        told = {name: row[name] for name in ("message_id", "kind", "at", "email", "link")}
        keys[position] = event_key(**told)
    return pl.Series("event_key", keys, dtype=pl.String)


def rate(part: int, whole: int) -> float | None:
    """A rate, or ``None`` where there is nothing to take it of (rule B26)."""
    return None if whole == 0 else part / whole


def opt_out_burst(opted_out: int, leads: Callable[[], int]) -> str | None:
    """Why the opt-outs of one hour look wrong, or ``None``: 20 or more, and over 5 % of the leads.

    Args:
        opted_out: People who opted out within the hour.
        leads: Counts the leads; asked only where it matters.
    """
    if opted_out < 20 or opted_out <= 0.05 * (known := leads()):  # noqa: PLR2004 - bars of the safety page
        return None
    return f"{opted_out} of {known} people opted out within an hour."

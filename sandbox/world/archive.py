"""Saving a world to a file and reading it back.

The one thing that must hold: the file is JSON, holds everything including what has not happened yet, and replaces the
earlier one in one step (a crash leaves either the old file or the new one).
"""

import base64
import json
import os
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sandbox.airtable import schema, store
from sandbox.openai import state as openai_state
from sandbox.perplexity import state as perplexity_state
from sandbox.telegram import state as telegram_state
from sandbox.world import faults, habits, mail, mailbox, people, provider, switches, tally, threads

_MARK: Final = "$"
_PLAIN: Final = frozenset({type(None), bool, int, float, str})
_CLASSES: Final[dict[str, type]] = {
    kind.__name__: kind
    for kind in (
        faults.ArmedFault,
        faults.FaultDesk,
        habits.Fate,
        habits.Habits,
        habits.ReplyKind,
        habits.Scripted,
        mail.AcceptedMail,
        mail.Correspondent,
        mail.EventKind,
        mail.MailEvent,
        mail.OutgoingMail,
        mailbox.Mailbox,
        mailbox.StoredLetter,
        openai_state.OpenAIState,
        openai_state.PromptCache,
        openai_state.StoredBatch,
        openai_state.StoredFile,
        people.Doing,
        people.Happening,
        perplexity_state.BackgroundRun,
        perplexity_state.PerplexityState,
        provider.BlockedContact,
        provider.Provider,
        provider.ScheduledMail,
        provider.Sender,
        provider.Webhook,
        schema.Base,
        schema.Comment,
        schema.Field,
        schema.Record,
        schema.Table,
        schema.View,
        store.AirtableStore,
        store.PageIterator,
        switches.Switches,
        tally.Tally,
        telegram_state.TelegramFile,
        telegram_state.TelegramState,
        threads.Thread,
    )
}


_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    kind: tuple(entry.name for entry in fields(kind) if entry.name[0] != "_")
    for kind in _CLASSES.values()
    if is_dataclass(kind)
}


def encoded(value: Any) -> Any:
    """Turn a value into JSON; what JSON lacks becomes an object with one key that begins with `$`.

    Raises:
        TypeError: for a value the archive does not know; better than losing it.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind in _FIELDS:
        return {
            _MARK + "of": kind.__name__,
            "fields": {name: encoded(getattr(value, name)) for name in _FIELDS[kind]},
        }
    if isinstance(value, StrEnum):
        return {_MARK + "enum": [kind.__name__, value.value]}
    for known, mark, writer in _WRITERS:
        if isinstance(value, known):
            return writer(value) if mark is None else {_MARK + mark: writer(value)}
    raise TypeError(f"the archive cannot keep a {kind.__name__}")


def _written_list(value: Any) -> list[Any]:
    return [encoded(entry) for entry in value]


def _written_dict(value: dict[Any, Any]) -> Any:
    if all(isinstance(key, str) and not key.startswith(_MARK) for key in value):
        return {key: encoded(entry) for key, entry in value.items()}
    return {_MARK + "pairs": [[encoded(key), encoded(entry)] for key, entry in value.items()]}


_WRITERS: Final[tuple[tuple[type, str | None, Callable[[Any], Any]], ...]] = (
    (datetime, "at", lambda value: value.astimezone(UTC).isoformat()),
    (date, "day", lambda value: value.isoformat()),
    (timedelta, "span", lambda value: value.total_seconds()),
    (bytes, "bytes", lambda value: base64.b64encode(value).decode("ascii")),
    (tuple, "tuple", _written_list),
    (set, "set", sorted),
    (list, None, _written_list),
    (dict, None, _written_dict),
)
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "$at": datetime.fromisoformat,
    "$day": date.fromisoformat,
    "$span": lambda value: timedelta(seconds=value),
    "$bytes": base64.b64decode,
    "$tuple": lambda value: tuple(decoded(entry) for entry in value),
    "$set": set,
    "$enum": lambda value: _CLASSES[value[0]](value[1]),
    "$pairs": lambda value: {decoded(key): decoded(entry) for key, entry in value},
}


def decoded(value: Any) -> Any:
    """Undo `encoded`."""
    if isinstance(value, list):
        return [decoded(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if _MARK + "of" in value:
        return _CLASSES[value[_MARK + "of"]](**{name: decoded(entry) for name, entry in value["fields"].items()})
    if len(value) == 1 and (mark := next(iter(value))) in _READERS:
        return _READERS[mark](value[mark])
    return {key: decoded(entry) for key, entry in value.items()}


def write(path: Path, parts: dict[str, Any]) -> None:
    """Write the parts of a world, replacing the file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f"{path.name}.new")
    with waiting.open("w", encoding="utf-8") as file:
        json.dump(encoded(parts), file, ensure_ascii=False, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)


def read(path: Path) -> dict[str, Any]:
    """Read the parts of a world.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is not one of ours.
    """
    parts = decoded(json.loads(path.read_text(encoding="utf-8")))
    if not isinstance(parts, dict) or "seed" not in parts:
        raise ValueError(f"{path} does not hold a world")
    return parts

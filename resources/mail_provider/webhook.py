"""Events as Brevo posts them: both body shapes, the webhook's own spelling and its clock.

What must hold: one item that cannot be read does not cost the others of its body, and says why it could not.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from resources.mail_provider.gateway import ProviderEvent
from resources.mail_provider.wire import bracketed, kind_of, send_key, text

_SECONDS_UNTIL: Final = 100_000_000_000
"""``ts_epoch`` below this is in seconds (some of the documentation's examples), above in milliseconds."""


@dataclass(frozen=True, slots=True)
class PostedEvents:
    """What a body held: events, and a sentence for each item that is none."""

    events: tuple[ProviderEvent, ...]
    problems: tuple[str, ...]


def read_post(body: bytes) -> PostedEvents:
    """Read a body: a single item, an array of items, or an array under ``events``.

    Raises nothing: a body that is no JSON, or no shape we know, has no events and one problem.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        return PostedEvents((), (f"the body is not JSON ({type(error).__name__})",))
    if isinstance(document, dict) and isinstance(document.get("events"), list):
        document = document["events"]
    items = document if isinstance(document, list) else [document]
    if not items:
        return PostedEvents((), ("the body holds no event",))
    events: list[ProviderEvent] = []
    problems: list[str] = []
    for position, item in enumerate(items, start=1):
        try:
            events.append(_event(item))
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            problems.append(f"item {position} of {len(items)}: {_why(error)}")
    return PostedEvents(tuple(events), tuple(problems))


def _event(item: Any) -> ProviderEvent:
    if not isinstance(item, Mapping):
        raise TypeError("it is no JSON object")
    name, address, message_id = (_required(item, key) for key in ("event", "email", "message-id"))
    return ProviderEvent(
        kind=kind_of(name),
        message_id=bracketed(message_id),
        email=address,
        at=_instant(item),
        send_key=send_key(item.get("tags")) or send_key(item.get("tag")) or text(item.get("X-Mailin-custom")),
        reason=text(item.get("reason")),
        link=text(item.get("link")),
        raw=item,
        agent=text(item.get("user_agent")),
    )


def _required(item: Mapping[str, Any], key: str) -> str:
    value = item[key]
    if not isinstance(value, str) or not value.strip(" <>"):
        raise ValueError(f"its {key} is no text")
    return value.strip()


def _instant(item: Mapping[str, Any]) -> datetime:
    """When it happened: of the four times in an item only ``ts_epoch`` is an instant (the others are wall clocks)."""
    epoch = item["ts_epoch"]
    if isinstance(epoch, bool) or not isinstance(epoch, int | float):
        raise TypeError("its ts_epoch is no number")
    return datetime.fromtimestamp(epoch if epoch < _SECONDS_UNTIL else epoch / 1000, tz=UTC)


def _why(error: Exception) -> str:
    return f"it has no {error.args[0]}" if isinstance(error, KeyError) else str(error)

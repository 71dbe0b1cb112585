"""Provider events as the ledger keeps them: keyed by content, the address as a keyed hash, the raw item without it.

What must hold: no address, name or subject line stands in a row, and a row depends on its event alone. Everything here
runs once per event, a million times in a year's listing.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import orjson

from resources.collecting import uncollected
from resources.ledger.event_rows import EventRow, EventSource, storable
from resources.ledger.schema import moment_text
from resources.mail_provider.gateway import EventKind, ProviderEvent
from rules.addresses import normalise_address
from rules.engagement import event_keys
from rules.hashing import address_hash, canonical, encodable
from stages.days import day_of

PERSONAL = frozenset({"email", "from", "to", "subject", "contact_id", "mirror_link"})
"""Fields of a raw item that name somebody or show what was written to them."""


@uncollected()
def event_rows(
    events: Sequence[ProviderEvent], *, zone: ZoneInfo, pepper: str, source: EventSource = EventSource.POLL
) -> list[EventRow]:
    """Make rows of events, in their order.

    Args:
        events: As the gateway read them; about 0.4 kB each, so the caller bounds how many.
        zone: The operator's: an event's day is a day there (rule B25).
        pepper: Key of the address hashes.
        source: How these copies came.
    """
    told_by = str(source)
    kinds = [event.kind._value_ for event in events]
    person = cache(lambda email: _person(email, pepper))
    # Offsets of zones are whole minutes, and many events share one.
    day = cache(lambda minute: day_of(datetime.fromisoformat(f"{minute}:00+00:00"), zone))
    messages, links = [event.message_id for event in events], [event.link or "" for event in events]
    moments = [moment_text(event.at) for event in events]
    people = [person(event.email) for event in events]
    keys = event_keys(
        messages,
        [_name(event, kind) for event, kind in zip(events, kinds, strict=True)],
        moments,
        [address for address, _ in people],
        links,
    )
    return [
        EventRow(
            key, day(moment[:16]), kind, storable(event.message_id), storable(event.send_key), hashed, moment,
            storable(event.reason), storable(event.link), _raw(event), told_by, storable(event.agent),
        )
        for event, key, kind, moment, (_, hashed) in zip(events, keys, kinds, moments, people, strict=True)
    ]  # fmt: skip


def _person(email: str, pepper: str) -> tuple[str, str]:
    address = normalise_address(encodable(email))
    return address, address_hash(address, pepper)


def _name(event: ProviderEvent, kind: str) -> str:
    """How a kind is keyed: of those that nobody knows yet, two events of different names stay two."""
    return f"{kind}:{event.raw.get('event')}" if event.kind is EventKind.UNRECOGNISED else kind


def _raw(event: ProviderEvent) -> str:
    """The raw item as canonical JSON; what the quick writer refuses (a cut emoji, a huge number) the slow one takes."""
    told = {name: value for name, value in event.raw.items() if name not in PERSONAL}
    try:
        return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return canonical(told)

"""Provider events as the ledger keeps them: keyed by content, the address as a keyed hash, the raw item without it.

What must hold: no address, name or subject line stands in a row, and a row depends on its event alone. Everything here
runs once per event, a million times in a year's listing.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import orjson

from resources.collecting import uncollected
from resources.ledger.event_rows import EventRow, EventSource, storable
from resources.ledger.schema import moment_text
from resources.mail_provider.gateway import EventKind, ProviderEvent
from rules.addresses import normalise_address
from rules.engagement import event_key
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
    people: dict[str, tuple[str, str]] = {}
    days: dict[str, str] = {}
    rows, told_by = [], str(source)
    for event in events:
        moment = moment_text(event.at)
        # Offsets of zones are whole minutes, and many events share one.
        if (day := days.get(minute := moment[:16])) is None:
            day = days[minute] = day_of(event.at, zone)
        if (person := people.get(event.email)) is None:
            address = normalise_address(encodable(event.email))
            person = people[event.email] = address, address_hash(address, pepper)
        kind, link, said, agent = event.kind, event.link, event.reason, event.agent
        name = _name(event) if kind is EventKind.UNRECOGNISED else kind
        key = event_key(message_id=event.message_id, kind=name, moment=moment, email=person[0], link=link)
        rows.append(EventRow(
            key, day, str(kind), storable(event.message_id), storable(event.send_key), person[1], moment,
            said and storable(said), link and storable(link), _raw(event), told_by, agent and storable(agent),
        ))  # fmt: skip
    return rows


def _name(event: ProviderEvent) -> str:
    """How a kind is keyed that nobody knows yet: two events of different names stay two."""
    return f"{event.kind}:{event.raw.get('event')}"


def _raw(event: ProviderEvent) -> str:
    """The raw item as canonical JSON; what the quick writer refuses (a cut emoji, a huge number) the slow one takes."""
    told = {name: value for name, value in event.raw.items() if name not in PERSONAL}
    try:
        return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return canonical(told)

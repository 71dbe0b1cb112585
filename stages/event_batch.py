"""Provider events as the ledger keeps them: keyed by content, the address as a keyed hash, the raw item without it.

What must hold: no address, name or subject line stands in a row, and a row depends on its event alone.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import polars as pl

from resources.ledger.event_rows import EventRow, EventSource
from resources.mail_provider.gateway import EventKind, ProviderEvent
from rules.addresses import normalise_address
from rules.engagement import event_keys
from rules.hashing import address_hash, canonical, encodable

PERSONAL = frozenset({"email", "from", "to", "subject", "contact_id", "mirror_link"})
"""Fields of a raw item that name somebody or show what was written to them."""


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
    addresses = {email: normalise_address(encodable(email)) for email in {event.email for event in events}}
    hashes = {email: address_hash(address, pepper) for email, address in addresses.items()}
    at = pl.col("at")
    frame = pl.DataFrame(
        {
            "message_id": [encodable(event.message_id) for event in events],
            "kind": [_name(event) for event in events],
            "at": [event.at for event in events],
            "email": [addresses[event.email] for event in events],
            "link": [_text(event.link) for event in events],
        },
        schema={
            "message_id": pl.String, "kind": pl.String, "at": pl.Datetime("us", "UTC"), "email": pl.String,
            "link": pl.String,
        },
    )  # fmt: skip
    told = frame.select(
        key=event_keys(frame),
        day=at.dt.convert_time_zone(zone.key).dt.strftime("%Y-%m-%d"),
        moment=at.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"),
    )
    return [
        EventRow(
            key, day, event.kind, event.message_id, event.send_key, hashes[event.email], moment, event.reason,
            event.link, _raw(event), source, event.agent,
        )
        for event, (key, day, moment) in zip(events, told.iter_rows(), strict=True)
    ]  # fmt: skip


def _name(event: ProviderEvent) -> str:
    """The kind as it is keyed: two events of names nobody knows yet stay two."""
    if event.kind is EventKind.UNRECOGNISED:
        return encodable(f"{event.kind}:{event.raw.get('event')}")
    return event.kind


def _raw(event: ProviderEvent) -> str:
    return canonical({name: value for name, value in event.raw.items() if name not in PERSONAL})


def _text(value: str | None) -> str | None:
    return None if value is None else encodable(value)

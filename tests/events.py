"""Events as tests write them down: with an instant for their time, and stored as a poll would."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from resources.ledger.column_types import moment_text
from resources.ledger.event_rows import EventRow, EventSource, storable
from resources.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as stored.

    Attributes:
        event_key: Hash of message, kind, second, address and link: the provider has no event id.
        source: How this copy reached us; the poll's outranks a post's.
        agent: User agent that opened or clicked, where the copy tells it.
    """

    event_key: str
    day: str
    kind: str
    message_id: str
    send_key: str | None
    address_hash: str
    at: datetime
    reason: str | None
    link: str | None
    raw: str
    source: str = EventSource.POLL
    agent: str | None = None

    @property
    def row(self) -> EventRow:
        """The event in its stored form."""
        return EventRow(
            self.event_key, self.day, self.kind, storable(self.message_id), storable(self.send_key), self.address_hash,
            moment_text(self.at), storable(self.reason), storable(self.link), storable(self.raw), self.source,
            storable(self.agent),
        )  # fmt: skip


def hear(ledger: Ledger, events: Sequence[NewEvent], *, now: datetime) -> list[NewEvent]:
    """Store events; those that were new."""
    new = set(ledger.events.merge([event.row for event in events], now=now).new)
    return list({event.event_key: event for event in events if event.event_key in new}.values())

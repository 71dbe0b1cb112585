"""The fake ledger's events."""

from collections.abc import Sequence
from datetime import datetime

from resources.ledger.event_rows import EventRow, distinct, joined
from resources.ledger.events import Events, Merged
from resources.ledger.fake.books import ACCEPTED, Books, Event
from resources.ledger.fake.missing import NOT_KEPT


class FakeEvents(Events):
    """As `resources.ledger.events.Events`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def merge(self, rows: Sequence[EventRow], *, now: datetime) -> Merged:
        """See `Events.merge`."""
        told = distinct(rows)
        if not told:
            return Merged((), ())
        fresh: list[EventRow] = []
        better: list[EventRow] = []
        with self._books as books:
            known = books.events
            for key, row in told.items():
                stored = known.get(key)
                if stored is None:
                    fresh.append(row)
                elif (best := joined(stored.row, row)) != stored.row:
                    better.append(best)
            fresh.sort()
            better.sort()
            for row in fresh:
                books.put_event(Event(row, _tag(books, row), now))
            if better:
                books.writes("update provider_event")
            for row in better:
                books.put_event(Event(row, _tag(books, row), now))
            if fresh or better:
                books.entry()
        return Merged(tuple([row.event_key for row in fresh]), tuple([row.event_key for row in better]))

    def by_send_key(self, send_keys: Sequence[str]) -> dict[str, str]:
        """See `Events.by_send_key`."""
        tagged = {key: self._books.by_tag.get(key) for key in send_keys}
        self._books.looked()
        named = {key: {event.row.message_id for event in (told or {}).values()} - {""} for key, told in tagged.items()}
        return {key: max(messages) for key, messages in named.items() if messages}


def _tag(books: Books, row: EventRow) -> str | None:
    """The send key of an event whose message id does not lead to that send yet."""
    for home in books.by_message.get(row.message_id, ()):
        if home["state"] == ACCEPTED and home["send_key"] == row.send_key:
            return None
    return row.send_key

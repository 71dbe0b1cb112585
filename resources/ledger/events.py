"""What the provider told: events, raw and keyed by content, so that applying them twice changes nothing.

What must hold: an event without a known send is parked, never dropped (it is joined when it is read); order never
matters (invariant I6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from resources.ledger.schema import provider_event, send
from resources.ledger.transactions import Transactions


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as stored. ``event_key`` hashes message, kind, time, address and link: the provider has no event id."""

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


class Events:
    """Provider events."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert

    def receive(self, events: Sequence[NewEvent], *, now: datetime) -> list[NewEvent]:
        """Store events.

        Returns:
            Those that were new.
        """
        if not events:
            return []
        keys = [item.event_key for item in events]
        known: set[str] = set()
        with self._transactions.read() as connection:
            for start in range(0, len(keys), 500):
                part = keys[start : start + 500]
                known.update(
                    connection.execute(
                        select(provider_event.c.event_key).where(provider_event.c.event_key.in_(part))
                    ).scalars()
                )
        fresh = {item.event_key: item for item in events if item.event_key not in known}
        if not fresh:
            return []
        with self._transactions.write() as (connection, journal):
            connection.execute(
                self._insert(provider_event).on_conflict_do_nothing(),
                [
                    {
                        "event_key": item.event_key, "day": item.day, "kind": item.kind,
                        "message_id": item.message_id, "send_key": item.send_key,
                        "address_hash": item.address_hash, "at": item.at, "received_at": now,
                        "reason": item.reason, "link": item.link, "raw": item.raw,
                    }
                    for item in fresh.values()
                ],
            )  # fmt: skip
            journal.append("events.received", "provider", at=now, actor="engagement", new=len(fresh))
        return list(fresh.values())

    def of_day(self, day: str) -> list[dict[str, Any]]:
        """Events of an event day joined to their sends (``lead_id`` and ``step`` empty while parked), in key order."""
        statement = (
            select(
                provider_event,
                send.c.lead_id,
                send.c.step,
                send.c.variant,
                send.c.kind.label("send_kind"),
                send.c.send_key.label("known_send_key"),
            )
            .join(
                send,
                or_(send.c.message_id == provider_event.c.message_id, send.c.send_key == provider_event.c.send_key),
                isouter=True,
            )
            .where(provider_event.c.day == day)
            .order_by(provider_event.c.at, provider_event.c.event_key)
        )
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def by_send_key(self, send_keys: Sequence[str]) -> dict[str, str]:
        """Message ids that events name for these sends: how unknown outcomes are found."""
        found: dict[str, str] = {}
        with self._transactions.read() as connection:
            for start in range(0, len(send_keys), 500):
                part = send_keys[start : start + 500]
                rows = connection.execute(
                    select(provider_event.c.send_key, provider_event.c.message_id).where(
                        provider_event.c.send_key.in_(part)
                    )
                )
                found.update({key: message for key, message in rows if message})
        return found

    def kinds_by_message(self) -> dict[str, dict[str, datetime]]:
        """Per message id, each kind of event and when it first happened."""
        statement = select(
            provider_event.c.message_id, provider_event.c.kind, func.min(provider_event.c.at).label("first")
        ).group_by(provider_event.c.message_id, provider_event.c.kind)
        found: dict[str, dict[str, datetime]] = {}
        with self._transactions.read() as connection:
            for message, kind, first in connection.execute(statement):
                moment = first if isinstance(first, datetime) else datetime.fromisoformat(first)
                found.setdefault(message, {})[kind] = moment
        return found

    def parked(self, *, before: datetime) -> int:
        """Events received before an instant that still belong to no send we know."""
        statement = (
            select(func.count())
            .select_from(provider_event)
            .join(
                send,
                or_(send.c.message_id == provider_event.c.message_id, send.c.send_key == provider_event.c.send_key),
                isouter=True,
            )
            .where(send.c.send_key.is_(None), provider_event.c.received_at < before)
        )
        with self._transactions.read() as connection:
            return int(connection.execute(statement).scalar_one())

"""What the provider told: events, raw and keyed by content, so that applying them twice changes nothing.

What must hold: an event without a known send is parked, never dropped (it is joined when it is read); order never
matters (invariant I6). Intake is a set operation: a look-up and an insert for a hundred thousand rows, not for one. An
event's ``tag`` is the send key it carries, and empty where that send is accepted under the event's message id: then the
id leads from one to the other, and it always will.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Result, bindparam, func, or_, select, text, update

from resources.collecting import uncollected
from resources.ledger.event_rows import EventRow, EventSource, distinct, joined
from resources.ledger.schema import Moment, moment_text, provider_event, send
from resources.ledger.transactions import Transactions
from rules.sending import SendState

_Item = TypeVar("_Item")
CHUNK: Final = 100_000
"""Rows of one transaction: bounds memory, and how long other writers wait."""

TOGETHER: Final = 200
"""Rows of one statement: with thirteen columns 2,600 parameters, a tenth of what the engines take."""

_COLUMNS: Final = ", ".join(EventRow._fields)
_KNOWN: Final = _COLUMNS.replace("source", f"COALESCE(source, '{EventSource.POLL}')")


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge changed: keys that were new, and keys of which a better copy came."""

    new: tuple[str, ...]
    improved: tuple[str, ...]


class Events:
    """Provider events."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @uncollected()
    def merge(self, rows: Sequence[EventRow], *, now: datetime) -> Merged:
        """Store events, joined with the copies that are known.

        ``received_at`` becomes ``now`` for a row that is new or improved: when the ledger last learnt of it.
        """
        new: list[str] = []
        improved: list[str] = []
        told = distinct(rows)
        for chunk in _parts(list(told), CHUNK):
            keys = sorted(chunk)
            with self._transactions.write() as (connection, journal):
                known = self._known(connection, keys)
                fresh = [told[key] for key in keys if key not in known]
                better = [row for key in keys if key in known and (row := joined(known[key], told[key])) != known[key]]
                home = self._at_home(connection, [*fresh, *better])
                self._insert(connection, fresh, home, now)
                _improve(connection, better, home, now)
                if fresh or better:
                    journal.append(
                        "events.received", "provider", at=now, actor="engagement", new=len(fresh), improved=len(better)
                    )
            new += [row.event_key for row in fresh]
            improved += [row.event_key for row in better]
        return Merged(tuple(new), tuple(improved))

    def _known(self, connection: Connection, keys: Sequence[str]) -> dict[str, EventRow]:
        """The stored rows of these keys, which are in order, in one statement whatever their number."""
        within = f"SELECT {_KNOWN} FROM provider_event WHERE event_key BETWEEN :first AND :last LIMIT :most"  # noqa: S608 - declared names only
        asked = {"first": keys[0], "last": keys[-1], "most": len(keys) + 1}
        near = connection.execute(text(within), asked).all()
        if len(near) <= len(keys):
            return {row[0]: EventRow._make(row) for row in near}
        rows = self._among(connection, f"SELECT {_KNOWN} FROM provider_event WHERE event_key", keys)  # noqa: S608 - declared names only
        return {row[0]: EventRow._make(row) for row in rows}

    def _at_home(self, connection: Connection, rows: Sequence[EventRow]) -> dict[str, str]:
        """Of the messages these rows are about, the send that was accepted under it."""
        messages = sorted({row.message_id for row in rows if row.send_key})
        accepted = f"SELECT message_id, send_key FROM send WHERE state = '{SendState.ACCEPTED}' AND message_id"  # noqa: S608 - a state
        return {row.message_id: row.send_key for row in self._among(connection, accepted, messages)} if messages else {}

    def _among(self, connection: Connection, statement: str, values: Collection[str]) -> Result[Any]:
        """A statement that ends in a column's name, for its values among any number of them."""
        if self._transactions.postgres:
            return connection.execute(text(f"{statement} = ANY(:values)"), {"values": list(values)})
        among = f"{statement} IN (SELECT value FROM json_each(:values))"  # noqa: S608 - a statement of this class
        return connection.execute(text(among), {"values": json.dumps(list(values))})

    def _insert(self, connection: Connection, rows: Sequence[EventRow], home: Mapping[str, str], now: datetime) -> None:
        """Insert rows, many to a statement: a statement for each is a third of the work."""
        mark = "%s" if self._transactions.postgres else "?"
        one = f"({', '.join([mark] * (len(EventRow._fields) + 1))}, '{moment_text(now)}')"
        for part in _parts(rows, TOGETHER):
            values = ", ".join([one] * len(part))
            connection.exec_driver_sql(
                f"INSERT INTO provider_event ({_COLUMNS}, tag, received_at) VALUES {values}",  # noqa: S608 - declared names and an instant
                tuple(chain.from_iterable([(*row, _tag(row, home)) for row in part])),
            )

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
                    select(provider_event.c.tag, provider_event.c.message_id).where(provider_event.c.tag.in_(part))
                )
                found.update({key: message for key, message in rows if message})
        return found

    def kinds_by_message(self, message_ids: Sequence[str]) -> dict[str, dict[str, datetime]]:
        """Of these messages, each kind of event and when it first happened; the cost is theirs, not the history's."""
        first = func.min(provider_event.c.at, type_=Moment).label("first")
        told = select(provider_event.c.message_id, provider_event.c.kind, first)
        found: dict[str, dict[str, datetime]] = {}
        with self._transactions.read() as connection:
            for start in range(0, len(message_ids), 500):
                mine = provider_event.c.message_id.in_(message_ids[start : start + 500])
                grouped = told.where(mine).group_by(provider_event.c.message_id, provider_event.c.kind)
                for message, kind, moment in connection.execute(grouped):
                    found.setdefault(message, {})[kind] = moment
        return found

    def opted_out(self, *, since: datetime) -> int:
        """People of whom we heard since an instant that they opted out."""
        statement = select(func.count(provider_event.c.address_hash.distinct())).where(
            provider_event.c.received_at >= since, provider_event.c.kind == "unsubscribed"
        )
        with self._transactions.read() as connection:
            return int(connection.execute(statement).scalar_one())

    def unconfirmed(self, *, before: datetime, after: datetime) -> int:
        """Posted events, last heard of between two instants, that no poll has told."""
        statement = select(func.count()).where(
            provider_event.c.received_at < before,
            provider_event.c.received_at >= after,
            provider_event.c.source == EventSource.WEBHOOK,
        )
        with self._transactions.read() as connection:
            return int(connection.execute(statement).scalar_one())


def _tag(row: EventRow, home: Mapping[str, str]) -> str | None:
    return None if home.get(row.message_id) == row.send_key else row.send_key


def _improve(connection: Connection, rows: Sequence[EventRow], home: Mapping[str, str], now: datetime) -> None:
    if not rows:
        return
    table = provider_event.c
    values: dict[str, Any] = {
        name: bindparam(f"new_{name}") for name in EventRow._fields if name not in ("event_key", "at")
    }
    statement = (
        update(provider_event)
        .where(table.event_key == bindparam("new_event_key"))
        .values(**values, at=bindparam("new_at"), tag=bindparam("new_tag"), received_at=now)
    )
    connection.execute(
        statement,
        [
            {
                **{f"new_{name}": value for name, value in row._asdict().items()},
                "new_at": datetime.fromisoformat(row.at),
                "new_tag": _tag(row, home),
            }
            for row in rows
        ],
    )


def _parts(rows: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

"""Which days a change touched: what has to be projected again, so that a day costs the same whatever came before.

What must hold: each question is asked by an index, of what changed and of what is judged with it, never of the history.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from resources.ledger.schema import moment_text
from resources.ledger.transactions import Transactions
from rules.classification.kinds import JUDGED


@dataclass(frozen=True, slots=True)
class ChangedDays:
    """Partitions with changes since an instant, sorted.

    Attributes:
        sends: Days of sends that changed.
        events: Days of events that arrived, that are judged with them, or whose send became known.
        replies: Days of replies that arrived.
        outcomes: Days of events' and replies' sends: the days whose funnel changed.
        work: Days of stage outcomes that changed.
    """

    sends: tuple[str, ...]
    events: tuple[str, ...]
    replies: tuple[str, ...]
    outcomes: tuple[str, ...]
    work: tuple[str, ...]


_MOVED: Final = " UNION ".join(
    f"SELECT day, message_id FROM send WHERE {moment} >= :since AND kind = 'outreach'"  # noqa: S608 - fixed names
    for moment in ("settled_at", "intent_at", "ready_at")
)
_ANSWERED: Final = "SELECT day, send_key FROM reply WHERE received_at >= :since"
_ARRIVED: Final = "SELECT day, message_id, kind FROM provider_event WHERE received_at >= :since"
_WORKED: Final = "SELECT DISTINCT day FROM work WHERE at >= :since"
_OF_KEYS: Final = "SELECT DISTINCT day FROM send WHERE kind = 'outreach' AND send_key IN ({listed})"
_OF_MESSAGES: Final = "SELECT day, message_id, company_key FROM send WHERE message_id IN ({listed})"
_OF_COMPANIES: Final = "SELECT day, message_id FROM send WHERE kind = 'outreach' AND company_key IN ({listed})"
_EVENT_DAYS: Final = "SELECT DISTINCT day, kind FROM provider_event WHERE message_id IN ({listed})"


def changed_days(transactions: Transactions, since: datetime) -> ChangedDays:
    """Ask the ledger which days changed since an instant."""
    with transactions.read() as connection:
        ask = _Asker(connection, postgres=transactions.postgres, since_text=moment_text(since))
        moved, answered, arrived = (ask.since(statement) for statement in (_MOVED, _ANSWERED, _ARRIVED))
        touched = {message for _, message, kind in arrived if kind in JUDGED}
        mails = ask.of(_OF_MESSAGES, (message for _, message, _ in arrived))
        # Opens and clicks of a company are judged together: news of one mail may change what is said of its others.
        beside = ask.of(_OF_COMPANIES, (company for _, message, company in mails if message in touched))
        again = ask.of(_EVENT_DAYS, [*(m for _, m, _ in arrived), *(message for _, message in beside)])
        # A send that became known takes its parked events out of the parking place, on whatever day they happened.
        found = ask.of(_EVENT_DAYS, (message for _, message in moved))
        sends = {day for day, _ in moved}
        events = {day for day, *_ in (*arrived, *found)} | {day for day, kind in again if kind in JUDGED}
        outcomes = sends | {day for day, *_ in (*mails, *beside)}
        outcomes |= {day for (day,) in ask.of(_OF_KEYS, (key for _, key in answered))}
        worked = {day for (day,) in ask.since(_WORKED)}
    replies = {day for day, _ in answered}
    return ChangedDays(*(tuple(sorted(days)) for days in (sends, events, replies, outcomes, worked)))


@dataclass(frozen=True, slots=True)
class _Asker:
    """Questions about an instant, and about lists of any length as one parameter."""

    connection: Connection
    postgres: bool
    since_text: str

    def since(self, statement: str) -> list[Any]:
        return [tuple(row) for row in self.connection.execute(text(statement), {"since": self.since_text})]

    def of(self, statement: str, listed: Iterable[str | None]) -> list[Any]:
        values = sorted({value for value in listed if value is not None})
        if not values:
            return []
        among = "SELECT unnest(CAST(:values AS text[]))" if self.postgres else "SELECT value FROM json_each(:values)"
        given: Any = values if self.postgres else json.dumps(values)
        rows = self.connection.execute(text(statement.format(listed=among)), {"values": given})
        return [tuple(row) for row in rows]

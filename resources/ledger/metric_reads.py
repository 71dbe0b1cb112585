"""What the funnel is counted from: mails planned on some days, and all that came of them on whatever day."""

from typing import Any, Final

from sqlalchemy import text

from resources.ledger.transactions import Transactions

SENDS: Final = (
    "send_key", "lead_id", "day", "step", "variant", "state", "company_key", "ready_at", "intent_at", "intake_day",
)  # fmt: skip
EVENTS: Final = ("event_key", "send_key", "kind")
REPLIES: Final = ("send_key", "class", "sent_at", "variant", "step", "allocation")

_SENDS: Final = """
SELECT s.send_key, s.lead_id, s.day, s.step, s.variant, s.state, s.company_key, s.ready_at, s.intent_at, r.intake_day
FROM send s LEFT JOIN record r ON r.record_id = s.lead_id
WHERE s.kind = 'outreach' AND s.day BETWEEN :first AND :last
"""
_EVENTS: Final = """
SELECT e.event_key, s.send_key, e.kind FROM send s JOIN provider_event e ON e.message_id = s.message_id
WHERE s.kind = 'outreach' AND s.day BETWEEN :first AND :last
UNION
SELECT e.event_key, s.send_key, e.kind FROM send s JOIN provider_event e ON e.tag = s.send_key
WHERE s.kind = 'outreach' AND s.day BETWEEN :first AND :last
AND NOT EXISTS (SELECT 1 FROM send o WHERE o.message_id = e.message_id)
"""
_REPLIES: Final = """
SELECT s.send_key, p.class, p.sent_at, s.variant, s.step, s.allocation
FROM send s JOIN reply p ON p.send_key = s.send_key
WHERE s.kind = 'outreach' AND s.day BETWEEN :first AND :last ORDER BY p.sent_at, p.reply_key
"""


class MetricReads:
    """Bulk reads by the day mails were planned for; rows are tuples in the order of the columns named above."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def sends(self, first: str, last: str) -> list[tuple[Any, ...]]:
        """Outreach mails of a range of days: `SENDS`."""
        return self._rows(_SENDS, first, last)

    def events(self, first: str, last: str) -> list[tuple[Any, ...]]:
        """Events of these mails: `EVENTS`."""
        return self._rows(_EVENTS, first, last)

    def replies(self, first: str, last: str) -> list[tuple[Any, ...]]:
        """Replies to these mails, in the order they were written: `REPLIES`."""
        return self._rows(_REPLIES, first, last)

    def _rows(self, statement: str, first: str, last: str) -> list[tuple[Any, ...]]:
        with self._transactions.read() as connection:
            return [tuple(row) for row in connection.execute(text(statement), {"first": first, "last": last})]

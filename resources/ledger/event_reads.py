"""Events with the mails they are about, read in bulk and column by column.

What must hold: an event belongs to the send with its message id, and only where there is none to the send its tag
names; the cost is that of what is asked for, not of the history before it.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from resources.ledger.transactions import Transactions

LINKS: Final = "(length(s.body) - length(replace(s.body, '://', ''))) / 3"
"""Web links in a mail as it was approved."""

_EVENT: Final = "e.event_key, e.day, e.kind, e.at, e.message_id, e.reason, e.link, e.agent"
_SEND: Final = "s.send_key, s.lead_id, s.step, s.variant, s.company_key"

DAY_COLUMNS: Final = (
    "event_key", "day", "kind", "at", "message_id", "reason", "link", "agent", "send_key", "lead_id", "step", "variant",
    "company_key", "links",
)  # fmt: skip
CONTEXT_COLUMNS: Final = ("event_key", "kind", "at", "link", "agent", "send_key", "company_key", "links")

_BY_DAY: Final = f"""
SELECT {_EVENT}, {_SEND}, {LINKS} FROM provider_event e JOIN send s ON s.message_id = e.message_id
WHERE e.day BETWEEN :first AND :last
UNION ALL
SELECT {_EVENT}, {_SEND}, {LINKS} FROM provider_event e LEFT JOIN send s ON s.send_key = e.send_key
WHERE e.day BETWEEN :first AND :last AND NOT EXISTS (SELECT 1 FROM send o WHERE o.message_id = e.message_id)
"""  # noqa: S608 - fixed columns only
_OF_COMPANIES: Final = f"""
SELECT e.event_key, e.kind, e.at, e.link, e.agent, s.send_key, s.company_key, {LINKS}
FROM send s JOIN provider_event e ON e.message_id = s.message_id
WHERE s.company_key IN ({{companies}}) AND e.kind IN ({{kinds}})
UNION ALL
SELECT e.event_key, e.kind, e.at, e.link, e.agent, s.send_key, s.company_key, {LINKS}
FROM send s JOIN provider_event e ON e.tag = s.send_key
WHERE s.company_key IN ({{companies}}) AND e.kind IN ({{kinds}})
AND NOT EXISTS (SELECT 1 FROM send o WHERE o.message_id = e.message_id)
"""  # noqa: S608 - fixed columns only
_OF_COMPANIES_SQLITE: Final = _OF_COMPANIES.format(
    companies="SELECT value FROM json_each(:companies)", kinds="SELECT value FROM json_each(:kinds)"
)
_OF_COMPANIES_POSTGRES: Final = _OF_COMPANIES.format(
    companies="SELECT unnest(CAST(:companies AS text[]))", kinds="SELECT unnest(CAST(:kinds AS text[]))"
)


class EventReads:
    """Bulk reads of events; rows are tuples in the order of the columns named above."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def of_days(self, first: str, last: str) -> list[tuple[Any, ...]]:
        """Events of a range of days with their sends, null while parked: `DAY_COLUMNS`, in no order."""
        return self._rows(_BY_DAY, {"first": first, "last": last})

    def of_companies(self, companies: Sequence[str], kinds: Sequence[str]) -> list[tuple[Any, ...]]:
        """Events of some kinds of all mails to some companies, whenever they happened: `CONTEXT_COLUMNS`, unordered."""
        named = {"companies": companies, "kinds": kinds}
        if self._transactions.postgres:
            return self._rows(_OF_COMPANIES_POSTGRES, {name: list(values) for name, values in named.items()})
        return self._rows(_OF_COMPANIES_SQLITE, {name: json.dumps(list(values)) for name, values in named.items()})

    def _rows(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        with self._transactions.read() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

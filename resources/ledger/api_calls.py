"""How many calls of a limited pool were made in which hour: several processes share a provider's allowance.

What must hold: a call that was made is counted before the next one is decided on by another process.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import func, select

from resources.ledger.schema import api_call
from resources.ledger.transactions import Transactions


class ApiCalls:
    """Calls by service, pool and hour (UTC)."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert

    def note(self, service: str, calls: Mapping[str, int], *, now: datetime) -> None:
        """Add calls by pool to the hour of an instant."""
        rows = [
            {"service": service, "pool": pool, "hour": _hour(now), "calls": number}
            for pool, number in calls.items()
            if number
        ]
        if not rows:
            return
        with self._transactions.write() as (connection, _):
            statement = self._insert(api_call)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["service", "pool", "hour"],
                    set_={"calls": api_call.c.calls + statement.excluded.calls},
                ),
                rows,
            )

    def used(self, service: str, pool: str, *, now: datetime) -> int:
        """Calls of a pool in the hour of an instant."""
        wanted = (api_call.c.service == service, api_call.c.pool == pool, api_call.c.hour == _hour(now))
        with self._transactions.read() as connection:
            statement = select(func.coalesce(func.sum(api_call.c.calls), 0)).where(*wanted)
            return int(connection.execute(statement).scalar_one())


def _hour(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")

"""What was spent on models, added up: by model and version, by day and service, and what it was spent for (rule B29).

What must hold: one statement per question, over sums the database makes; no raw answer is read for them.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from resources.ledger.schema import paid_call, reply, send, work
from resources.ledger.transactions import Transactions
from rules.outcomes import State


class Accounts:
    """Sums over paid calls and over what came of them."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def by_version(self, *, day: str | None = None, since: str | None = None) -> list[dict[str, Any]]:
        """Calls, tokens, searches and dollars by stage, service, model and version of what was asked.

        Args:
            day: Of this day alone.
            since: From this day on.
        """
        kinds = (paid_call.c.stage, paid_call.c.service, paid_call.c.model, paid_call.c.version)
        sums = [
            func.sum(column).label(column.name)
            for column in (
                paid_call.c.input_tokens, paid_call.c.cached_tokens, paid_call.c.output_tokens, paid_call.c.searches,
                paid_call.c.cost_usd,
            )
        ]  # fmt: skip
        statement = select(*kinds, func.count().label("calls"), *sums).group_by(*kinds).order_by(*kinds)
        if day is not None:
            statement = statement.where(paid_call.c.day == day)
        if since is not None:
            statement = statement.where(paid_call.c.day >= since)
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def by_day(self, *, since: str) -> dict[str, dict[str, float]]:
        """Per service, dollars by day from a day on."""
        kinds = (paid_call.c.service, paid_call.c.day)
        statement = select(*kinds, func.sum(paid_call.c.cost_usd)).where(paid_call.c.day >= since).group_by(*kinds)
        found: dict[str, dict[str, float]] = {}
        with self._transactions.read() as connection:
            for service, day, dollars in connection.execute(statement):
                found.setdefault(service or "unknown", {})[day] = float(dollars)
        return found

    def written(self, *, day: str | None = None) -> Mapping[str, str]:
        """Accepted drafts: ``lead:step`` to the version that wrote it."""
        statement = select(work.c.item).where(work.c.stage == "drafts", work.c.state == State.DONE).order_by(work.c.at)
        if day is not None:
            statement = statement.where(work.c.day == day)
        with self._transactions.read() as connection:
            items = connection.execute(statement).scalars()
            return {what: version for what, _, version in (item.rpartition("@") for item in items)}

    def answered_well(self) -> list[str]:
        """``lead:step`` of every mail that a person answered positively."""
        statement = (
            select(send.c.lead_id, send.c.step)
            .join(reply, reply.c.send_key == send.c.send_key)
            .where(reply.c["class"] == "positive")
            .distinct()
        )
        with self._transactions.read() as connection:
            return [f"{lead}:{step}" for lead, step in connection.execute(statement)]

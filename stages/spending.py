"""Budgets as breakers (rule B29): per run, per day, per lead; asked of the ledger before every paid call.

What must hold: all stages of a run share one budget, and what other processes spend or hold counts too.
"""

from datetime import datetime, timedelta
from typing import Final

from resources.ledger.ledger import Ledger
from resources.ledger.purse import Limit, Terms
from resources.ledger.work import Item
from rules.model_settings import Budget
from rules.outcomes import Deferred

HOLD: Final = timedelta(minutes=5)
"""How long a call may be on its way; the longest answer takes three minutes."""


class Purse:
    """What may still be spent in a run."""

    def __init__(
        self, budget: Budget, *, ledger: Ledger, day: str, until: datetime, expected_usd: float, run: str = ""
    ) -> None:
        """Make a purse.

        Args:
            budget: The campaign's limits.
            ledger: Where calls are granted and counted.
            day: The operator's day.
            until: When a spent budget is looked at again.
            expected_usd: What a call is held at until its answer says what it cost.
            run: The run whose stages share a budget; a purse without one is a run of its own.
        """
        self._budget = budget
        self._ledger = ledger
        self._until = until
        self._expected = expected_usd
        self._day = day
        self.run = run

    def refuse(self, item: Item, *, attempt: int, now: datetime) -> Deferred | Limit | None:
        """Why the next call must wait, or ``None``; a granted call holds its expected price until it is settled.

        Returns:
            `Limit.BOUGHT` where the answer is there already.
        """
        budget = self._budget
        self.run = self.run or f"{self._day} {now.isoformat()}"
        terms = Terms(self._expected, self.run, budget.per_run_usd, budget.per_day_usd, budget.per_lead_usd, now + HOLD)
        limit = self._ledger.purses.grant(item, attempt=attempt, terms=terms, now=now)
        if limit is None or limit is Limit.BOUGHT:
            return limit
        if limit is Limit.BUSY:
            return Deferred("another worker is asking the same question", now + HOLD)
        most = {Limit.RUN: budget.per_run_usd, Limit.DAY: budget.per_day_usd, Limit.LEAD: budget.per_lead_usd}[limit]
        return Deferred(f"the {limit.value}'s budget of ${most:.2f} is spent", self._until)

"""Budgets as breakers (rule B29): per run, per day, per lead; checked before a paid call, counted from the ledger."""

from datetime import datetime

from resources.ledger.ledger import Ledger
from rules.campaign import Budget
from rules.outcomes import Deferred


class Purse:
    """What may still be spent. Calls in flight hold their expected price, so that concurrency cannot overdraw."""

    def __init__(self, budget: Budget, *, ledger: Ledger, day: str, until: datetime, expected_usd: float) -> None:
        self._budget = budget
        self._day_before = ledger.work.spent(day=day)
        self._by_lead = ledger.work.spent_by_lead()
        self._until = until
        self._expected = expected_usd
        self._spent = 0.0
        self._held = 0.0

    def refuse(self, lead_id: str | None = None) -> Deferred | None:
        """Why the next call must wait, or ``None``; a granted call holds its expected price."""
        run = self._spent + self._held + self._expected
        if run > self._budget.per_run_usd:
            return Deferred(f"the run's budget of ${self._budget.per_run_usd:.2f} is spent", self._until)
        if self._day_before + run > self._budget.per_day_usd:
            return Deferred(f"the day's budget of ${self._budget.per_day_usd:.2f} is spent", self._until)
        lead = self._by_lead.get(lead_id or "", 0.0)
        if lead_id is not None and lead + self._expected > self._budget.per_lead_usd:
            return Deferred(f"the lead's budget of ${self._budget.per_lead_usd:.2f} is spent", self._until)
        self._held += self._expected
        return None

    def paid(self, cost_usd: float, lead_id: str | None = None) -> None:
        """A granted call ended and cost this much."""
        self._held = max(0.0, self._held - self._expected)
        self._spent += cost_usd
        if lead_id is not None:
            self._by_lead[lead_id] = self._by_lead.get(lead_id, 0.0) + cost_usd

    @property
    def spent(self) -> float:
        """US dollars spent in this run."""
        return self._spent

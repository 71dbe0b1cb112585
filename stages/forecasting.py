"""When money runs out, and whether prices still hold (rules A12, B29).

What must hold: a forecast names its numbers, and where one is missing there is none rather than a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from resources.ledger.ledger import Ledger
from resources.models.prices import Tokens, cost, known_price
from rules.campaign import Campaign
from rules.failures import ServiceFailure
from stages.days import day_of

WINDOW: Final = 14
"""Days the spend rate is taken over; days without spending count, since weekends come again."""
DRIFT: Final = 0.05
"""How far what a provider billed may be from our table of prices."""


@dataclass(frozen=True, slots=True)
class Runway:
    """How long a balance lasts.

    Attributes:
        left_usd: What is left of the balance the operator read off.
        rate_usd: Dollars a day, lately.
        days: Days to the end; ``None`` while nothing is spent.
    """

    service: str
    left_usd: float
    rate_usd: float
    days: float | None

    def ends_within(self, days: int) -> bool:
        """Whether the balance ends that soon."""
        return self.left_usd <= 0 or (self.days is not None and self.days < days)

    @property
    def sentence(self) -> str:
        """The forecast with its numbers."""
        lasts = "nothing is being spent" if self.days is None else f"about {self.days:.0f} days"
        return f"${max(0.0, self.left_usd):.2f} left at ${self.rate_usd:.2f} a day: {lasts}"


def runways(ledger: Ledger, campaign: Campaign, *, now: datetime) -> list[Runway]:
    """A forecast for each provider whose balance the operator gave."""
    balance = campaign.balance
    if balance.counted_on is None:
        return []
    today = date.fromisoformat(day_of(now, campaign.zone))
    first = today - timedelta(days=WINDOW)
    spent = ledger.accounts.by_day(since=min(first, balance.counted_on).isoformat())
    return [
        _runway(service, amount, spent.get(service, {}), first=first, today=today, counted_on=balance.counted_on)
        for service, amount in (("openai", balance.openai_usd), ("perplexity", balance.perplexity_usd))
        if amount is not None
    ]


def _runway(
    service: str, amount: float, by_day: Mapping[str, float], *, first: date, today: date, counted_on: date
) -> Runway:
    days = {date.fromisoformat(day): dollars for day, dollars in by_day.items()}
    left = amount - sum(dollars for day, dollars in days.items() if day >= counted_on)
    began = max(first, min(days, default=first))
    lately = sum(dollars for day, dollars in days.items() if day >= began)
    rate = lately / max(1, (today - began).days)
    return Runway(service, left, rate, left / rate if rate > 0 else None)


def price_drift(ledger: Ledger, service: str, *, since: str) -> float | None:
    """How far what a service billed is from our table of prices, as a share; ``None`` where nothing was billed.

    Only calls whose answers carry their own price can tell; for the others both numbers are ours and equal.
    """
    billed = expected = 0.0
    for row in ledger.accounts.by_version(since=since):
        if row["service"] != service:
            continue
        try:
            price = known_price(row["model"])
        except ServiceFailure:
            continue
        tokens = Tokens(row["input_tokens"], row["cached_tokens"], row["output_tokens"], searches=row["searches"])
        billed += row["cost_usd"]
        expected += cost(price, tokens)
    return billed / expected - 1 if expected else None

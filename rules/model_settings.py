"""Which models are used for what, and what they may cost.

What must hold: every model is named here and nowhere in code; a provider's model is asked for at that provider.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rules.settings import Count, Dollars, Section, Text


class Budget(Section):
    """Money that may be spent on models; each limit is a breaker (rule B29)."""

    per_run_usd: Dollars = 10.0
    """Dollars for the models in one run of a stage."""
    per_day_usd: Dollars = 25.0
    """Dollars in a day of the operator's zone."""
    per_lead_usd: Dollars = 0.25
    """Dollars for one lead, ever."""


class Balance(Section):
    """What was left at the providers on a day: neither tells it to a key, and a forecast of its end needs it."""

    counted_on: date | None = None
    """The day the amounts were read off the providers' pages; what is spent from then on is taken off."""
    openai_usd: Dollars | None = None
    """Dollars left at OpenAI."""
    perplexity_usd: Dollars | None = None
    """Dollars left at Perplexity."""
    warn_days: Count = 7
    """Days to the end at which the morning digest warns."""

    @model_validator(mode="after")
    def _of_a_day(self) -> Self:
        if self.counted_on is None and (self.openai_usd or self.perplexity_usd):
            raise ValueError("balance.counted_on is missing: add the day the amounts were read, such as 2026-11-23")
        return self


class Research(Section):
    """How a company is researched."""

    provider: Literal["perplexity", "openai"] = "perplexity"
    """Who searches the web: Perplexity's Agent API, or OpenAI's chat model with its web search."""
    model: Text = "perplexity/sonar"
    """The model's name at the provider, e.g. `perplexity/sonar` or, at OpenAI, `gpt-6-luna`."""
    fresh_days: Count = 60
    """Days after which a company is researched anew."""
    concurrency: Count = 8
    """Companies at once; a rate limit halves it."""

    @model_validator(mode="after")
    def _of_the_provider(self) -> Self:
        if self.provider == "openai" and "/" in self.model:
            raise ValueError(f"research.model {self.model!r} is no model of OpenAI; name one such as 'gpt-6-luna'")
        if self.provider == "perplexity" and "/" not in self.model:
            raise ValueError(
                f"research.model {self.model!r} is no model of Perplexity; write 'perplexity/sonar', "
                f"'openai/{self.model}', or research.provider = 'openai'"
            )
        return self


class Verification(Section):
    """How the residue of attribution is judged."""

    model: Text = "gpt-6-luna"
    """The judge's name at OpenAI."""
    batch: Annotated[int, Field(ge=1, le=50)] = 20
    """Questions in one request."""

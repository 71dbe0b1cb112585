"""What a call costs: one table, US dollars per million tokens, and the fee of a search (rule B29).

What must hold: a model without a price is refused before it is called, so no call is ever booked as free.
Source: the providers' public price lists, autumn 2026; Perplexity resells OpenAI models at OpenAI's rates.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rules.failures import FailureKind, ServiceFailure

_MILLION: Final = 1_000_000
_SNAPSHOT: Final = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_WRITE_SURCHARGE: Final = 1.25


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """Dollars per million tokens.

    Attributes:
        input: Tokens read for the first time.
        cached: Tokens read from the prompt cache.
        output: Tokens written, reasoning included.
        cache_write: Tokens written into the cache; where ``None``, they cost what input costs.
        search: Dollars per web search; at OpenAI a thousand cost 10 dollars, whichever model makes them.
    """

    input: float
    cached: float
    output: float
    cache_write: float | None = None
    search: float = 0.01


def _from_5_6(price: ModelPrice) -> ModelPrice:
    """Add the cache-write surcharge that models bill from 5.6 on."""
    return ModelPrice(price.input, price.cached, price.output, cache_write=price.input * _WRITE_SURCHARGE)


PRICES: Final[Mapping[str, ModelPrice]] = MappingProxyType(
    {
        "gpt-4o": ModelPrice(2.50, 1.25, 10),
        "gpt-4o-mini": ModelPrice(0.15, 0.075, 0.60),
        "gpt-4.1": ModelPrice(2, 0.50, 8),
        "gpt-4.1-mini": ModelPrice(0.40, 0.10, 1.60),
        "gpt-5": ModelPrice(1.25, 0.125, 10),
        "gpt-5-mini": ModelPrice(0.25, 0.025, 2),
        "gpt-5-nano": ModelPrice(0.05, 0.005, 0.40),
        "gpt-5.1": ModelPrice(1.25, 0.125, 10),
        "gpt-5.2": ModelPrice(1.75, 0.175, 14),
        "gpt-5.4": ModelPrice(2.50, 0.25, 15),
        "gpt-5.4-mini": ModelPrice(0.75, 0.075, 4.50),
        "gpt-5.4-nano": ModelPrice(0.20, 0.02, 1.25),
        "gpt-5.5": ModelPrice(5, 0.50, 30),
        "gpt-5.6-sol": _from_5_6(ModelPrice(4, 0.40, 20)),
        "gpt-5.6-terra": _from_5_6(ModelPrice(2, 0.20, 12)),
        "gpt-5.6-luna": _from_5_6(ModelPrice(0.20, 0.02, 1.20)),
        "gpt-6-astra": _from_5_6(ModelPrice(10, 1, 50)),
        "gpt-6-sol": _from_5_6(ModelPrice(2, 0.20, 10)),
        "gpt-6.1-sol": _from_5_6(ModelPrice(2, 0.10, 10)),
        "gpt-6-luna": _from_5_6(ModelPrice(0.10, 0.01, 0.50)),
        "perplexity/sonar": ModelPrice(0.25, 0.0625, 2.50, search=0.0025),
    }
)
_RESOLD_SEARCH: Final = 0.0025


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call consumed. ``cached`` and ``written`` are parts of ``input``."""

    input: int
    cached: int
    output: int
    written: int = 0
    searches: int = 0


def known_price(model: str, extra: Mapping[str, ModelPrice] = MappingProxyType({})) -> ModelPrice:
    """Find a model's price; a dated snapshot costs what its family costs, a resold model what the original costs.

    Args:
        model: A name as configured or as the provider answered it, e.g. ``gpt-4.1-2025-04-14``, ``openai/gpt-6-luna``.
        extra: Prices from the configuration; they come first.

    Raises:
        ServiceFailure: ``SYSTEMIC``, code ``unknown_price``.
    """
    family = _SNAPSHOT.sub("", model)
    for name in (model, family):
        if (found := extra.get(name) or PRICES.get(name)) is not None:
            return found
    maker, _, original = family.partition("/")
    if maker == "openai" and original in PRICES:
        direct = PRICES[original]
        return ModelPrice(direct.input, direct.cached, direct.output, direct.cache_write, search=_RESOLD_SEARCH)
    raise ServiceFailure.of(
        FailureKind.SYSTEMIC,
        "models",
        "unknown_price",
        f"{model} has no price in resources/models/prices.py; add it there before it is used",
    )


def cost(price: ModelPrice, tokens: Tokens) -> float:
    """Price a call in US dollars."""
    fresh = max(0, tokens.input - tokens.cached - tokens.written)
    write = price.input if price.cache_write is None else price.cache_write
    spent = fresh * price.input + tokens.cached * price.cached + tokens.written * write + tokens.output * price.output
    return spent / _MILLION + tokens.searches * price.search

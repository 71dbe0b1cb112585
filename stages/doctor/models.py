"""The language models: key, each configured model, its price, the day it is switched off, money.

What must hold: looking buys nothing; whether there is money is read off what was bought last and what was refused.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from typing import Final

from resources.ledger.flags import FlagName
from resources.models.gateway import LanguageModel, ModelInfo
from resources.models.prices import known_price
from rules.failures import ServiceFailure
from stages.doctor.findings import Finding, fail, ok, warn
from stages.doctor.money import drift_line, money_line
from stages.doctor.practice import Practice

AHEAD: Final = timedelta(days=30)
OPENAI_KEY: Final = "get a key at https://platform.openai.com/api-keys and set OPENAI_API_KEY"
RESEARCH_KEY: Final = (
    "get a key of research.provider's: https://www.perplexity.ai/account/api/keys for PERPLEXITY_API_KEY, "
    "https://platform.openai.com/api-keys for OPENAI_API_KEY"
)
Opener = Callable[[], AbstractAsyncContextManager[LanguageModel]]


async def writer(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the service that writes and judges."""
    campaign = practice.campaign
    wanted = {"drafting.model": campaign.drafting.model, "verification.model": campaign.verification.model}
    async for finding in _service("writer", practice.writer, wanted, (FlagName.WRITER, "openai"), practice):
        yield finding


async def researcher(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the service that researches."""
    wanted = {"research.model": practice.campaign.research.model}
    whose = (FlagName.RESEARCHER, practice.campaign.research.provider)
    async for finding in _service("researcher", practice.researcher, wanted, whose, practice):
        yield finding


async def _service(
    area: str, opener: Opener, wanted: Mapping[str, str], whose: tuple[FlagName, str], practice: Practice
) -> AsyncGenerator[Finding, None]:
    async with opener() as model:
        offered = await model.models()
    yield ok(f"{area}.key", f"the key is known and may use {len(offered)} models")
    yield models_line(area, wanted, offered)
    yield price_line(area, wanted)
    yield shutdown_line(area, wanted, offered, practice.clock.now().date())
    yield money_line(area, *whose, practice)
    yield drift_line(area, whose[1], practice)


def models_line(area: str, wanted: Mapping[str, str], offered: Sequence[ModelInfo]) -> Finding:
    """Whether the key may use every configured model."""
    known = {info.model for info in offered}
    missing = {key: name for key, name in wanted.items() if name not in known}
    if missing:
        told = ", ".join(f"{name} ({key})" for key, name in missing.items())
        fix = "choose another model in campaign.toml, or allow it to the key's project"
        return fail(f"{area}.models", f"the key may not use {told}", fix)
    return ok(f"{area}.models", f"the key may use {', '.join(dict.fromkeys(wanted.values()))}")


def price_line(area: str, wanted: Mapping[str, str]) -> Finding:
    """Whether every configured model has a price: one without is refused before it is asked (rule B29)."""
    unpriced = []
    for name in dict.fromkeys(wanted.values()):
        try:
            known_price(name)
        except ServiceFailure:
            unpriced.append(name)
    if unpriced:
        fix = "add its price to resources/models/prices.py, or choose a model that has one"
        return fail(f"{area}.prices", f"no price is known for {', '.join(unpriced)}", fix)
    return ok(f"{area}.prices", "every model has a price")


def shutdown_line(area: str, wanted: Mapping[str, str], offered: Sequence[ModelInfo], today: date) -> Finding:
    """Models that are switched off within thirty days."""
    ends = {info.model: info.shutdown for info in offered if info.shutdown is not None}
    ending = {name: ends[name] for name in wanted.values() if name in ends and ends[name] - today <= AHEAD}
    if ending:
        told = ", ".join(f"{name} on {day.isoformat()}" for name, day in ending.items())
        return warn(
            f"{area}.shutdown", f"switched off soon: {told}", "choose another model in campaign.toml before that day"
        )
    return ok(f"{area}.shutdown", f"no model is switched off within {AHEAD.days} days")

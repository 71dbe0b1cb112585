"""Research of companies: bought once per company while fresh, only for leads that can be mailed now (rules A5, A13)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.work import Item
from resources.models.gateway import LanguageModel, ModelRequest, Task
from rules import research
from rules.campaign import Campaign
from rules.hashing import canonical, input_hash
from rules.outcomes import Deferred, Done, Outcome, Rejected, Skipped, StageReport, State
from stages.asking import Asker, read
from stages.days import day_of, next_day_at
from stages.latching import latch, latched
from stages.spending import Purse
from stages.workers import run_items

STAGE = "research"
EXPECTED_USD = 0.01

RESEARCH_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "company_key": pl.String, "state": pl.String, "reason": pl.String, "company": pl.String,
    "what_they_do": pl.String, "facts": pl.String, "fact_count": pl.Int64, "news": pl.String, "fingerprint": pl.String,
    "model": pl.String, "rule_version": pl.String, "cost_usd": pl.Float64, "bought_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


def research_key(company_key: str) -> str:
    """The item's key: a new version of the rules researches anew."""
    return f"{company_key}@{research.RESEARCH_VERSION}"


def fresh_research(
    ledger: Ledger, campaign: Campaign, companies: Sequence[str], *, clock: Clock
) -> dict[str, Mapping[str, Any]]:
    """Accepted research of these companies that is still fresh, by company key."""
    oldest = clock.now() - timedelta(days=campaign.research.fresh_days)
    found: dict[str, Mapping[str, Any]] = {}
    for entry in ledger.work.outcomes(STAGE, keys=[research_key(company) for company in companies]):
        if isinstance(entry.outcome, Done) and entry.at >= oldest:
            found[str(entry.outcome.value["company_key"])] = entry.outcome.value
    return found


async def research_companies(
    rows: Sequence[Mapping[str, Any]],
    leads: Mapping[str, Mapping[str, Any]],
    *,
    model: LanguageModel,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    progress: Callable[[int, int], None] | None = None,
) -> StageReport:
    """Research the companies of picked rows that have nothing fresh.

    Args:
        rows: Picked rows of the plan.
        leads: Rows of the `leads` table by lead id.
        model: The web-grounded model.
        ledger: Answers and outcomes.
        campaign: The configuration.
        clock: The time.
        progress: Called with done and total.
    """
    now = clock.now()
    by_company = {row["company_key"]: leads[row["lead_id"]] for row in reversed(rows)}
    fresh = fresh_research(ledger, campaign, list(by_company), clock=clock)
    todo = [_item(key, lead, ledger, campaign, clock) for key, lead in sorted(by_company.items()) if key not in fresh]
    purse = Purse(
        campaign.budget, ledger=ledger, day=day_of(now, campaign.zone),
        until=next_day_at(now, campaign.zone), expected_usd=EXPECTED_USD,
    )  # fmt: skip
    asker = Asker(model, ledger, clock, purse)

    async def one(item: tuple[Item, Mapping[str, Any]]) -> Outcome:
        return await _research(item[0], item[1], asker, campaign)

    known: list[Outcome] = [Done(fresh[key]) for key in by_company if key in fresh]
    if todo and (off := latched(ledger, FlagName.RESEARCHER)):
        return StageReport.of(STAGE, [*known, *(Skipped(off) for _ in todo)])
    outcomes, stopped = await run_items(
        todo, one, limit=campaign.research.concurrency, clock=clock, progress=progress,
        record=lambda item, outcome: ledger.work.record(item[0], outcome, now=clock.now()),
    )  # fmt: skip
    latch(ledger, FlagName.RESEARCHER, stopped, now=clock.now())
    return StageReport.of(STAGE, [*known, *outcomes], systemic=stopped)


def _item(
    key: str,
    lead: Mapping[str, Any],
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
) -> tuple[Item, Mapping[str, Any]]:
    earlier = [
        entry.at.isoformat()
        for entry in ledger.work.outcomes(STAGE, keys=[research_key(key)])
        if entry.outcome.state in (State.DONE, State.REJECTED)
    ]
    inputs = input_hash(
        company=lead["company"], site=lead["website"], country=lead["country_code"],
        model=campaign.research.model, version=research.RESEARCH_VERSION, purchase=max(earlier, default=""),
    )  # fmt: skip
    return Item(STAGE, research_key(key), inputs, day_of(clock.now(), campaign.zone)), {**lead, "company_key": key}


async def _research(item: Item, lead: Mapping[str, Any], asker: Asker, campaign: Campaign) -> Outcome:
    key = str(lead["company_key"])
    site = "" if key.startswith("name:") else key
    company = str(lead["company"] or key)
    question = research.document(company=company, site=site, country=str(lead["country_code"] or ""))
    request = ModelRequest(
        task=Task.RESEARCH,
        model=campaign.research.model,
        instructions=research.INSTRUCTIONS,
        document=canonical(question),
        schema_name="company_research",
        schema=research.SCHEMA,
        search_domains=(site,) if site else (),
        cache_key=f"{campaign.id}.research",
    )
    answer = await asker.ask(item, request, attempt=1)
    if isinstance(answer, Deferred):
        return answer
    value, refused = read(answer, lambda text: _interpreted(text, company=company, site=site))
    if value is None:
        return Rejected(refused or "refused", answer.usage.cost_usd)
    full = {**value, "company_key": key, "company": company, "model": answer.model}
    return Done(full, answer.usage.cost_usd)


def _interpreted(text: str, *, company: str, site: str) -> tuple[Mapping[str, Any] | None, str | None]:
    found, refused = research.read_answer(text, company=company, site=site)
    if found is None:
        return None, refused
    return {
        "what_they_do": found.what_they_do,
        "facts": [asdict(fact) for fact in found.facts],
        "news": list(found.news),
        "avoid": list(found.avoid),
        "fingerprint": found.fingerprint,
        "rule_version": research.RESEARCH_VERSION,
    }, None


def research_frame(ledger: Ledger, day: str) -> pl.DataFrame:
    """Rows of the `research_blobs` table for a day, from the ledger alone."""
    rows = []
    for entry in ledger.work.outcomes(STAGE, day=day):
        value = entry.outcome.value if isinstance(entry.outcome, Done) else {}
        rows.append({
            "day": day,
            "company_key": entry.item.key.rpartition("@")[0],
            "state": entry.outcome.state.value,
            "reason": None if isinstance(entry.outcome, Done) else entry.outcome.reason,
            "company": value.get("company"),
            "what_they_do": value.get("what_they_do"),
            "facts": json.dumps(value.get("facts", []), ensure_ascii=False),
            "fact_count": len(value.get("facts", [])),
            "news": json.dumps(value.get("news", []), ensure_ascii=False),
            "fingerprint": value.get("fingerprint"),
            "model": value.get("model"),
            "rule_version": value.get("rule_version"),
            "cost_usd": getattr(entry.outcome, "cost_usd", 0.0),
            "bought_at": entry.at,
        })  # fmt: skip
    return pl.DataFrame(rows, schema=RESEARCH_SCHEMA)

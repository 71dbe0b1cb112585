"""Research of companies: bought once per company while fresh, only for leads that can be mailed now (rules A5, A13).

What must hold: a company that was bought is not bought again before it is stale, whatever the answer was worth.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from resources.clock.gateway import Clock
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.work import Item, Recorded
from resources.models.gateway import LanguageModel, ModelAnswer, ModelRequest, Task
from rules.campaign import Campaign
from rules.hashing import canonical, input_hash
from rules.outcomes import Deferred, Done, Outcome, Rejected, Skipped, StageReport
from rules.research.asking import INSTRUCTIONS, QUESTION_VERSION, SCHEMA, document
from stages.asking import Asker
from stages.days import day_of, next_day_at
from stages.latching import latch, latched
from stages.research_reading import STAGE, interpret, known_boilerplate, read_again, research_key, settle_day
from stages.spending import Purse
from stages.workers import run_items

EXPECTED_USD: Final = 0.01
OWN_SITE, WHOLE_WEB = "own site", "whole web"
SEARCHES: Final = (OWN_SITE, WHOLE_WEB)
"""Where is searched, in this order: the second time only where the first brought nothing that may be used."""


def fresh_research(
    ledger: Ledger, campaign: Campaign, companies: Sequence[str], *, clock: Clock
) -> dict[str, Mapping[str, Any]]:
    """Accepted research of these companies that is still fresh, by company key."""
    return {
        company: entry.outcome.value
        for company, entry in _bought(ledger, campaign, companies, clock=clock).items()
        if isinstance(entry.outcome, Done)
    }


def _bought(ledger: Ledger, campaign: Campaign, companies: Sequence[str], *, clock: Clock) -> dict[str, Recorded]:
    """What was bought of these companies and is still fresh, the newest of each: accepted or refused."""
    oldest = clock.now() - timedelta(days=campaign.research.fresh_days)
    entries = ledger.work.outcomes(STAGE, keys=[research_key(company) for company in companies])
    return {
        entry.item.key.rpartition("@")[0]: entry
        for entry in sorted(entries, key=lambda entry: entry.at)
        if isinstance(entry.outcome, Done | Rejected) and entry.at >= oldest
    }


async def research_companies(
    rows: Sequence[Mapping[str, Any]],
    leads: Mapping[str, Mapping[str, Any]],
    *,
    model: LanguageModel,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    run: str = "",
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
        run: The run, whose stages share a budget.
        progress: Called with done and total.
    """
    now = clock.now()
    day = day_of(now, campaign.zone)
    by_company = {row["company_key"]: leads[row["lead_id"]] for row in reversed(rows)}
    bought = _bought(ledger, campaign, list(by_company), clock=clock)
    read_again(ledger, list(bought.values()))
    known: list[Outcome] = [_known(entry) for entry in _bought(ledger, campaign, list(bought), clock=clock).values()]
    missing = {key: lead for key, lead in sorted(by_company.items()) if key not in bought}
    todo = [(item, missing[company]) for company, item in _items(missing, ledger, day=day).items()]
    if todo and (off := latched(ledger, FlagName.RESEARCHER)):
        return StageReport.of(STAGE, [*known, *(Skipped(off) for _ in todo)])
    until = next_day_at(now, campaign.zone)
    purse = Purse(campaign.budget, ledger=ledger, day=day, until=until, expected_usd=EXPECTED_USD, run=run)
    asker, boilerplate = Asker(model, ledger, clock, purse), known_boilerplate(ledger)

    async def one(work: tuple[Item, Mapping[str, Any]]) -> Outcome:
        return await _research(*work, asker, campaign, boilerplate)

    outcomes, stopped = await run_items(
        todo, one, limit=campaign.research.concurrency, clock=clock, progress=progress,
        record=lambda work, outcome: ledger.work.record(work[0], outcome, now=clock.now()),
    )  # fmt: skip
    latch(ledger, FlagName.RESEARCHER, stopped, now=clock.now())
    if todo:
        settle_day(ledger, day, now=clock.now())
    return StageReport.of(STAGE, [*known, *outcomes], systemic=stopped)


def _known(entry: Recorded) -> Outcome:
    """What is known already, at no cost: what it cost was counted on the day it was bought."""
    if isinstance(entry.outcome, Done):
        return Done(entry.outcome.value)
    return Skipped(f"refused when it was bought on {entry.item.day}: {getattr(entry.outcome, 'reason', '')}")


def _items(missing: Mapping[str, Any], ledger: Ledger, *, day: str) -> dict[str, Item]:
    """An item per company; what was bought before and went stale makes it another question."""
    keys = {research_key(company): company for company in missing}
    last: dict[str, str] = {}
    for entry in ledger.work.outcomes(STAGE, keys=list(keys)):
        if isinstance(entry.outcome, Done | Rejected):
            company = keys[entry.item.key]
            last[company] = max(last.get(company, ""), entry.at.isoformat())
    inputs = {
        company: input_hash(company=company, version=QUESTION_VERSION, after=last.get(company, ""))
        for company in keys.values()
    }
    return {company: Item(STAGE, key, inputs[company], day) for key, company in keys.items()}


async def _research(
    item: Item, lead: Mapping[str, Any], asker: Asker, campaign: Campaign, boilerplate: frozenset[str]
) -> Outcome:
    """Ask on the company's own site, then on the whole web where that brought nothing that may be used."""
    company_key = item.key.rpartition("@")[0]
    site = "" if company_key.startswith("name:") else company_key
    name = str(lead["company"] or company_key)
    question = canonical(document(company=name, site=site, country=str(lead["country_code"] or "")))
    answers: list[ModelAnswer] = []
    outcome: Outcome = Skipped("nothing was asked")
    for attempt, searched in enumerate(SEARCHES if site else (WHOLE_WEB,), start=1):
        request = ModelRequest(
            task=Task.RESEARCH, model=campaign.research.model, instructions=INSTRUCTIONS, document=question,
            schema_name="company_research", schema=SCHEMA,
            search_domains=(site,) if searched == OWN_SITE else (), cache_key=f"{campaign.id}.research",
        )  # fmt: skip
        answer = await asker.ask(item, request, attempt=attempt)
        if isinstance(answer, Deferred):
            return answer
        answers.append(answer)
        outcome = interpret(item, answers, question=question, boilerplate=boilerplate)
        if isinstance(outcome, Done):
            break
    return outcome

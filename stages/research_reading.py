"""Reading what was bought about companies: one answer, all answers of an older reading, the crowd of a day (rule B36).

What must hold: nothing here asks anybody or costs anything; what is read again keeps its day and its price.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import polars as pl

from resources.ledger.ledger import Ledger
from resources.ledger.work import Item, Recorded
from resources.models.gateway import ModelAnswer
from rules.hashing import canonical
from rules.outcomes import Done, Outcome, Rejected
from rules.research.asking import QUESTION_VERSION
from rules.research.crowd import common_quotes, outliers
from rules.research.reading import READING_VERSION, SeenPage, quote_key, read_answer
from stages.asking import unusable

STAGE: Final = "research"
BOILERPLATE: Final = "research_boilerplate"

RESEARCH_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "company_key": pl.String, "state": pl.String, "reason": pl.String, "company": pl.String,
    "what_they_do": pl.String, "facts": pl.String, "fact_count": pl.Int64, "news": pl.String, "avoid": pl.String,
    "source": pl.String, "searched": pl.String, "left_out": pl.String, "fingerprint": pl.String, "model": pl.String,
    "rule_version": pl.String, "cost_usd": pl.Float64, "bought_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


def research_key(company_key: str) -> str:
    """The item's key: another question is another purchase."""
    return f"{company_key}@{QUESTION_VERSION}"


def interpret(
    item: Item, answers: Sequence[ModelAnswer], *, question: str, boilerplate: frozenset[str] = frozenset()
) -> Outcome:
    """The outcome of a company's answers: the first that may be used, else why the last may not.

    Args:
        item: The company's.
        answers: As bought: on its own site, then on the whole web.
        question: The document that was asked with.
        boilerplate: Quotes that were met at several companies.
    """
    asked = json.loads(question)["company"]
    cost = round(sum(answer.usage.cost_usd for answer in answers), 6)
    reason = "nothing was answered"
    for number, answer in enumerate(answers):
        refused = unusable(answer)
        if refused is not None:
            reason = refused
            continue
        pages = [SeenPage(source.url, source.snippet) for source in answer.sources]
        found, refused = read_answer(
            answer.text or "", company=asked["name"], site=asked["site"], pages=pages, known_boilerplate=boilerplate
        )
        if found is None:
            reason = refused or "refused"
            continue
        return Done({
            "what_they_do": found.what_they_do,
            "facts": [_fact(fact) for fact in map(asdict, found.facts)],
            "news": [asdict(news) for news in found.news],
            "avoid": list(found.avoid),
            "source": found.facts[0].source.value,
            "searched": "own site" if asked["site"] and number == 0 else "whole web",
            "left_out": dict(found.left_out),
            "fingerprint": found.fingerprint,
            "rule_version": READING_VERSION,
            "company_key": item.key.rpartition("@")[0],
            "company": asked["name"],
            "model": answer.model,
        }, cost)  # fmt: skip
    return Rejected(reason, cost)


def _fact(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) for name, value in fact.items() if name != "seen"} | {"seen": fact["seen"]}


def read_again(ledger: Ledger, entries: Sequence[Recorded]) -> int:
    """Read answers anew: those that an older version read, and those that were refused; buys nothing.

    Returns:
        How many are read differently now.
    """
    boilerplate = known_boilerplate(ledger)
    changed = 0
    for entry in entries:
        old = entry.outcome
        if isinstance(old, Done) and old.value.get("rule_version") == READING_VERSION:
            continue
        if not isinstance(old, Done | Rejected):
            continue
        answers, question = ledger.work.bought(entry.item), ledger.work.question(entry.item)
        if not answers or (question := question or _question_of(entry)) is None:
            continue
        outcome = interpret(entry.item, answers, question=question, boilerplate=boilerplate)
        if outcome != old:
            ledger.work.record(entry.item, outcome, now=entry.at)
            changed += 1
    return changed


def read_day_again(ledger: Ledger, day: str, *, now: datetime) -> int:
    """Read a day's answers anew, then its crowd: what a backfill does after the reading's version was raised."""
    return read_again(ledger, ledger.work.outcomes(STAGE, day=day)) + settle_day(ledger, day, now=now)


def _question_of(entry: Recorded) -> str | None:
    """The question of an answer that was bought before questions were kept."""
    if not isinstance(entry.outcome, Done):
        return None
    key = str(entry.outcome.value["company_key"])
    company = {"name": entry.outcome.value.get("company") or key, "site": "" if key.startswith("name:") else key}
    return canonical({"company": company})


def known_boilerplate(ledger: Ledger) -> frozenset[str]:
    """Quotes that were met at several companies, ever."""
    kept = ledger.keepsakes.kept(BOILERPLATE, "all")
    return frozenset(json.loads(kept)) if kept else frozenset()


def settle_day(ledger: Ledger, day: str, *, now: datetime) -> int:
    """Hold the day's companies against each other: shared quotes are left out, answers unlike all others are refused.

    Returns:
        How many outcomes changed.
    """
    done = {
        str(entry.outcome.value["company_key"]): (entry, entry.outcome)
        for entry in ledger.work.outcomes(STAGE, day=day)
        if isinstance(entry.outcome, Done)
    }
    quotes = {
        company: [quote_key(fact["quote"]) for fact in outcome.value["facts"]] for company, (_, outcome) in done.items()
    }
    common = common_quotes(quotes)
    if common:
        common |= known_boilerplate(ledger)
        ledger.keepsakes.keep(BOILERPLATE, "all", canonical(sorted(common)).encode(), now=now)
    far = outliers({company: _length(outcome.value) for company, (_, outcome) in done.items()})
    changed: list[tuple[Item, Outcome, datetime]] = []
    for company, (entry, outcome) in done.items():
        if company in far:
            changed.append((entry.item, Rejected(far[company], outcome.cost_usd), entry.at))
        elif common.intersection(quotes[company]):
            answers, question = ledger.work.bought(entry.item), ledger.work.question(entry.item)
            if answers and question:
                again = interpret(entry.item, answers, question=question, boilerplate=common)
                changed.append((entry.item, again, entry.at))
    for item, judged, at in changed:
        ledger.work.record(item, judged, now=at)
    return len(changed)


def _length(value: Mapping[str, Any]) -> int:
    return len(value["what_they_do"]) + sum(len(fact["claim"]) + len(fact["quote"]) for fact in value["facts"])


def research_frame(ledger: Ledger, day: str) -> pl.DataFrame:
    """Rows of the `research_blobs` table for a day, from the ledger alone."""
    rows = []
    for entry in ledger.work.outcomes(STAGE, day=day):
        value = entry.outcome.value if isinstance(entry.outcome, Done) else {}
        told = {
            name: json.dumps(value.get(name, []), ensure_ascii=False) for name in ("facts", "news", "avoid", "left_out")
        }
        rows.append({
            **{name: value.get(name) for name in RESEARCH_SCHEMA},
            **told,
            "day": day,
            "company_key": entry.item.key.rpartition("@")[0],
            "state": entry.outcome.state.value,
            "reason": None if isinstance(entry.outcome, Done) else entry.outcome.reason,
            "fact_count": len(value.get("facts", [])),
            "cost_usd": getattr(entry.outcome, "cost_usd", 0.0),
            "bought_at": entry.at,
        })  # fmt: skip
    return pl.DataFrame(rows, schema=RESEARCH_SCHEMA)

"""Research on a company, as a web-grounded model would give it.

The one thing that must hold: every quote of the answer stands in a snippet of the search results, and every source is
the address of one of them (unless a fault breaks that on purpose).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.minds.companies import Company, invent, news_date
from sandbox.minds.document import Document, list_at, text_at
from sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class Research:
    """The answer under the names schemas use, the search results it rests on, and the queries asked."""

    answer: dict[str, Any]
    results: list[dict[str, Any]]
    queries: list[str]


NOTHING: Final = Research(
    {
        "is_this_company": False,
        "what_they_do": "",
        "summary": "",
        "facts": [],
        "recent_news": [],
        "avoid": [],
    },
    [],
    [],
)
"""What is known without having searched, or with nothing found."""


def research(world: World, document: Document, *, only: Sequence[str] = ()) -> Research:
    """Look up the company that the document names; `only` allows domains, or denies those that begin with `-`."""
    company = _company(world, document)
    queries = [company.name, f"{company.name} {company.domain}"]
    if not company.known or world.faults.strikes("perplexity.no_results", company.domain):
        return replace(NOTHING, queries=queries)
    dated = world.faults.strikes("perplexity.no_dates", company.domain) is None
    if not _allowed(company.domain, only):
        return replace(NOTHING, queries=queries)
    return Research(_answer(world, company), _results(world, company, dated=dated), queries)


def _allowed(domain: str, only: Sequence[str]) -> bool:
    named = [one.lstrip("-").lower() for one in only]
    inside = any(domain == one or domain.endswith(f".{one}") for one in named)
    return not inside if any(one.startswith("-") for one in only) else inside or not named


def _company(world: World, document: Document) -> Company:
    named = document.get("company")
    inner: Mapping[str, Any] = named if isinstance(named, Mapping) else {}
    name = text_at(inner, "name") or (named.strip() if isinstance(named, str) else "") or text_at(document, "name")
    sites = [text_at(inner, key) for key in ("domain", "site", "website", "url")]
    sites += [text_at(document, key) for key in ("domain", "company_domain", "website", "site")]
    sites += [str(one) for one in list_at(inner, "domains") + list_at(document, "company_domains")]
    return invent(world.seed, name, next((site for site in sites if site), ""))


def _answer(world: World, company: Company) -> dict[str, Any]:
    facts = [{"claim": fact.claim, "quote": fact.quote, "source_url": company.url(fact.path)} for fact in company.facts]
    if world.faults.strikes("perplexity.foreign_quote", company.domain):
        facts[0] = {**facts[0], "quote": "We are proud to be the market leader in everything we do."}
    news = [
        {
            "title": title,
            "date": news_date(world.now, age),
            "summary": title,
            "url": company.url(path),
            "source_url": company.url(path),
        }
        for title, age, path in company.news
    ]
    return {
        "is_this_company": True,
        "company": company.name,
        "what_they_do": company.what_they_do,
        "summary": company.what_they_do,
        "facts": facts,
        "recent_news": news,
        "avoid": list(company.avoid),
        "confidence": 0.8,
    }


def _results(world: World, company: Company, *, dated: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, page in enumerate(company.pages, start=1):
        result: dict[str, Any] = {
            "id": number,
            "url": company.url(page.path),
            "title": f"{page.title} | {company.name}",
            "snippet": page.text,
            "source": "web",
        }
        if dated:
            result["date"] = news_date(world.now, page.age_days)
            result["last_updated"] = news_date(world.now, page.age_days // 2)
        found.append(result)
    return found

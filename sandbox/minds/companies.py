"""Invented companies: what they do, what can be quoted about them, what is new.

The one thing that must hold: a company is the same every time it is asked about, and every quote stands word for word
on the page it is quoted from. Nothing in here names a real or another invented company.
"""

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sandbox.minds.trades import TRADES, Trade
from sandbox.world.chance import chance

_UNKNOWN: Final = 0.02
_OWN_WORDS: Final = (
    "That is how {name} works.",
    "At {name} nobody remembers it being otherwise.",
    "Ask anybody at {name} about it.",
    "{name} is a little proud of that.",
    "It says a lot about {name}.",
)
"""Second sentences of quotes whose first one says no name."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page on the company's own site: `text` holds every sentence quoted from it."""

    path: str
    title: str
    text: str
    age_days: int


@dataclass(frozen=True, slots=True)
class Quotable:
    """A fact, the sentence it rests on, and the path of the page."""

    claim: str
    quote: str
    path: str


@dataclass(frozen=True, slots=True)
class Company:
    """Everything invented about one company; `known` False means that the web has nothing on it."""

    name: str
    domain: str
    what_they_do: str
    facts: tuple[Quotable, ...]
    news: tuple[tuple[str, int, str], ...]
    avoid: tuple[str, ...]
    pages: tuple[Page, ...]
    known: bool = True

    def url(self, path: str) -> str:
        """The address of one of its pages."""
        return f"https://www.{self.domain}{path}"


def invent(seed: int, name: str, domain: str) -> Company:
    """Return the company with this name and site; the site decides, the name does where there is none."""
    domain = _host(domain) or f"{_slug(name)}.example"
    name = name.strip() or domain.partition(".")[0].title()
    stream = chance(seed, "company", domain)
    if stream.random() < _UNKNOWN:
        return Company(name, domain, "", (), (), (), (), known=False)
    trade = _trade(name, stream)
    numbers = _numbers(stream)
    picked = stream.sample(trade.facts, k=3)
    facts = tuple(
        Quotable(claim.format(name=name, **numbers), _own(quote.format(name=name, **numbers), name, stream), path)
        for claim, quote, path in picked
    )
    headline = stream.choice(trade.news).format(name=name, **numbers)
    what = f"{name} {trade.does}."
    avoid = (stream.choice(trade.avoid),) if stream.random() < 0.4 else ()  # noqa: PLR2004 - some have none
    return Company(
        name=name,
        domain=domain,
        what_they_do=what,
        facts=facts,
        news=((headline, stream.randint(5, 80), "/news"),),
        avoid=avoid,
        pages=_pages(what, facts, headline, trade, stream),
    )


def news_date(now: datetime, age_days: int) -> str:
    """Return the date of something that is `age_days` old."""
    return (now - timedelta(days=age_days)).date().isoformat()


def _own(quote: str, name: str, stream: random.Random) -> str:
    """A quote as only this company writes it: on the web, hardly two sites share a sentence."""
    return quote if name in quote else f"{quote} {stream.choice(_OWN_WORDS).format(name=name)}"


def _pages(
    what: str, facts: tuple[Quotable, ...], headline: str, trade: Trade, stream: random.Random
) -> tuple[Page, ...]:
    pages = [Page("/", "Home", f"{what} {trade.slogan}", stream.randint(10, 300))]
    for path in dict.fromkeys(fact.path for fact in facts):
        quotes = " ".join(fact.quote for fact in facts if fact.path == path)
        title = path.strip("/").replace("-", " ").title()
        pages.append(Page(path, title, f"{quotes} {stream.choice(trade.filler)}", stream.randint(20, 400)))
    pages.append(Page("/news", "News", f"{headline}. {stream.choice(trade.filler)}", stream.randint(3, 60)))
    return tuple(pages)


def _numbers(stream: random.Random) -> dict[str, int | str]:
    towns = ("Lindau", "Porto", "Galway", "Tampere", "Leiden", "Osaka", "Pune", "Quito", "Ghent", "Adelaide", "Boise")
    return {
        "people": stream.choice((18, 25, 34, 46, 60, 85, 120, 210, 340)),
        "since": stream.randint(1952, 2019),
        "sites": stream.choice(("two", "three", "four", "five", "seven")),
        "share": stream.choice((12, 18, 22, 27, 31, 40)),
        "town": stream.choice(towns),
        "year": stream.choice((2024, 2025, 2026)),
        "count": stream.choice((14, 30, 48, 75, 110, 160, 260)),
        "weeks": stream.choice(("two", "three", "five", "six", "eight")),
        "month": stream.choice(("January", "March", "May", "June", "September", "October")),
    }


def _trade(name: str, stream: random.Random) -> Trade:
    lowered = name.lower()
    fitting = [trade for trade in TRADES if any(sign in lowered for sign in trade.signs)]
    return stream.choice(fitting or list(TRADES))


def _host(domain: str) -> str:
    host = re.sub(r"^[a-z]+://", "", domain.strip().lower()).split("/")[0].split("?")[0].partition(":")[0]
    return host.removeprefix("www.")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"

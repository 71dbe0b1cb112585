"""How an answer about a company is read, layer by layer: shape, right company, walls, sources, quotes (rules B8, B12).

What must hold: a fact without a quote and a public source is no fact, and an answer about another company is no
answer. Reading is free: it needs the raw answer and the question only, and may be repeated (rule B36).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from rules.attribution.names import take_apart
from rules.domains import owner_domain
from rules.hashing import content_hash
from rules.hosts import host_of
from rules.research.sources import RANK, Source, public_page, source_of
from rules.research.walls import wall_in

READING_VERSION: Final = "2"
"""Raised when answers are read differently: every answer that was bought is read again, and nothing is bought."""

MOST_FACTS: Final = 30
_MOST: Final[Mapping[str, int]] = {"what_they_do": 1_200, "claim": 400, "quote": 800}
"""Characters; a text that is longer is a page that was copied, not what was asked for."""
_FEWEST_QUOTED_WORDS: Final = 3
_SHORTEST_NAME_PART: Final = 3
_DATE: Final = re.compile(r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\Z")
_WORD: Final = re.compile(r"\w+")
_MARKUP: Final = re.compile(r"<[a-z/!]|\{\{|\]\(|\x00|[\u202a-\u202e\u2066-\u2069]", re.IGNORECASE)


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Fact(_Closed):
    claim: str
    quote: str
    source_url: str


class _News(_Closed):
    title: str
    date: str | None
    source_url: str


class _Answer(_Closed):
    """The schema once more, as what is accepted."""

    is_this_company: bool
    what_they_do: str
    facts: tuple[_Fact, ...]
    recent_news: tuple[_News, ...]
    avoid: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page the search brought up, with as much of its text as the provider hands over (often little, or none)."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A claim with its verbatim quote and the page it stands on.

    Attributes:
        source: Who says it.
        seen: Whether the quote stands in the text that the provider handed over; ``None`` where it handed over none.
    """

    claim: str
    quote: str
    source_url: str
    source: Source
    seen: bool | None = None


@dataclass(frozen=True, slots=True)
class News:
    """Something recent: its day as ``YYYY-MM-DD`` or ``None``."""

    title: str
    date: str | None
    source_url: str


@dataclass(frozen=True, slots=True)
class CompanyResearch:
    """An accepted answer.

    Attributes:
        facts: The preferred source first.
        fingerprint: Tells one page served for many companies (rule B11).
        left_out: Why facts and news of the answer were left out, with their number.
    """

    what_they_do: str
    facts: tuple[Fact, ...]
    news: tuple[News, ...]
    avoid: tuple[str, ...]
    fingerprint: str
    left_out: Mapping[str, int]


Read = tuple[CompanyResearch | None, str | None]


def read_answer(
    text: str,
    *,
    company: str,
    site: str,
    pages: Sequence[SeenPage] = (),
    known_boilerplate: frozenset[str] = frozenset(),
) -> Read:
    """Read an answer.

    Args:
        text: The model's text.
        company: The name that was asked about.
        site: Its own site, empty where it has none.
        pages: What the search brought up.
        known_boilerplate: Quotes (as `quote_key`) that were met at several companies.

    Returns:
        The research and ``None``, or ``None`` and the reason it is refused.
    """
    try:
        answer = _Answer.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        return None, f"the answer does not have the shape that was asked for: {where}: {first['msg']}"
    if not answer.is_this_company:
        return None, f"the pages found are not about {company}"
    what = answer.what_they_do.strip()
    if (wall := wall_in(what)) is not None:
        return None, f"the pages found are no content: {wall}"
    if not what or len(what) > _MOST["what_they_do"]:
        return None, "the answer does not say in a sentence or two what they do"
    facts, left_out = _facts(answer, site=site, pages=pages, known_boilerplate=known_boilerplate)
    walls = {reason: number for reason, number in left_out.items() if reason.startswith(_WALL)}
    if walls and sum(walls.values()) >= len(facts):
        return None, f"the pages found are no content: {next(iter(walls)).removeprefix(_WALL)}"
    if not facts:
        reasons = ", ".join(f"{number} {reason}" for reason, number in left_out.items())
        return None, f"the answer holds no fact with a quote and a source{f' ({reasons})' if reasons else ''}"
    if not _names_company([what, *_texts(facts)], facts, company=company, site=site):
        return None, f"no page, quote or claim of the answer names {company}"
    news = tuple(item for item in map(_news, answer.recent_news) if item is not None)
    if dropped := len(answer.recent_news) - len(news):
        left_out["news without a page"] += dropped
    return CompanyResearch(
        what_they_do=what,
        facts=facts,
        news=news,
        avoid=tuple(said for item in answer.avoid if (said := item.strip()) and len(said) <= _MOST["claim"]),
        fingerprint=fingerprint(facts),
        left_out=dict(left_out),
    ), None


def quote_key(quote: str) -> str:
    """One key for a quote however it is written."""
    return content_hash(_words(quote))


def fingerprint(facts: Sequence[Fact]) -> str:
    """A hash of the quotes, whatever their order."""
    return content_hash(sorted(fact.quote for fact in facts))


_WALL: Final = "wall: "


def _facts(
    answer: _Answer, *, site: str, pages: Sequence[SeenPage], known_boilerplate: frozenset[str]
) -> tuple[tuple[Fact, ...], Counter[str]]:
    """The facts that hold, the preferred source first, and why the others were left out."""
    left_out: Counter[str] = Counter()
    handed_over = _words(" ".join(page.text for page in pages))
    owners = {_owner(page.url) for page in pages} - {None}
    kept: dict[str, Fact] = {}
    for item in answer.facts[:MOST_FACTS]:
        fact = Fact(item.claim.strip(), item.quote.strip(), item.source_url.strip(), Source.PRESS)
        reason = _wrong(fact, owners) or ("boilerplate" if quote_key(fact.quote) in known_boilerplate else None)
        source = source_of(fact.source_url, site=site)
        if reason or source is None:
            left_out[reason or "without a public page"] += 1
            continue
        seen = _words(fact.quote) in handed_over if handed_over else None
        kept.setdefault(quote_key(fact.quote), Fact(fact.claim, fact.quote, fact.source_url, source, seen))
    facts = list(kept.values())
    if any(fact.seen for fact in facts):  # the provider hands over what it read: the others were made up
        unseen = sum(1 for fact in facts if not fact.seen)
        left_out.update({"with a quote that stands on no page": unseen} if unseen else {})
        facts = [fact for fact in facts if fact.seen]
    return tuple(sorted(facts, key=lambda fact: RANK[fact.source])), left_out


def _wrong(fact: Fact, owners: AbstractSet[str | None]) -> str | None:
    """Why a fact cannot be one, by its form alone."""
    if not (fact.claim and fact.quote and fact.source_url):
        return "without a quote or a source"
    if (wall := wall_in(fact.quote) or wall_in(fact.claim)) is not None:
        return f"{_WALL}{wall}"
    if len(fact.claim) > _MOST["claim"] or len(fact.quote) > _MOST["quote"]:
        return "too long to be a quote"
    if len(_words(fact.quote).split()) < _FEWEST_QUOTED_WORDS:
        return "with a quote of a word or two"
    if _MARKUP.search(fact.quote) or _MARKUP.search(fact.claim):
        return "with markup in it"
    if owners and _owner(fact.source_url) not in owners:
        return "from a page the search did not bring up"
    return None


def _owner(url: str) -> str | None:
    host = host_of(url)
    return None if host is None else owner_domain(host) or host


def _words(text: str) -> str:
    """A text as its words, whatever its case, accents, quotation marks and white space."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(_WORD.findall(plain.casefold()))


def _texts(facts: Sequence[Fact]) -> Iterator[str]:
    for fact in facts:
        yield fact.claim
        yield fact.quote


def _names_company(texts: Sequence[str], facts: Sequence[Fact], *, company: str, site: str) -> bool:
    """Whether the answer is about who was asked for, without the model's word: its own site, or its name somewhere."""
    if any(fact.source is Source.OWN_SITE for fact in facts):
        return True
    said = set(_words(" ".join(texts)).split())
    telling = {word for word in take_apart(company).telling if len(word) >= _SHORTEST_NAME_PART}
    label = (host_of(site) or "").removeprefix("www.").partition(".")[0]
    return not telling or bool(telling & said) or (len(label) >= _SHORTEST_NAME_PART and label in said)


def _news(item: _News) -> News | None:
    title = item.title.strip()
    if not title or len(title) > _MOST["claim"] or wall_in(title) or public_page(item.source_url) is None:
        return None
    date = item.date.strip() if item.date else None
    return News(title, date if date and _DATE.match(date) else None, item.source_url.strip())

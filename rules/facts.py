"""The typed facts a writer is shown, chosen from stored research; what reads like an order to anybody is not shown.

What must hold: a writer sees claims with a quote and a source, each short, clean and under an id, and never a page.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from rules.draft_gate.orders import order_in
from rules.draft_gate.words import as_read, mixed_scripts
from rules.inventions import invented

FACTS_VERSION: Final = "1"
"""Version of the rules that choose facts; part of every draft."""

MOST: Final = 8
"""Facts a writer is shown: more makes a worse mail."""
LONGEST: Final = 320
"""Characters of a claim or quote; a longer one is a page."""
_BLOB = re.compile(r"[A-Za-z0-9+/=_-]{24,}|(?:[0-9a-fA-F]{2}[\s:]?){16,}")
_MARKUP = re.compile(r"<[a-zA-Z!/][^>]*>|-->|\{\{|\]\(|```|&#?\w+;")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact under the id by which a draft names it."""

    id: str
    claim: str
    quote: str
    source: str

    @property
    def words(self) -> str:
        """Everything it says."""
        return f"{self.claim} {self.quote}"


@dataclass(frozen=True, slots=True)
class Shown:
    """Facts for the writer and, for the record, why others are not shown."""

    facts: tuple[Fact, ...]
    about: str
    avoid: tuple[str, ...]
    withheld: tuple[str, ...]


def shown_facts(research: Mapping[str, Any]) -> Shown:
    """Choose what a writer sees of a company's research.

    Args:
        research: Accepted research as the ledger keeps it: ``facts`` with ``claim``, ``quote``, ``source_url``;
            ``what_they_do``, ``news``, ``avoid``.
    """
    facts: list[Fact] = []
    withheld: list[str] = []
    news = [
        {"claim": item.get("title"), "quote": item.get("title"), "source_url": item.get("source_url")}
        for item in research.get("news", [])
    ]
    for kind, entries in (("f", research.get("facts", [])), ("n", news)):
        for number, entry in enumerate(entries, start=1):
            claim, quote = (clean(str(entry.get(name) or "")) for name in ("claim", "quote"))
            name = f"{kind}{number}"
            if reason := withhold(claim) or withhold(quote):
                withheld.append(f"{name}: {reason}")
            elif len(facts) < MOST:
                facts.append(Fact(name, claim, quote, str(entry.get("source_url") or "")))
    about = clean(str(research.get("what_they_do") or ""))
    if reason := withhold(about):
        withheld.append(f"what they do: {reason}")
        about = ""
    avoid = [clean(str(item)) for item in research.get("avoid", [])]
    kept = tuple(item for item in avoid if withhold(item) is None)
    return Shown(tuple(facts), about, kept[:MOST], tuple(withheld))


def clean(text: str) -> str:
    """A text as a reader sees it, on one line: compatibility forms folded, invisible signs gone."""
    return " ".join(as_read(text).split())


@lru_cache(maxsize=4_096)
def withhold(text: str) -> str | None:
    """Why a text is not shown to a writer, or ``None``: it is no fact but an order, an address, markup or a riddle."""
    if len(text) > LONGEST:
        return f"{len(text)} characters are a page, not a fact"
    if found := order_in(text):
        return f"it reads like an order: {found[:60]!r}"
    if _MARKUP.search(text):
        return "it holds markup"
    if found := mixed_scripts(text):
        return f"it mixes scripts inside a word: {found[:40]!r}"
    if found := invented(text):
        return f"it holds {found}"
    if hidden := _decoded(text):
        return f"it hides a text: {hidden[:40]!r}"
    return None


def _decoded(text: str) -> str | None:
    """What a coded stretch says, or the stretch itself: prose has none."""
    for blob in _BLOB.finditer(text):
        raw = blob.group()
        if not any(sign.isdigit() or sign in "+/=" for sign in raw) and raw.isalpha() and raw.islower():
            continue  # a long word of a language that makes long words
        try:
            return base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return raw
    return None


def words_of(facts: Sequence[Fact]) -> str:
    """Everything the facts say, as one text."""
    return "\n".join(fact.words for fact in facts)

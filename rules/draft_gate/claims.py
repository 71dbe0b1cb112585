"""What a mail says about its reader, about us or about the world has to rest on something the writer was told.

What must hold: the same draft and the same facts give the same verdict. This compares words, not meanings: it refuses
some true sentences in other words, and it does not see a false one made of the fact's own words; docs/drafting.md says
how often.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from rules.draft_gate.draft import Context, Draft
from rules.draft_gate.language import spoken
from rules.draft_gate.words import after_greeting, content_stems, fold, listed, sentences, stems, words
from rules.facts import words_of

SUPPORT = 0.5
"""Share of a sentence's telling words that one fact, or what we say of ourselves, has to hold."""
FREE, FREE_ABOUT_THEM, FREE_ABOUT_ME = 3, 1, 5
"""Telling words that a sentence may hold unsupported; fewer about the reader or the company, more about the writer.
A sentence that is marked as a guess gets what any other gets, whomever it is about."""
_PARTS = re.compile(r"(?<=[:;])\s+")


@dataclass(frozen=True)
class _Ground:
    """What sentences are held against."""

    context: Context

    @cached_property
    def common(self) -> frozenset[str]:
        """Stems of what may stand beside any fact: names, role, what the company does, our own words."""
        context = self.context
        return stems("\n".join((*context.recipient.values(), context.company, context.about, context.ours)))

    @cached_property
    def facts(self) -> list[frozenset[str]]:
        """Stems of each fact; one empty one where there is none."""
        return [stems(fact.words) for fact in self.context.facts] or [frozenset()]

    @cached_property
    def same_language(self) -> bool:
        """Whether facts and mail are in one language: words can be compared only then."""
        told = words_of(self.context.facts)
        return not told or spoken(told) in (self.context.tongue, None)


def claim(draft: Draft, context: Context) -> str | None:
    """Every factual sentence rests on a fact, on the offer or on an earlier mail; nobody is flattered."""
    ground = _Ground(context)
    praise, told = listed("praise", context.tongue), {fold(word) for word in words(f"{context.theirs}\n{context.ours}")}
    if flattery := next((word for word in words(draft.text) if fold(word) in praise and fold(word) not in told), None):
        return f"the text flatters: {flattery!r}"
    for sentence in (draft.subject, *sentences(after_greeting(draft.text))):
        if _asks(sentence):
            continue
        for part in _PARTS.split(sentence):
            if problem := _unsupported(part, draft, ground):
                return problem
    return None


def _asks(sentence: str) -> bool:
    return sentence.rstrip(" \"')\u201d\u00bb").endswith("?")


def _unsupported(part: str, draft: Draft, ground: _Ground) -> str | None:
    context = ground.context
    folded = {fold(word) for word in words(part)}
    guessed = bool(folded & listed("hedge", context.tongue))
    telling = [word for word in content_stems(part, context.tongue) if word not in context.names]
    about_them = bool(folded & listed("reader", context.tongue)) or context.company_stem in stems(part)
    about_me = bool(folded & listed("own", context.tongue)) and not about_them
    free = FREE if guessed else FREE_ABOUT_THEM if about_them else FREE_ABOUT_ME if about_me else FREE
    if not ground.same_language:
        if guessed:
            return None
        named = any(_same(part, one.sentence) and one.facts for one in draft.claims)
        lonely = about_them and len(telling) > FREE and not named
        return f"no fact is named for a sentence about the reader: {part[:120]!r}" if lonely else None
    missing = min((_missing(telling, fact | ground.common) for fact in ground.facts), key=len)
    if len(missing) <= max(free, (1 - SUPPORT) * len(telling)):
        return None
    return f"a sentence rests on no fact: {part[:120]!r}"


def _missing(telling: Sequence[str], known: AbstractSet[str]) -> list[str]:
    return [word for word in telling if word not in known]


def _same(one: str, other: str) -> bool:
    return [fold(word) for word in words(one)] == [fold(word) for word in words(other)]


def named_facts(draft: Draft, context: Context) -> str | None:
    """The facts a writer names exist, stand behind the sentence they are named for, and an opener rests on one."""
    known = {fact.id: fact for fact in context.facts}
    text = " ".join(fold(word) for word in words(draft.text))
    ground = _Ground(context)
    for one in draft.claims:
        if unknown := next((name for name in one.facts if name not in known), None):
            return f"the writer names a fact that does not exist: {unknown!r}"
        if " ".join(fold(word) for word in words(one.sentence)) not in text:
            return f"the writer explains a sentence that is not in the text: {one.sentence[:80]!r}"
        telling = [word for word in content_stems(one.sentence, context.tongue) if word not in context.names]
        backing = set().union(*(stems(known[name].words) for name in one.facts)) | ground.common
        if (
            one.facts
            and ground.same_language
            and len(_missing(telling, backing)) > max(FREE, (1 - SUPPORT) * len(telling))
        ):
            return f"the fact that is named says something else than {one.sentence[:80]!r}"
    if context.step == "opener" and context.facts and not any(one.facts for one in draft.claims):
        return "the opener rests on no fact of the research"
    return None

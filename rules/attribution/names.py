"""What in a company's name tells it from other companies (rule B24: the shorter, the more context).

One thing must hold: how telling a word is depends on the word and the corpus alone, never on the domain it is compared
with.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from rules.place.folding import fold
from rules.place.tables import cities_named
from rules.reference import reference_set

BITS_PER_LETTER = 2.6  # of made-up names; English text as a whole carries 1.5 to 2, random letters 4.7
COMMON_WORD_BITS = 9.0  # a dictionary word: one of some 500 that companies like to be called
GENERIC_WORD_BITS = 3.0  # Bank, Energy, Global: shared by whole industries
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_INFLECTIONS = (("ies", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", ""))
_ENDINGS = tuple(end for end, _ in _INFLECTIONS)
_NOTE = 50  # thousand people make a place of note
_SHORTEST_STEM = 3
_ACADEMIC_STEMS = ("univers", "college", "school", "institut", "academ", "hochschul", "polytech", "ecole", "escuela")


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company name taken apart.

    Attributes:
        words: Folded words without legal forms, articles and bracketed asides, in order.
        telling: Of these, the ones that are not generic (Bank, Global); all of them when every one is generic.
        academic: Whether it names a university, school or institute.
    """

    words: tuple[str, ...]
    telling: tuple[str, ...]
    academic: bool

    @property
    def key(self) -> str:
        """One key for the spellings of a name (rule B22): `Zoover B.V.` and `ZOOVER` are one."""
        return " ".join(self.words)


@lru_cache(maxsize=200_000)
def take_apart(name: str) -> CompanyName:
    """A company name without what says nothing: legal forms, articles, punctuation."""
    bare = _ASIDE.sub(" ", name) if "(" in name or "[" in name else name
    words = tuple(fold(bare.replace(".com", " ")).split()) or tuple(fold(name).split())
    kept = tuple(word for word in words if word not in reference_set("legal_forms.txt")) or words
    telling = tuple(word for word in kept if word not in reference_set("generic_words.txt")) or kept
    academic = any(word.startswith(_ACADEMIC_STEMS) for word in words)
    return CompanyName(words=kept, telling=telling, academic=academic)


@cache
def is_generic(word: str) -> bool:
    """Whether the word stands for an industry, a region or a rank and for no company."""
    return word in reference_set("generic_words.txt") or word in reference_set("legal_forms.txt")


@lru_cache(maxsize=200_000)
def is_common(word: str) -> bool:
    """Whether the word is in the dictionary, inflected or not, or is a place of note."""
    common = reference_set("common_words.txt")
    if word in common or any(city.population >= _NOTE for city in cities_named(word)):
        return True
    return word.endswith(_ENDINGS) and any(
        word.endswith(end) and len(word) - len(end) >= _SHORTEST_STEM and word.removesuffix(end) + rest in common
        for end, rest in _INFLECTIONS
    )


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How many companies of the corpus have a word in their name; what makes a word rare is the list itself."""

    companies: int = 0
    by_word: Mapping[str, int] = field(default_factory=dict)

    def bits(self, word: str) -> float:
        """How much it tells that a domain shows this word of a name, in bits.

        Letters count for what made-up names carry; a dictionary word, a generic word and a word that other companies
        of the corpus bear count for less.
        """
        told = BITS_PER_LETTER * len(word)
        if is_generic(word):
            return min(told, GENERIC_WORD_BITS)
        if is_common(word):
            told = min(told, COMMON_WORD_BITS)
        others = self.by_word.get(word, 1) - 1
        return min(told, math.log2(max(self.companies, 2) / (others + 1))) if others > 0 else told

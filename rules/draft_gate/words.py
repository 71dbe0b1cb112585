"""Words and sentences of a mail, as the checks compare them: folded, stemmed a little, without the words of all mails.

What must hold: nothing here needs a model, and a text is looked at as it is read, not as it is spelled.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from rules.reference import reference_rows

LANGUAGES: Final = ("en", "de", "fr", "es")
"""Languages with word lists of their own; the gate knows less about others and says so in docs/drafting.md."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_ENDS = re.compile(r"(?<=[.!?\u2026])[\"')\]\u201d\u00bb]*\s+(?=[\"'(\u201c\u201e\u00ab\u00bf\u00a1]?[^\W\d_a-z]|\d)")
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|prof|st|no|nr|ca|bzw|z\.\s?b|d\.\s?h|u\.\s?a|e\.g|i\.e|vs|inc|ltd|co|corp|p\.\s?ex|sr|sra|approx)\.$",
    re.IGNORECASE,
)
_SUFFIXES = (
    "ungen", "ations", "ements", "ation", "ement", "ingly", "ities", "ung", "ings", "ment", "tion", "ing", "ers", "ies",
    "est", "ity", "ed", "er", "es", "en", "em", "ly", "s", "e", "n", "t", "a", "o",
)  # fmt: skip
_LEAST, _STEM = 4, 6
_GREETING = re.compile(r"\s*[^\n,:!?]{0,60}[,:!\n]")
_GREETED: Final = 5
"""Words of the longest greeting: Sehr geehrte Frau Dr. Hopper."""
AT_HAND: Final = 512
"""Texts whose words are remembered: every check asks for those of the same mail and the same facts."""


def as_read(text: str) -> str:
    """A text as a reader sees it: compatibility forms folded, invisible signs removed."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    hidden = {sign for sign in set(folded) if unicodedata.category(sign) == "Cf"}
    return "".join(sign for sign in folded if sign not in hidden) if hidden else folded


def fold(text: str) -> str:
    """A word or a text without case and accents."""
    return text.lower() if text.isascii() else _fold(text)


@lru_cache(maxsize=4_096)
def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).replace("\u2019", "'")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The part of a folded word that its forms share; two words that differ in the ending only get the same one."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _LEAST:
            word = word[: -len(suffix)]
            break
    return word[:_STEM]


@lru_cache(maxsize=AT_HAND)
def words(text: str) -> tuple[str, ...]:
    """Words of a text in order, as written."""
    return tuple(_WORD.findall(text))


@lru_cache(maxsize=AT_HAND)
def stems(text: str) -> frozenset[str]:
    """Stems of a text's words; parts of hyphenated words count alone too."""
    folded = {fold(word) for word in words(text)}
    parts = (part for word in folded if "-" in word for part in word.split("-"))
    return frozenset(map(stem, (*folded, *parts)))


@lru_cache(maxsize=AT_HAND)
def sentences(text: str) -> tuple[str, ...]:
    """Sentences of a text; a line break ends one too."""
    found: list[str] = []
    for line in text.splitlines():
        waiting = ""
        for part in _ENDS.split(line.strip()):
            waiting = f"{waiting} {part}".strip()
            if not (waiting.endswith(".") and _ABBREVIATION.search(waiting)):
                found.append(waiting)
                waiting = ""
        if waiting:
            found.append(waiting)
    return tuple(sentence for sentence in found if sentence)


def after_greeting(text: str) -> str:
    """A mail's text without "Dear Grace,": a few words up to a comma or the line's end."""
    found = _GREETING.match(text)
    if found is None:
        return text
    said = {fold(word) for word in words(found.group())}
    return text if len(said) > _GREETED or said & known_anywhere("reader") else text[found.end() :]


@lru_cache(maxsize=64)
def listed(kind: str, language: str) -> frozenset[str]:
    """Folded words of a kind in a language, from the table of mail words; empty where the table has none."""
    rows = reference_rows("mail_words.tsv")
    return frozenset(fold(word) for row in rows if row[:2] == (language, kind) for word in row[2].split())


@lru_cache(maxsize=16)
def known_anywhere(kind: str) -> frozenset[str]:
    """Folded words of a kind in any of the languages."""
    return frozenset().union(*(listed(kind, language) for language in LANGUAGES))


def content_stems(text: str, language: str) -> list[str]:
    """Stems of the words that say something: without function words, small talk of mails and numbers."""
    idle = listed("function", language) | listed("small talk", language)
    idle_stems = _stems_of(idle)
    return [
        stem(folded)
        for word in words(text)
        if (folded := fold(word)) not in idle and len(folded) > 2 and stem(folded) not in idle_stems  # noqa: PLR2004 - shorter words say little
    ]


@lru_cache(maxsize=16)
def _stems_of(folded: frozenset[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in folded if len(word) > _LEAST)


def mixed_scripts(text: str) -> str | None:
    """A word whose letters come from several alphabets: nobody writes so but to deceive."""
    for word in () if text.isascii() else words(text):
        scripts = {unicodedata.name(sign, "?").split(" ")[0] for sign in word if sign.isalpha()}
        if len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}) > 1:
            return word
    return None

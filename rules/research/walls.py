"""Whether a text is a page's content or only looks like it: login forms, robot checks, parked domains, error pages.

What must hold (rule B12): every page of the corpus in `tests/rules/data/wall_pages.tsv` is recognised. A page that got
through is added there first, and then its words to `rules/reference/walls.tsv`.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Final

from rules.reference import reference_rows

FEW_WORDS: Final = 16
"""Up to so many words a text says little else than the phrase in it."""

_WEIGHT: Final[Mapping[str, int]] = {"anywhere": 9, "alone": 3, "hint": 1}
_ENOUGH_IN_FEW: Final = 3
_ENOUGH: Final = 9
_SPACE: Final = re.compile(r"\s+")
_PLAIN: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2026": "..."})


def wall_in(text: str) -> str | None:
    """What a text is instead of content (``robot check``), or ``None`` where it may be content.

    Some words are a wall wherever they stand ("verify you are human"). Others stand in honest sentences too ("access
    denied" at a maker of locks): they count in a text of few words, or where many of them come together.
    """
    plain = _plain(text)
    known = _phrases()
    weights: Counter[str] = Counter()
    for words in set(_pattern().findall(plain)):
        kind, where = known[words]
        weights[kind] += _WEIGHT[where]
    enough = _ENOUGH_IN_FEW if len(plain.split()) <= FEW_WORDS else _ENOUGH
    return weights.most_common(1)[0][0] if weights.total() >= enough else None


def _plain(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", html.unescape(text)).translate(_PLAIN).casefold()).strip()


@cache
def _phrases() -> Mapping[str, tuple[str, str]]:
    return {_plain(words): (kind, where) for kind, where, words in reference_rows("walls.tsv")}


@cache
def _pattern() -> re.Pattern[str]:
    """Every phrase, the longest first, at the borders of words."""
    longest_first = sorted(_phrases(), key=lambda words: (-len(words), words))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")

"""How a domain's label can be read as a company's name.

One thing must hold: a reading explains every letter of the label, by words of the name, by the label of the company's
own site, or by affixes that say nothing. A label with an unexplained rest has no reading (rule B24: boundaries).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import idna

from rules.attribution.names import CompanyName, is_generic
from rules.place.folding import fold

# What companies put around their name in a domain.
_AFFIXES = frozenset(
    {"get", "my", "try", "use", "the", "go", "join", "hey", "we", "with", "app", "apps", "hq", "hello", "inc", "corp"}
    | {"co", "ltd", "llc", "group", "grp", "global", "intl", "int", "international", "online", "web", "net", "mail"}
    | {
        "team",
        "labs",
        "lab",
        "tech",
        "dev",
        "js",
        "cdn",
        "api",
        "data",
        "cloud",
        "digital",
        "connect",
        "now",
        "service",
    }
    | {"services", "user", "users", "userservice", "official", "world", "worldwide", "usa", "us", "uk", "eu", "de"}
    | {"u", "uni", "univ", "edu", "university", "universitat", "universite", "college", "school", "study", "campus"}
    | {
        "connection",
        "students",
        "student",
        "alumni",
        "staff",
        "company",
        "holdings",
        "holding",
        "io",
        "ai",
        "plc",
        "ag",
    }
    | {"and", "of", "for", "by", "at", "de", "la", "le", "advisor", "advisors", "elite", "network", "networks"}
)
_SHORTEST_WORD = 2
_SHORTEST_TRUNCATION = 6
_LONGEST_CUT = 3  # a longer cut is an abbreviation, and those collide
_LONGEST_LABEL = 40
_SHORTEST_STEM = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a label.

    Attributes:
        bits: How much the words found tell.
        words: Words of the name (or the site's label) it shows, in order of the label.
        affixes: What stands around them.
        covers: Whether every telling word of the name is shown.
    """

    bits: float
    words: tuple[str, ...]
    affixes: tuple[str, ...]
    covers: bool


@lru_cache(maxsize=200_000)
def plain_label(domain: str) -> str:
    """The label the owner chose, without hyphens: `stumble-upon.com` and `stumbleupon.com` show the same."""
    label = domain.partition(".")[0]
    if label.isascii() and label.isalnum():
        return label
    if label.startswith("xn--"):
        with suppress(idna.IDNAError):
            label = idna.decode(label)
    return fold(label).replace(" ", "")


_AFFIXES_BY_LETTER = {
    letter: tuple(affix for affix in _AFFIXES if affix[0] == letter) for letter in {affix[0] for affix in _AFFIXES}
}


def _affix_ends(label: str, start: int) -> list[int]:
    """Where an affix or a run of digits that begins at a letter may end."""
    first = label[start]
    if first.isdigit():
        return [end for end in range(start + 1, len(label) + 1) if label[start:end].isdigit()]
    return [start + len(affix) for affix in _AFFIXES_BY_LETTER.get(first, ()) if label.startswith(affix, start)]


def _shown(word: str, label: str, start: int) -> str:
    """What a label shows of a word from a letter on: all of it, a long one cut short by a few letters, or nothing."""
    if label.startswith(word, start):
        return word
    for cut in range(1, _LONGEST_CUT + 1):
        if len(word) - cut >= _SHORTEST_TRUNCATION and label.startswith(word[:-cut], start):
            return word[:-cut]
    return ""


def read_label(label: str, name: CompanyName, bits: Callable[[str], float]) -> Reading | None:
    """The most telling reading of a label, or None when some of its letters stay unexplained.

    Args:
        label: The plain label of a mail domain.
        name: The company's name.
        bits: How much a word of the name tells.
    """
    if not label or len(label) > _LONGEST_LABEL:
        return None
    words = [word for word in dict.fromkeys(name.words) if len(word) >= _SHORTEST_WORD]
    best: dict[int, tuple[float, tuple[str, ...], tuple[str, ...]]] = {0: (0.0, (), ())}
    for start in range(len(label)):
        if start not in best:
            continue
        told, shown, around = best[start]
        for word in words:
            if (piece := _shown(word, label, start)) and piece not in shown:
                end = start + len(piece)
                candidate = (told + bits(piece), (*shown, piece), around)
                if end not in best or candidate[0] > best[end][0]:
                    best[end] = candidate
        for end in _affix_ends(label, start):
            if end not in best or told > best[end][0]:
                best[end] = (told, shown, (*around, label[start:end]))
    if len(label) not in best or not best[len(label)][1]:
        return None
    told, shown, around = best[len(label)]
    covers = all(any(word.startswith(piece) for piece in shown) for word in name.telling)
    return Reading(bits=told, words=shown, affixes=around, covers=covers)


def shared_stem(label: str, site_label: str) -> str | None:
    """What a mail domain's and the site's label share when one is the other with an affix; None otherwise."""
    short, long = sorted((label, site_label), key=len)
    if short == long:
        return short
    if len(short) >= _SHORTEST_STEM and short in long:
        before, _, after = long.partition(short)
        if all(not rest or rest in _AFFIXES or is_generic(rest) for rest in (before, after)):
            return short
    return None


def initials(name: CompanyName) -> frozenset[str]:
    """The acronyms of a name: of all its words, and of the telling ones."""
    return frozenset(
        letters
        for words in (name.words, name.telling)
        if len(letters := "".join(word[0] for word in words)) >= _SHORTEST_WORD
    )

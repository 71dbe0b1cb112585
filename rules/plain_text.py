"""Text as it is compared: without case, accents and typographic variants, so that a word list needs one spelling.

What must hold: folding twice changes nothing, and a pattern is folded like the text that it is held against.
"""

import re
import unicodedata

_ACCENTS = frozenset(map(chr, range(0x300, 0x370)))
"""Accents of Latin letters; the marks of other scripts are letters and stay."""
_LETTERS = str.maketrans({
    "ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "\u0131": "i", "\u2019": "'", "\u2018": "'",
    "\u00b4": "'", "\u2013": "-", "\u2014": "-", "\u301c": "-", "\uff5e": "-", "\u00a0": " ", "\u202f": " ",
    "\u3000": " ",
})  # fmt: skip
_UPPER_ESCAPE = re.compile(r"\\[A-Z]")


def plain(text: str) -> str:
    """The text in lower case, without accents, apostrophes and dashes in one form each."""
    lowered = text.casefold().translate(_LETTERS)
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    folded = unicodedata.normalize("NFKC", "".join(sign for sign in decomposed if sign not in _ACCENTS))
    return folded.casefold().translate(_LETTERS)


def any_of(*alternatives: str) -> re.Pattern[str]:
    """One pattern for several, to be held against plain text; written with accents, compared without.

    Raises:
        ValueError: A pattern with an escape in capitals, which would change its meaning in lower case.
    """
    if wrong := [each for each in alternatives if _UPPER_ESCAPE.search(each)]:
        raise ValueError(f"write {wrong[0]!r} without escapes in capitals")
    return re.compile("|".join(plain(each) for each in alternatives), re.MULTILINE)

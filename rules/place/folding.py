"""One spelling for a place name, whoever typed it.

One thing must hold: folding is idempotent and drops case, accents, punctuation and white space only, never a letter.
"""

import re
import unicodedata
from functools import lru_cache

# Letters that do not decompose, dotless i and the Hawaiian and typographic apostrophes among them.
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
    | {"\u0131": "i", "\u02bb": "", "\u2019": "'", "&": " and "}
)
# Accents of Latin, Greek and Cyrillic; the marks of other scripts are letters and stay.
_ACCENTS = frozenset(map(chr, range(0x300, 0x370)))
_INNER = re.compile(r"(?<=\w)'(?=\w)|(?<=\b\w)\.(?=\w\b|\s|$)")  # d'Ivoire, U.S.A.
_OTHER = re.compile(r"[^a-z0-9]+")
_SHORT = {"st": "saint", "ste": "saint", "ft": "fort", "mt": "mount"}


def _foreign_words(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    plain = unicodedata.normalize("NFKC", "".join(sign for sign in decomposed if sign not in _ACCENTS))
    return "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain.casefold())


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """A place name as a key: `St. Étienne` and `saint etienne` are one, `U.S.A.` and `usa` too."""
    plain = _INNER.sub("", text.casefold().translate(_LETTERS))
    words = (_OTHER.sub(" ", plain) if plain.isascii() else _foreign_words(plain)).split()
    return " ".join([_SHORT.get(word, word) for word in words[:-1]] + words[-1:])

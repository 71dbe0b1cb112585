"""The lists of phrases, and whether a text holds one.

What must hold: the lists are data with a language each, and a phrase counts as whole words only (rule B24).
"""

import re
from functools import lru_cache
from typing import Final

from rules.draft_gate.words import as_read, fold
from rules.reference import reference_rows

KINDS: Final = ("spam", "pressure", "sensitive", "machine")


@lru_cache(maxsize=8)
def _pattern(kind: str) -> re.Pattern[str]:
    rows = reference_rows("mail_phrases.tsv")
    listed = sorted({fold(row[2]) for row in rows if row[0] == kind}, key=len, reverse=True)
    either = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in listed)
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])")


def said_in(text: str, kind: str, *, but: str = "") -> str | None:
    """The first phrase of a kind in a text that is not also in ``but``; ``None`` where there is none."""
    allowed = fold(but)
    for found in _pattern(kind).finditer(fold(as_read(text))):
        if found.group() not in allowed:
            return found.group()
    return None

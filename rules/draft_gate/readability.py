"""How hard a text is to read: LIX (Bjornsson 1968), which counts sentences and long words and knows no language.

What must hold: a number for the same text is the same everywhere; the limits are wide, since they stop walls of words.
"""

from typing import Final

from rules.draft_gate.draft import Context, Draft
from rules.draft_gate.words import sentences, words

LIMITS: Final = {
    "en": 55.0,
    "fr": 60.0,
    "es": 60.0,
    "it": 60.0,
    "pt": 60.0,
    "nl": 60.0,
    "de": 68.0,
    "sv": 65.0,
    "fi": 75.0,
}
"""LIX above which a mail is refused; 60 is an official document, and languages that join their nouns get more."""
OTHER_LIMIT: Final = 68.0
LONGEST_SENTENCE: Final = 40
_LONG_WORD: Final = 6


def lix(text: str) -> float:
    """Words a sentence plus the percentage of words with more than six letters; 0 for no words."""
    spoken = words(text)
    if not spoken:
        return 0.0
    long = sum(len(word) > _LONG_WORD for word in spoken)
    return len(spoken) / max(1, len(sentences(text))) + 100 * long / len(spoken)


def readability(draft: Draft, context: Context) -> str | None:
    """Read at a glance: short sentences, ordinary words."""
    longest = max((len(words(sentence)) for sentence in sentences(draft.text)), default=0)
    if longest > LONGEST_SENTENCE:
        return f"a sentence has {longest} words, at most {LONGEST_SENTENCE} are read"
    level, limit = lix(draft.text), LIMITS.get(context.tongue, OTHER_LIMIT)
    return f"the text is hard to read: LIX {level:.0f}, at most {limit:.0f}" if level > limit else None

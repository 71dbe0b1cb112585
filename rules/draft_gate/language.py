"""Which language a text is in: by its function words where that is clear, by a trained detector where it is not.

What must hold: the detector (py3langid, 97 languages) is loaded on the first doubt and never before.
"""

from functools import lru_cache
from typing import Any, Final

from rules.draft_gate.draft import Context, Draft
from rules.draft_gate.words import LANGUAGES, fold, listed, words

_SHARE, _LEAD, _SURE = 0.2, 2.0, 0.9
_SHORTEST: Final = 6


def spoken(text: str) -> str | None:
    """The language of a text as an ISO 639-1 code; ``None`` where it is too short or nobody can say."""
    folded = [fold(word) for word in words(text)]
    if len(folded) < _SHORTEST:
        return None
    votes = sorted(((sum(word in listed("function", one) for word in folded), one) for one in LANGUAGES), reverse=True)
    (most, first), (second, _) = votes[0], votes[1]
    if most >= _SHARE * len(folded) and most >= _LEAD * second:
        return first
    language, certainty = _detector().classify(text)
    return str(language) if certainty >= _SURE else None


@lru_cache(maxsize=1)
def _detector() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - 5 MB of numbers, on the first doubt

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language(draft: Draft, context: Context) -> str | None:
    """The mail is in the reader's language, as a whole and in each paragraph that is long enough to tell."""
    for part in (draft.text, *draft.text.split("\n\n")):
        heard = spoken(part)
        if heard is not None and heard != context.tongue:
            return f"the text is in {heard!r}, the mail is to be in {context.language!r}: {part[:60]!r}"
    return None

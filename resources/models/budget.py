"""Whether an input may go to a model: plain text within a token budget, counted before it is paid for (rule B27).

What must hold: the estimate errs on the high side, so that a request inside the budget fits. It is no bill: what was
really used comes with the answer.
"""

import re
from typing import Final

from resources.models.gateway import ModelRequest
from rules.failures import FailureKind, ServiceFailure

DEFAULT_BUDGET: Final = 24_000
"""Tokens of input per request; a research answer with its sources and a thread take about a quarter."""

_WORDS: Final = re.compile(r"[A-Za-z]+|[0-9]|[^\sA-Za-z0-9]|\s{2,}")
_LETTERS_PER_TOKEN: Final = 4
_DATA: Final = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,|[A-Za-z0-9+/]{512,}={0,2}")
_MARKUP: Final = re.compile(r"<(?:script|style|html|body|iframe)\b", re.IGNORECASE)


def estimated_tokens(text: str) -> int:
    """Estimate tokens from above: a word costs one token per started four letters, anything else one per UTF-8 pair."""
    total = 0
    for piece in _WORDS.findall(text):
        if piece.isascii():
            total += -(-len(piece) // _LETTERS_PER_TOKEN)
        else:
            total += -(-len(piece.encode()) // 2)
    return total


def check_input(request: ModelRequest, *, budget: int = DEFAULT_BUDGET) -> int:
    """Return the estimated input tokens of a request that may be sent.

    Raises:
        ServiceFailure: ``PERMANENT``: over the budget, or holding binary data, a script or a page instead of text.
    """
    if _DATA.search(request.document) or "\0" in request.document:
        raise _refused("binary_input", "the document holds binary data; extract its text first")
    if _MARKUP.search(request.document):
        raise _refused("markup_input", "the document holds a page's markup; extract its text first")
    tokens = estimated_tokens(request.instructions) + estimated_tokens(request.document)
    if tokens > budget:
        raise _refused("input_over_budget", f"about {tokens} input tokens, the budget is {budget}")
    return tokens


def _refused(code: str, message: str) -> ServiceFailure:
    return ServiceFailure.of(FailureKind.PERMANENT, "models", code, message)

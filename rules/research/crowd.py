"""What only a crowd of companies shows: quotes that stand everywhere, answers that are unlike all others (B11, B12).

What must hold: a judgement needs enough companies to be one; with few, nobody is judged.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Final

BOILERPLATE_AT: Final = 3
"""So many companies with one quote make it the web's, not theirs."""
FEWEST: Final = 20
"""Companies of a day from which lengths are compared."""
FAR: Final = 6.0
"""Robust deviations from the day's middle: 1.4826 times the median of absolute deviations, of logarithms."""
_LEAST_SPREAD: Final = 0.25
"""Of logarithms, so that a day of nearly equal answers does not make 30 % more an outlier."""


def common_quotes(by_company: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Quotes (as `reading.quote_key`) that several companies are said to have written."""
    counts = Counter(key for quotes in by_company.values() for key in set(quotes))
    return frozenset(key for key, companies in counts.items() if companies >= BOILERPLATE_AT)


def outliers(lengths: Mapping[str, int]) -> dict[str, str]:
    """Companies whose research is far longer or shorter than the day's, with the reason.

    Args:
        lengths: Characters of what was said about each company.
    """
    if len(lengths) < FEWEST:
        return {}
    logs = {company: math.log(max(1, length)) for company, length in lengths.items()}
    middle = median(logs.values())
    spread = max(_LEAST_SPREAD, 1.4826 * median(abs(value - middle) for value in logs.values()))
    typical = round(math.exp(middle))
    return {
        company: f"{lengths[company]} characters of research where the day's {len(lengths)} companies have {typical}"
        for company, value in logs.items()
        if abs(value - middle) > FAR * spread
    }


def shared_fingerprints(fingerprints: Sequence[str]) -> float:
    """The share of companies whose research equals another's: an alarm when it is not near zero (rule B11)."""
    if not fingerprints:
        return 0.0
    counts = Counter(fingerprints)
    return sum(count for count in counts.values() if count > 1) / len(fingerprints)

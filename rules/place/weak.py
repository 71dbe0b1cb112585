"""What a dialling prefix or a domain's country code hints about a country.

One thing must hold: a hint is never a statement; whoever uses it marks the result as weak.
"""

import re
from functools import lru_cache

from rules.place.tables import countries_by_prefix, countries_by_top_level_domain

_DIGITS = re.compile(r"\D+")
_LONGEST_PREFIX = 5


def countries_of_phone(phone: str | None) -> tuple[str, ...]:
    """Countries behind an international number (`+` or `00` first); national numbers say nothing."""
    text = (phone or "").strip()
    digits = _DIGITS.sub("", text)
    if not text.startswith(("+", "00", "(+")):
        return ()
    digits = digits.removeprefix("00")
    table = countries_by_prefix()
    longest = next((n for n in range(_LONGEST_PREFIX, 0, -1) if digits[:n] in table and len(digits) > n + 3), 0)
    return table.get(digits[:longest], ())


@lru_cache(maxsize=100_000)
def country_of_domain(domain: str | None) -> str | None:
    """The country of a domain under a country code that is used as one; None for `.com` and for `.io`."""
    return countries_by_top_level_domain().get((domain or "").rstrip(".").rpartition(".")[2].lower())

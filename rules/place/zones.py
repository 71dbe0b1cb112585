"""What is known about a lead's time zone: candidates, how sure, and by what.

One thing must hold: unknown is a state with no candidates, never UTC and never a default (rule A5).
"""

from dataclasses import dataclass
from enum import StrEnum

PLACE_VERSION = "2026.11.1"
"""Version of the place rules and tables; part of every stored verdict that used them."""


class Confidence(StrEnum):
    """How sure a set of candidates is, from a stated place down to nothing."""

    HIGH = "high"
    """The record states a place and it has one time."""
    MEDIUM = "medium"
    """The record states a place, and it leaves several times or only a bare name of a city."""
    WEAK = "weak"
    """Only the dialling prefix or the domain's country code speaks."""
    NONE = "none"
    """Nothing speaks, or what is said names no place."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Candidate zones of a lead.

    Attributes:
        candidates: IANA names; several stay several, none is unknown.
        confidence: How sure.
        how: What it was inferred from, in words for the record.
        country: ISO 3166-1 alpha-2 code, when known.
        subdivision: ISO 3166-2 code without the country, when known; narrows the public holidays.
    """

    candidates: tuple[str, ...]
    confidence: Confidence
    how: str
    country: str | None = None
    subdivision: str | None = None

    def __post_init__(self) -> None:
        if bool(self.candidates) == (self.confidence is Confidence.NONE):
            raise ValueError("no candidates and no confidence go together")

    @property
    def known(self) -> bool:
        """Whether there is any candidate."""
        return bool(self.candidates)


UNKNOWN = Zones(candidates=(), confidence=Confidence.NONE, how="no place is stated")

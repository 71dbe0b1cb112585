"""Names of everybody else in a run: a mail that names another lead or another lead's company is refused (rule B24).

What must hold: the shorter a name, the more context it needs: a name of one word counts only where it stands as a name.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rules.draft_gate.words import fold, words
from rules.reference import reference_set

_LONGEST = 6
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Others:
    """An index of names by their folded words; a look-up costs as much as the draft has words."""

    index: frozenset[tuple[str, ...]]
    longest: int = _LONGEST

    @classmethod
    def of(cls, names: Iterable[str]) -> "Others":
        """Index names of people and companies; single words that are also plain words are left out."""
        found = set()
        for name in names:
            parts = tuple(fold(word) for word in words(name)[:_LONGEST])
            if len(parts) > 1 or (
                parts and len(parts[0]) > _SHORT and parts[0] not in reference_set("common_words.txt")
            ):
                found.add(parts)
        return cls(frozenset(found))

    def named_in(self, text: str, *, but: Iterable[str]) -> str | None:
        """The first name of somebody else in a text, or ``None``; what also stands in ``but`` is nobody else's."""
        if not self.index:
            return None
        spoken = words(text)
        folded = [fold(word) for word in spoken]
        allowed = f" {' '.join(fold(word) for own in but for word in words(own))} "
        for start in range(len(folded)):
            for size in range(1, min(self.longest, len(folded) - start) + 1):
                parts = tuple(folded[start : start + size])
                if parts not in self.index or f" {' '.join(parts)} " in allowed:
                    continue
                if size > 1 or spoken[start][:1].isupper():
                    return " ".join(spoken[start : start + size])
        return None


NOBODY_ELSE = Others(frozenset())

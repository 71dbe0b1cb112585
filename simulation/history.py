"""What happened in a simulated run, in order: all that the checkers see, and what they say of it.

What must hold: this module and `simulation.facts` know nothing of the product; who reads a history need not either.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from simulation.facts import Fact

F = TypeVar("F", bound=Fact)


@lru_cache(4_096)
def fingerprint(subject: str, text: str) -> str:
    """The recorder's own hash of a mail, the same for what was approved, asked for and accepted."""
    return hashlib.sha256(f"{subject}\x1f{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


class History:
    """Facts in the order in which they happened; those of some kinds are found without looking at the others."""

    def __init__(self, told: Iterable[Fact] = ()) -> None:
        self.facts: list[Fact] = list(told)
        self._places: defaultdict[type[Fact], list[int]] = defaultdict(list)
        self._sorted = 0

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    def __len__(self) -> int:
        return len(self.facts)

    def add(self, fact: Fact) -> None:
        """Something happened."""
        self.facts.append(fact)

    def of(self, kind: type[F]) -> list[F]:
        """Every fact of one kind, in order."""
        found: list[Any] = [self.facts[place] for place in self._in_order((kind,))]
        return found

    def among(self, *kinds: type[Fact]) -> Iterator[Fact]:
        """Facts of these kinds, in the order in which they happened."""
        return map(self.facts.__getitem__, self._in_order(kinds))

    def numbered(self, *kinds: type[Fact]) -> Iterator[tuple[int, Fact]]:
        """The same, each with its place in the history."""
        return ((place, self.facts[place]) for place in self._in_order(kinds))

    def _in_order(self, kinds: Iterable[type[Fact]]) -> list[int]:
        for place in range(self._sorted, len(self.facts)):  # what came since somebody asked last
            self._places[type(self.facts[place])].append(place)
        self._sorted = len(self.facts)
        return sorted(chain.from_iterable(self._places.get(kind, ()) for kind in kinds))

    def digest(self) -> str:
        """A hash over every fact in order: two runs of one seed have the same."""
        whole = hashlib.sha256()
        for fact in self.facts:
            whole.update(repr(fact).encode("utf-8", "surrogatepass"))
        return whole.hexdigest()

    def about(self, keys: Iterable[str]) -> list[Fact]:
        """Facts in which one of these stands as a key, an address, a lead, a company, a day or a process."""
        wanted = frozenset(keys)
        return [fact for fact in self.facts if wanted.intersection(_words(fact))]


def _words(fact: Fact) -> Iterator[str]:
    for entry in fields(fact):
        value = getattr(fact, entry.name)
        if isinstance(value, str):
            yield value


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must never happen did.

    Attributes:
        invariant: ``I1`` to ``I11``.
        at: When it became true.
        message: What happened, in one sentence.
        keys: Send keys, addresses, leads, days or processes it is about: `History.about` finds its facts by them.
    """

    invariant: str
    at: datetime
    message: str
    keys: tuple[str, ...] = ()

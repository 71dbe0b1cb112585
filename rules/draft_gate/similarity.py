"""Whether a mail is nearly one that was written already today: bottom-k sketches of its word triples.

What must hold: memory and time are bounded, however many mails a day has: the newest mails are remembered, the oldest
forgotten; what every mail may share (greeting, our offer) is not compared.
"""

import hashlib
import heapq
from collections import Counter, deque
from functools import lru_cache
from typing import Final

from rules.draft_gate.words import after_greeting, fold, sentences, stem, stems, words

REMEMBERED: Final = 2_000
"""Mails compared with; at 64 numbers each they take a few megabytes."""
_SKETCH: Final = 64
_TRIPLE: Final = 3
TOO_CLOSE: Final = 0.7
"""Share of word triples in common above which two mails are the same mail."""
_OURS: Final = 0.7
FEWEST: Final = 24
"""Triples below which a text says too little to be compared."""


@lru_cache(maxsize=REMEMBERED)
def sketch(text: str, *, ours: str = "") -> tuple[int, ...]:
    """The smallest hashes of a text's word triples, without its greeting and without sentences that repeat ``ours``.

    Empty for a text that is too short to be compared.
    """
    own = stems(ours)
    told = []
    for sentence in sentences(after_greeting(text)):
        heard = [fold(word) for word in words(sentence)]
        if heard and sum(stem(word) in own for word in heard) < _OURS * len(heard):
            told.extend(heard)
    triples = {" ".join(told[place : place + _TRIPLE]) for place in range(len(told) - _TRIPLE + 1)}
    if len(triples) < FEWEST:
        return ()
    return tuple(heapq.nsmallest(_SKETCH, (_number(triple) for triple in triples)))


def _number(triple: str) -> int:
    return int.from_bytes(hashlib.blake2b(triple.encode(), digest_size=8).digest(), "big")


class Mails:
    """The newest mails of a day, as sketches."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._most = remembered
        self._order: deque[int] = deque()
        self._sketches: dict[int, tuple[int, ...]] = {}
        self._holders: dict[int, list[int]] = {}  # oldest first: a list of one is a third of a set of one
        self._next = 0

    def __len__(self) -> int:
        return len(self._sketches)

    def remember(self, one: tuple[int, ...]) -> None:
        """Keep a mail's sketch, and let the oldest go when there are too many."""
        if not one:
            return
        name, self._next = self._next, self._next + 1
        self._sketches[name] = one
        self._order.append(name)
        for number in one:
            self._holders.setdefault(number, []).append(name)
        if len(self._order) > self._most:
            self._forget(self._order.popleft())

    def _forget(self, name: int) -> None:
        for number in self._sketches.pop(name):
            holders = self._holders[number]
            holders.remove(name)
            if not holders:
                del self._holders[number]

    def closest(self, one: tuple[int, ...]) -> float:
        """The estimated share of triples in common with the nearest remembered mail: 0 to 1."""
        shared = Counter(name for number in one for name in self._holders.get(number, ()))
        return max((self._alike(one, self._sketches[name]) for name, _ in shared.most_common(3)), default=0.0)

    @staticmethod
    def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> float:
        union = heapq.nsmallest(_SKETCH, set(one) | set(other))
        both = set(one) & set(other)
        return sum(number in both for number in union) / len(union)

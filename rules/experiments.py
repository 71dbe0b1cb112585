"""Whether one variant beats another: a verdict that may be asked for every day without ever being wrong too often.

What must hold: of experiments in which nothing differs, at most ``ALPHA`` ever declare a winner, however often somebody
looks and whenever they stop. "Inconclusive" is the normal answer.

The test looks at positive replies alone, in the order they came. Each mail's variant was drawn by chance with a known
probability; where the variants do not differ, a reply says nothing about its arm, so it comes from arm A with just the
probability r that A was drawn with. From an arm that is better by the odds ratio e^d it comes with the probability
r e^d / (r e^d + 1 - r). The likelihood ratio of the two, mixed over a fixed prior of d, is a test martingale: by
Ville's inequality it ever exceeds 1/ALPHA with probability ALPHA at most. Nothing is assumed of the rates themselves,
which may change from day to day.
Sources: Robbins 1970 (mixture of likelihood ratios); Howard, Ramdas, McAuliffe and Sekhon 2021, Ann. Statist. 49(2);
Turner, Ly and Grünwald, arXiv 2106.02693 (the same for two proportions).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, log1p
from typing import Final

ALPHA: Final = 0.05
_EFFECTS: Final = tuple(step / 10 for step in range(-25, 26) if abs(step) >= 2)  # noqa: PLR2004 - smaller ones need years
_SPREAD: Final = 0.8
_WEIGHTS: Final = tuple(exp(-effect * effect / (2 * _SPREAD * _SPREAD)) for effect in _EFFECTS)
_PRIOR: Final = tuple(log(weight / sum(_WEIGHTS)) for weight in _WEIGHTS)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that counts: the variant it answers, and the chances with which its mail's variant was drawn."""

    variant: str
    chances: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of two variants.

    Attributes:
        evidence: The largest value the test martingale ever had; at ``needed`` the question is settled for good.
        winner: The better variant, ``None`` while it is inconclusive.
    """

    first: str
    second: str
    replies_first: int
    replies_second: int
    evidence: float
    needed: float
    winner: str | None

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        counts = f"{self.replies_first} for {self.first}, {self.replies_second} for {self.second}"
        told = f"evidence {self.evidence:.3g} of {self.needed:.3g} needed"
        if self.winner is None:
            return f"inconclusive: {counts}; {told}"
        return f"{self.winner} is better: {counts}; {told}"


def verdicts(variants: Sequence[str], replies: Iterable[Reply], *, alpha: float = ALPHA) -> list[Verdict]:
    """Compare every two variants; the error is shared out, so that it holds for all of them together.

    Args:
        variants: Names, in the order they are shown.
        replies: In the order they came.
        alpha: How many of the experiments in which nothing differs may ever end with a winner.
    """
    names, told = list(variants), list(replies)
    pairs = [(first, second) for position, first in enumerate(names) for second in names[position + 1 :]]
    return [compare(first, second, told, alpha=alpha / len(pairs)) for first, second in pairs]


def compare(first: str, second: str, replies: Iterable[Reply], *, alpha: float = ALPHA) -> Verdict:
    """Compare two variants; replies to others, and to mails that could not have had either, are left out."""
    logs, counts, best, winner = list(_PRIOR), {first: 0, second: 0}, 1.0, None
    for reply in replies:
        one, other = reply.chances.get(first, 0.0), reply.chances.get(second, 0.0)
        if reply.variant not in counts or one <= 0 or other <= 0:
            continue
        counts[reply.variant] += 1
        chance, is_first = one / (one + other), reply.variant == first
        for position, effect in enumerate(_EFFECTS):
            logs[position] += (effect if is_first else 0.0) - log1p(chance * (exp(effect) - 1))
        evidence = sum(exp(each) for each in logs)
        best = max(best, evidence)
        if winner is None and evidence >= 1 / alpha:
            winner = first if counts[first] > counts[second] else second
    return Verdict(first, second, counts[first], counts[second], best, 1 / alpha, winner)

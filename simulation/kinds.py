"""Kinds of simulated runs: how much of the product is at work, and how many mails that leaves time for.

What must hold: whatever the kind, a mail goes the real way from ready to accepted, past every guard; a denser run
leaves out what comes before that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sandbox import Habits


class Kind(StrEnum):
    """What is run."""

    ORDINARY = "ordinary"
    """Everything: leads are read, verified, planned for, researched, written to, mirrored and reported about."""
    DENSE = "dense"
    """Hundreds of mails an hour whose texts are given: no research, no drafting, no mirror and no digest."""
    BARE = "bare"
    """Mails that nobody planned, at whatever hour, to whomever: the guards of the intent are all there is."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The size of a kind's runs.

    Attributes:
        times: How many times the people and the caps of an ordinary run it has.
        longest: Days of one run; more are several runs, each a new campaign with new people.
        calm: Days without faults at its end: time enough for every due item to come to rest (invariant I9).
        hears: Minutes between two looks at what came back; 0 draws them from the seed.
        without: Jobs that are left out.
        fakes: Whether the ledger is the fake in dicts and the provider has no wire.
        habits: How often people do what; in bare runs they read, but seldom anything shows that they did.
    """

    times: int
    longest: int
    calm: int
    hears: int = 0
    without: frozenset[str] = frozenset()
    fakes: bool = False
    habits: Habits = field(default_factory=Habits)


SCALES: Final[Mapping[Kind, Scale]] = {
    Kind.ORDINARY: Scale(1, 30, 5),
    Kind.DENSE: Scale(25, 7, 2, 300, frozenset({"mirror", "digest"})),
    Kind.BARE: Scale(
        60,
        7,
        2,
        600,
        frozenset({"mirror", "digest"}),
        habits=Habits(scanners=0.0, opens=0.03, proxy_opens=0.0, clicks=0.01),
    ),
}

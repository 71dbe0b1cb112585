"""Kinds of simulated runs: how much of the product is at work, and how many mails that leaves time for.

What must hold: whatever the kind, a mail goes the real way from ready to accepted, past every guard; a denser run
leaves out what comes before that. En masse ledger and wire are fakes, which are held against the real ones elsewhere.
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
    MASS = "mass"
    """The same over a ledger in dicts and a provider without its wire: thousands of mails an hour."""

    @property
    def plans(self) -> bool:
        """Whether there is a base, and a plan of who is written to when."""
        return self in (Kind.ORDINARY, Kind.DENSE)


@dataclass(frozen=True, slots=True)
class Scale:
    """The size of a kind's runs.

    Attributes:
        times: How many times the caps of an ordinary run it has.
        people: How many times its people.
        longest: Days of one run; more are several runs, each a new campaign with new people.
        calm: Days without faults at its end: time enough for every due item to come to rest (invariant I9).
        ticks: Minutes between two ticks; 0 draws them from the seed.
        hears: Minutes between two looks at what came back; 0 draws them from the seed.
        without: Jobs that are left out.
        fakes: Whether the ledger is the fake in dicts and the provider has no wire.
        spells: Share of the stretches of two hours in which requests and the machine fail; the others are fair.
        longest_life: Boundaries that a process which dies passes at most.
        considerate: Share of unplanned mails for people at work whose company got none that day, if there are any.
        habits: How often people do what; in bare runs they read, but seldom anything shows that they did.
    """

    times: int
    people: int
    longest: int
    calm: int
    ticks: int = 0
    hears: int = 0
    without: frozenset[str] = frozenset()
    fakes: bool = False
    spells: float = 1.0
    longest_life: int = 600
    considerate: float = 0.85
    habits: Habits = field(default_factory=Habits)


_NO_VIEW: Final = frozenset({"mirror", "digest"})
SCALES: Final[Mapping[Kind, Scale]] = {
    Kind.ORDINARY: Scale(1, 1, 30, 5),
    Kind.DENSE: Scale(25, 25, 7, 2, ticks=60, hears=300, without=_NO_VIEW),
    Kind.BARE: Scale(
        60, 60, 7, 2, ticks=60, hears=600, without=_NO_VIEW,
        habits=Habits(scanners=0.0, opens=0.03, proxy_opens=0.0, clicks=0.01),
    ),
    Kind.MASS: Scale(
        120, 100, 5, 2, ticks=120, hears=1_080, without=_NO_VIEW, fakes=True, spells=0.06, longest_life=6_000,
        considerate=0.98,
        habits=Habits(
            scanners=0.0, opens=0.02, proxy_opens=0.0, clicks=0.01, replies=0.006, out_of_office=0.004,
            bounce_mails=0.05,
        ),
    ),
}  # fmt: skip

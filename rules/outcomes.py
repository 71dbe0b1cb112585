"""What became of an item in a stage (rule B1): exactly one outcome, which cannot be built empty.

What must hold: `None`, an empty answer and "no exception" are not success.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from rules.failures import Failure


class State(StrEnum):
    """The states an item of a stage can be in."""

    DONE = "done"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    FAILED = "failed"


def _said(reason: str) -> None:
    if not reason.strip():
        raise ValueError("an outcome that is not done needs a reason a person can read")


@dataclass(frozen=True, slots=True)
class Done:
    """The item's result, as a JSON-able mapping, and what it cost in US dollars (rule B29)."""

    value: Mapping[str, Any]
    cost_usd: float = 0.0
    state = State.DONE

    def __post_init__(self) -> None:
        if not self.value:
            raise ValueError("done without a value is not done (rule B1)")
        if self.cost_usd < 0:
            raise ValueError(f"a cost is not negative: {self.cost_usd}")


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing to do for this item, and why."""

    reason: str
    state = State.SKIPPED

    def __post_init__(self) -> None:
        _said(self.reason)


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now; looked at again at ``until``."""

    reason: str
    until: datetime
    state = State.DEFERRED

    def __post_init__(self) -> None:
        _said(self.reason)
        if self.until.tzinfo is None:
            raise ValueError("until needs a time zone")


@dataclass(frozen=True, slots=True)
class Rejected:
    """Never, as the item is. What was paid for finding out is kept."""

    reason: str
    cost_usd: float = 0.0
    state = State.REJECTED

    def __post_init__(self) -> None:
        _said(self.reason)


@dataclass(frozen=True, slots=True)
class Failed:
    """Something broke; tried again in a later run."""

    failure: Failure
    cost_usd: float = 0.0
    state = State.FAILED

    @property
    def reason(self) -> str:
        """The failure as text."""
        return str(self.failure)


Outcome = Done | Skipped | Deferred | Rejected | Failed


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a run of a stage did; the identity ``items = sum of counts`` is an asset check (invariant I8).

    Attributes:
        stage: The stage's name.
        items: How many items came in.
        counts: State to number of items.
        reasons: Reason to number of items, for everything that is not done.
        cost_usd: What the run spent.
        systemic: The failure that stopped the stage, where one did.
    """

    stage: str
    items: int
    counts: Mapping[State, int]
    reasons: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float = 0.0
    systemic: Failure | None = None

    @property
    def conserved(self) -> bool:
        """Whether every item that came in is accounted for."""
        return self.items == sum(self.counts.values())

    @classmethod
    def of(cls, stage: str, outcomes: Iterable[Outcome], *, systemic: Failure | None = None) -> "StageReport":
        """Count outcomes."""
        counts = dict.fromkeys(State, 0)
        reasons: dict[str, int] = {}
        cost = 0.0
        for outcome in outcomes:
            counts[outcome.state] += 1
            cost += getattr(outcome, "cost_usd", 0.0)
            if not isinstance(outcome, Done):
                reasons[outcome.reason] = reasons.get(outcome.reason, 0) + 1
        return cls(stage, sum(counts.values()), counts, reasons, round(cost, 6), systemic)

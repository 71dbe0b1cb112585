"""What the doctor says: one line for each thing looked at, with its state, a sentence and the fix.

What must hold: a line that is not ok says what to do.
"""

from dataclasses import dataclass
from enum import StrEnum

from rules.failures import Failure, FailureKind
from rules.sending_domain import Grade, Reading


class State(StrEnum):
    """How a line stands."""

    OK = "ok"
    WARN = "warn"
    """Works today; will not for long, or not at its best."""
    FAIL = "fail"
    """Something would not work."""


class UnknownArea(ValueError):
    """Somebody asked for an area that there is not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Attributes:
        name: Area and thing, e.g. ``airtable.scopes``.
        sentence: What was found.
        fix: What to do; empty exactly where the line is ok.

    Raises:
        ValueError: A line that is not ok and says nothing of a fix, or the other way round.
    """

    name: str
    state: State
    sentence: str
    fix: str = ""

    def __post_init__(self) -> None:
        if (self.state is State.OK) == bool(self.fix):
            raise ValueError(f"{self.name}: a fix stands exactly beside what is not ok")

    @property
    def area(self) -> str:
        """What was looked at: ``airtable`` of ``airtable.scopes``."""
        return self.name.partition(".")[0]


def ok(name: str, sentence: str) -> Finding:
    """Fine."""
    return Finding(name, State.OK, sentence)


def warn(name: str, sentence: str, fix: str) -> Finding:
    """Not for long, or not at its best."""
    return Finding(name, State.WARN, sentence, fix)


def fail(name: str, sentence: str, fix: str) -> Finding:
    """Would not work."""
    return Finding(name, State.FAIL, sentence, fix)


def graded(name: str, reading: Reading) -> Finding:
    """A record of the sending domain as a line."""
    states = {Grade.GOOD: State.OK, Grade.WEAK: State.WARN, Grade.BROKEN: State.FAIL}
    return Finding(name, states[reading.grade], reading.sentence, reading.fix)


def refused(name: str, failure: Failure, fix: str) -> Finding:
    """What a service refused: its words as the sentence; what may pass by itself is still a failure now."""
    later = failure.kind in {FailureKind.TRANSIENT, FailureKind.FLOW_CONTROL}
    return fail(name, str(failure), f"try again in a minute; if it stays: {fix}" if later else fix)

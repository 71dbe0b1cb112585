"""Which signals must stop sending, and which only warn (rules A9, B4): a rate is believed at its lower bound.

What must hold: a handful of mails never trips a rate, and a count that says enough by itself needs no rate. The
thresholds stop a step before providers do: they pause at 5 to 10 % hard bounces and 0.1 to 0.5 % complaints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules.campaign import Breakers
from rules.sending import SendState


class Signal(StrEnum):
    """What came back from a number of mails and speaks against sending more."""

    HARD_BOUNCES = "hard_bounces"
    COMPLAINTS = "complaints"
    UNSUBSCRIBES = "unsubscribes"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Mails that were asked for in a span, and how many of them bounced for good, were complained about, ended it."""

    sent: int
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0

    def of(self, signal: Signal) -> int:
        """How many mails gave a signal."""
        return {
            Signal.HARD_BOUNCES: self.bounced,
            Signal.COMPLAINTS: self.complained,
            Signal.UNSUBSCRIBES: self.unsubscribed,
        }[signal]


WORDS: Mapping[Signal, str] = {
    Signal.HARD_BOUNCES: "bounced for good",
    Signal.COMPLAINTS: "were complained about",
    Signal.UNSUBSCRIBES: "were answered by unsubscribing",
}


def wilson(part: int, whole: int, *, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a proportion: what a rate of few mails really says.

    Args:
        part: Successes.
        whole: Trials; an empty sample says nothing, (0, 1).
        z: Standard normal quantile; 1.96 for 95 %.
    """
    if whole == 0:
        return 0.0, 1.0
    share = part / whole
    scale = 1 + z * z / whole
    middle = (share + z * z / (2 * whole)) / scale
    half = z * ((share * (1 - share) + z * z / (4 * whole)) / whole) ** 0.5 / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def tripped(signal: Signal, week: Outcomes, recent: Outcomes, day: Outcomes, limits: Breakers) -> str | None:
    """Why a signal must stop sending, or ``None``.

    Args:
        signal: Which.
        week: The mails of the last seven days.
        recent: The last fifty mails.
        day: The mails of the last 24 hours.
        limits: The configured thresholds.
    """
    count, words = week.of(signal), WORDS[signal]
    if signal is Signal.HARD_BOUNCES and recent.bounced >= limits.hard_bounces_of_last_50:
        return f"{recent.bounced} of the last {recent.sent} mails {words}"
    if signal is Signal.COMPLAINTS and day.complained >= limits.complaints_a_day:
        return f"{day.complained} complaints in 24 hours"
    stop = _stops(limits)[signal]
    if week.sent >= limits.least_mails and wilson(count, week.sent)[0] > stop:
        return f"{count} of {week.sent} mails of seven days {words}: over {stop:.1%} beyond doubt"
    return None


def warned(outcomes: Outcomes, limits: Breakers) -> Signal | None:
    """The first signal whose rate is over its warning beyond doubt, or ``None`` for green."""
    warnings = {
        Signal.HARD_BOUNCES: limits.hard_bounce_warn,
        Signal.COMPLAINTS: limits.complaint_warn,
        Signal.UNSUBSCRIBES: limits.unsubscribe_warn,
    }
    for signal, warn in warnings.items():
        if outcomes.sent >= limits.least_mails and wilson(outcomes.of(signal), outcomes.sent)[0] > warn:
            return signal
    return None


def unclear_streak(last: Sequence[SendState], limits: Breakers) -> str | None:
    """Why the last requests together are no accident, or ``None``: none of them has an acceptance.

    Args:
        last: States of the last requests, newest first.
        limits: The configured thresholds.
    """
    bad = last[: limits.unclear_in_a_row]
    if len(bad) < limits.unclear_in_a_row or not set(bad) <= {SendState.UNKNOWN, SendState.REJECTED}:
        return None
    unknown = sum(1 for state in bad if state is SendState.UNKNOWN)
    return (
        f"the last {len(bad)} requests brought no acceptance: {unknown} without an answer, {len(bad) - unknown} refused"
    )


def _stops(limits: Breakers) -> Mapping[Signal, float]:
    return {
        Signal.HARD_BOUNCES: limits.hard_bounce_stop,
        Signal.COMPLAINTS: limits.complaint_stop,
        Signal.UNSUBSCRIBES: limits.unsubscribe_stop,
    }

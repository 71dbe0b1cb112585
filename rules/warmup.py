"""The warm-up ramp: how many mails a day a young sender may ask for (rule A9).

What must hold: the ramp grows only after a green day, halves while a signal warns, and begins anew after a month of
silence, because mailbox providers forget a sender that quickly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rules.campaign import Caps

IDLE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SendingDay:
    """A day on which anything was sent, and whether nothing that came back of it warns."""

    day: date
    green: bool


def ramp_step(days: Sequence[SendingDay], today: date) -> int:
    """How far up the ramp today is: the green sending days since the last month of silence.

    Args:
        days: Earlier sending days, oldest first.
        today: The operator's day.
    """
    step = 0
    previous: date | None = None
    for one in days:
        if previous is not None and one.day - previous > IDLE:
            step = 0
        step += one.green
        previous = one.day
    return 0 if previous is not None and today - previous > IDLE else step


def daily_cap(caps: Caps, step: int, *, warned: bool = False) -> int:
    """The day's cap: the ramp's value at its step, half of it while a signal warns, ``per_day`` after the ramp.

    Args:
        caps: The configured caps.
        step: From `ramp_step`.
        warned: Whether a signal of the last seven days warns.
    """
    if step >= len(caps.ramp):
        return caps.per_day
    cap = min(caps.ramp[step], caps.per_day)
    return max(1, cap // 2) if warned else cap

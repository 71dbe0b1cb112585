"""Which step of the sequence a lead is due for, and what keeps it from one (rule A10).

What must hold: a follow-up is due only if the earlier step was delivered and nothing came back, and never so soon after
a late one that two mails come in a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from rules.campaign import Cadence
from rules.hashing import draw
from rules.sending import SendState


class Standing(StrEnum):
    """Where a lead stands in today's queue."""

    DUE = "due"
    """Its next step may be written and sent today."""
    READY = "ready"
    """Written and approved; waits for its window or for room under the caps."""
    WAITING = "waiting"
    """Something has to happen or a day has to come first."""
    EXCLUDED = "excluded"
    """Must not be mailed; the reason stands beside it."""
    FINISHED = "finished"
    """Every step went out."""


@dataclass(frozen=True, slots=True)
class SentStep:
    """What is known of a step that was prepared or sent.

    Attributes:
        accepted_at: When the provider took it; its intent's time while unknown.
        events: Kind of event to its first time.
        vouched: Whether a person said that it was sent, where nothing else tells.
    """

    step: str
    state: SendState
    accepted_at: datetime | None
    message_id: str | None
    subject: str
    events: Mapping[str, datetime]
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class NextStep:
    """The answer: the standing, the step it concerns, the reason, and from which day it may change."""

    standing: Standing
    step: str
    reason: str
    from_day: date | None = None


FINISHED: Final = "every step of the sequence went out"
WAITS_FOR_DELIVERY = timedelta(days=14)
"""So long a due follow-up waits for the delivery of the mail before it; nothing is held for ever."""

NEGATIVE = {
    "hard_bounce": "the mail bounced for good",
    "invalid": "the address is invalid",
    "blocked": "the provider blocks the address",
    "complaint": "the recipient complained",
    "unsubscribed": "the recipient unsubscribed",
    "error": "the provider could not send the mail",
}


def next_step(cadence: Cadence, sent: Sequence[SentStep], *, now: datetime, zone: ZoneInfo) -> NextStep:
    """Decide from the steps so far.

    A step that was withdrawn before anybody asked for it counts as not written: whoever withdrew it for good left a
    suppression or a verdict, which is held against the lead before this is asked.

    Args:
        cadence: The sequence.
        sent: Steps prepared or sent, in the order of the sequence.
        now: The moment.
        zone: The operator's zone, in which days are counted.
    """
    done = {step.step: step for step in sent}
    opener = done.get(cadence.steps[0].name)
    previous: SentStep | None = None
    pause, before = 0, 0
    for step in cadence.steps:
        pause, before = step.day - before, step.day
        mine = done.get(step.name)
        if mine is None or mine.state is SendState.CANCELLED:
            return _due(step.name, step.day, pause, opener, previous, now=now, zone=zone)
        if mine.state is SendState.READY:
            return NextStep(Standing.READY, step.name, "written and approved, waits for its window")
        if mine.state in (SendState.CLAIMED, SendState.SENDING):
            return NextStep(Standing.READY, step.name, "being sent")
        if mine.state is SendState.UNKNOWN:
            return NextStep(Standing.WAITING, step.name, "nobody knows yet whether it was sent")
        if mine.state is SendState.REJECTED:
            return NextStep(Standing.EXCLUDED, step.name, f"the provider refused the {step.name}")
        for kind, sentence in NEGATIVE.items():
            if kind in mine.events and not (kind == "blocked" and "delivered" in mine.events):
                return NextStep(Standing.EXCLUDED, step.name, sentence)
        previous = mine
    last = cadence.steps[-1].name
    return NextStep(Standing.FINISHED, last, FINISHED)


def _due(
    name: str,
    after_days: int,
    pause: int,
    opener: SentStep | None,
    previous: SentStep | None,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> NextStep:
    if previous is None:
        return NextStep(Standing.DUE, name, "nothing was sent yet")
    started = opener.accepted_at if opener and opener.accepted_at else previous.accepted_at
    if started is None:
        return NextStep(Standing.WAITING, name, "the opener's time is not known")
    from_day = started.astimezone(zone).date() + timedelta(days=after_days)
    reason = f"due {after_days} days after the opener"
    if previous.accepted_at is not None:  # half of the planned pause is kept after a mail that was late itself
        rested = previous.accepted_at.astimezone(zone).date() + timedelta(days=(pause + 1) // 2)
        if rested > from_day:
            from_day, reason = rested, f"the {previous.step} was late: due {(pause + 1) // 2} days after it"
    if now.astimezone(zone).date() < from_day:
        return NextStep(Standing.WAITING, name, reason, from_day)
    if "delivered" not in previous.events and not previous.vouched:  # an open proves nothing: machines open too
        return _undelivered(name, previous, from_day, now=now, zone=zone)
    return NextStep(Standing.DUE, name, f"{after_days} days passed and nothing came back", from_day)


def _undelivered(name: str, previous: SentStep, from_day: date, *, now: datetime, zone: ZoneInfo) -> NextStep:
    """A follow-up to a mail that nobody saw arrive waits a while for its delivery, then the sequence ends."""
    if now.astimezone(zone).date() >= from_day + WAITS_FOR_DELIVERY:
        days = WAITS_FOR_DELIVERY.days
        reason = (
            f"the {previous.step} was not seen delivered {days} days after its follow-up was due: the sequence ended"
        )
        return NextStep(Standing.EXCLUDED, name, reason)
    if previous.state is SendState.PRESUMED:
        reason = f"the {previous.step} is presumed sent and was not seen delivered; `outbound unknown` settles it"
        return NextStep(Standing.WAITING, name, reason, from_day)
    return NextStep(Standing.WAITING, name, f"the {previous.step} was not seen delivered", from_day)


def variant_of(variants: Sequence[str], *, campaign: str, step: str, lead_id: str) -> str:
    """The variant a lead gets: the same on every run, spread evenly over leads."""
    return variants[draw(seed=f"{campaign}\x1f{step}\x1f{lead_id}", options=len(variants))]


def chances(variants: Sequence[str]) -> dict[str, float]:
    """The chance of each variant in `variant_of`; logged with each mail: a comparison must know what was possible."""
    return {variant: variants.count(variant) / len(variants) for variant in variants}

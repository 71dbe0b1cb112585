"""What the operator must hear before wondering about silence (rules A12, B5): a situation in, alarms out.

What must hold: each alarm says what happened, what it means and what to do; silence where something was due is one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How much it hurries."""

    PAGE = "page"
    """Sending is stopped or something may be lost: look now."""
    WARN = "warn"
    """Look today."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something the operator must know.

    Attributes:
        key: What makes two reports the same alarm, such as ``flag.provider``.
        what: What happened.
        means: What follows from it.
        fix: What to do.
        look: Where to look, as a path of the Dagster UI, such as ``/assets/sends``.
    """

    key: str
    severity: Severity
    what: str
    means: str
    fix: str
    look: str


@dataclass(frozen=True, slots=True)
class Watch:
    """When silence becomes an alarm.

    Attributes:
        throughput_by: Time of the operator's day by which something is sent where something is due.
        events_after: Mails of a day after which a day without any event is an alarm.
        stale: How long a source may go unread.
        digest_at: When the digest is made; an hour later it is missing.
        unknown_share: Share of a day's mails with an unknown outcome.
        test_every: How old the last test of the alert path may be.
    """

    throughput_by: time = time(11, 0)
    events_after: int = 50
    stale: timedelta = timedelta(hours=26)
    digest_at: time = time(7, 30)
    unknown_share: float = 0.005
    test_every: timedelta = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known at a moment.

    Attributes:
        at: The moment on the operator's clock.
        switches: Switches that are on: name to reason.
        stopped: Why nothing may be sent, or ``None``.
        due: Mails due or ready today and inside their window at the moment; none on a day nobody may be written to.
        sent_today: Mails sent today.
        sent_before: Mails sent yesterday, whose events should be known.
        heard: Events received in the last 24 hours.
        unknown: Mails whose outcome is unknown for more than two hours.
        parked: Events older than a day that belong to no known mail.
        last_read: Source to when it was last read, or when watching began. Only sources that are due to be read.
        digest_missing: The day whose digest should have gone out and did not, or ``None``.
        tested: When the alert path was last seen to work, or when watching began.
    """

    at: datetime
    switches: Mapping[str, str]
    stopped: str | None
    due: int
    sent_today: int
    sent_before: int
    heard: int
    unknown: int
    parked: int
    last_read: Mapping[str, datetime]
    digest_missing: date | None
    tested: datetime


_FEW_UNKNOWN: Final = 2
_SWITCH: Final[Mapping[str, tuple[str, str]]] = {
    "gate": (
        "This ledger was restored, copied or belongs to another machine: nothing is sent.",
        "`outbound reconcile --adopt`, once you know that no other copy sends.",
    ),
    "imbalance": (
        "Our count of a day and the provider's differ: nothing is sent until that is explained.",
        "`outbound reconcile` lists the difference; then `outbound resume`.",
    ),
    "hard_bounces": (
        "Too many addresses do not exist: nothing is sent, to keep the domain's reputation.",
        "Look at the newest bounces and their source; take bad leads out; then /resume.",
    ),
    "complaints": (
        "People marked mails as spam: nothing is sent.",
        "Read the last mails and who complained; change the offer or the list; then /resume.",
    ),
    "provider": (
        "The mail provider refuses us as a whole: nothing is sent.",
        "`outbound doctor` says which of key, credits or permission it is; then /resume.",
    ),
    "writer": (
        "The chat model refuses us as a whole: nothing new is written, and what is ready still goes out.",
        "`outbound doctor` says whether it is key, quota or a model that was shut down; then /resume.",
    ),
    "researcher": (
        "The research model refuses us as a whole: nothing new is researched.",
        "`outbound doctor` says whether it is key, quota or a model that was shut down; then /resume.",
    ),
}


def alarms(situation: Situation, watch: Watch) -> Iterator[Alarm]:
    """Everything in a situation that the operator must know."""
    yield from _switches(situation)
    yield from _silence(situation, watch)
    yield from _outcomes(situation, watch)
    if situation.digest_missing is not None:
        yield Alarm(
            "silence.digest", Severity.WARN, f"The digest of {situation.digest_missing} did not go out.",
            "Nobody summed up that day; its mails are not affected.",
            "Materialise daily_digest for that day; its page says why it failed.", "/assets/daily_digest",
        )  # fmt: skip
    if situation.at - situation.tested > watch.test_every:
        yield Alarm(
            "silence.alerts", Severity.WARN,
            f"The alert path was last seen to work on {situation.tested:%d %B}.",
            "An alarm might not reach you by the chat and by mail.",
            "Send /stats to the bot; `outbound doctor` checks the chat and the sender.", "/automation",
        )  # fmt: skip


def _switches(situation: Situation) -> Iterator[Alarm]:
    for name, reason in situation.switches.items():
        if name == "pause":
            continue
        means, fix = _SWITCH.get(name, ("A breaker is open: what it guards stands still.", "Look, mend, then /resume."))
        yield Alarm(f"flag.{name}", Severity.PAGE, f"{name.replace('_', ' ')}: {reason}", means, fix, "/assets/sends")


def _silence(situation: Situation, watch: Watch) -> Iterator[Alarm]:
    late = situation.at.time() >= watch.throughput_by
    if late and situation.stopped is None and situation.due and not situation.sent_today:
        yield Alarm(
            "silence.sends", Severity.PAGE,
            f"{situation.due} mails are due, every gate is open, and none was sent by {watch.throughput_by:%H:%M}.",
            "The day's volume is being lost.",
            "Look at the runs of the outreach job: does it start, and what do its assets say?", "/jobs/outreach",
        )  # fmt: skip
    if situation.sent_before > watch.events_after and not situation.heard:
        yield Alarm(
            "silence.events", Severity.PAGE,
            f"{situation.sent_before} mails went out yesterday, and no event came back in 24 hours.",
            "Bounces and complaints are not seen, so follow-ups wait.",
            "Materialise engagement_events; `outbound doctor` checks the provider's key.", "/assets/engagement_events",
        )  # fmt: skip
    for source, read in situation.last_read.items():
        if situation.at - read > watch.stale:
            yield Alarm(
                f"silence.{source}", Severity.WARN, f"{source} were last read on {read:%d %B at %H:%M}.",
                f"What happened there since is not known; nobody is followed up on stale {source}.",
                "Look at the failed runs of the job that reads them.", "/runs?view=failed",
            )  # fmt: skip


def _outcomes(situation: Situation, watch: Watch) -> Iterator[Alarm]:
    allowed = max(_FEW_UNKNOWN, watch.unknown_share * (situation.sent_today + situation.sent_before))
    if situation.unknown > allowed:
        yield Alarm(
            "sends.unknown", Severity.WARN, f"{situation.unknown} mails have an unknown outcome for over two hours.",
            "They are never sent again by themselves; their sequences wait for an event.",
            "/unknown lists them, and you can say what became of each.", "/assets/sends",
        )  # fmt: skip
    if situation.parked:
        yield Alarm(
            "events.parked", Severity.WARN, f"{situation.parked} events older than a day belong to no mail we know.",
            "Somebody else sends through this account, or mails were sent that the ledger does not know.",
            "`outbound reconcile` holds both counts against each other.", "/assets/engagement_events",
        )  # fmt: skip


def failed_run(job: str, partition: str, reason: str, log_tail: str, run_id: str) -> Alarm:
    """The alarm of a failed run; the next success of the same job resolves it."""
    of_day = f" of {partition}" if partition else ""
    return Alarm(
        f"run.{job}", Severity.PAGE, f"The run of {job}{of_day} failed: {reason}",
        "What it did before is kept; the next tick goes on from there and pays for nothing twice.",
        f"If it fails again, read its log:\n{log_tail}", f"/runs/{run_id}",
    )  # fmt: skip

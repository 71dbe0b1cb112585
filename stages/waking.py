"""When a job is worth running again: an alarm in the ledger, so that most ticks cost a glance (design 4).

What must hold: whatever changes the answer (new leads, events, a resume) sets the alarm to now; a forgotten alarm is
overrun by the day's turn.
"""

from dataclasses import dataclass
from datetime import datetime

from resources.ledger.ledger import Ledger
from rules.campaign import Campaign
from stages.days import day_of
from stages.outlook import outlook

OUTREACH = "wake.outreach"
CHANGED = "wake.changed"


@dataclass(frozen=True, slots=True)
class Wake:
    """Whether to run now, and why or why not."""

    run: bool
    reason: str


def sleep_until(ledger: Ledger, moment: datetime | None, *, now: datetime) -> None:
    """Set the alarm after a plan was made: the earliest window of what is due, or the day's turn."""
    ledger.flags.stamp(OUTREACH, at=now, detail=moment.isoformat() if moment else "")


def something_changed(ledger: Ledger, *, now: datetime) -> None:
    """Wake the outreach job at its next tick: leads, events or switches changed."""
    ledger.flags.stamp(CHANGED, at=now)


def outreach_due(ledger: Ledger, *, campaign: Campaign, now: datetime) -> Wake:
    """Whether the outreach job has anything to do now; reads the ledger only.

    Args:
        ledger: Alarm, flags, caps.
        campaign: The configuration.
        now: The moment.
    """
    slept = ledger.flags.stamped(OUTREACH)
    if slept is None:
        return Wake(run=True, reason="no plan was ever made")
    if day_of(slept[0], campaign.zone) != day_of(now, campaign.zone):
        return Wake(run=True, reason="a new day needs a plan")
    changed = ledger.flags.stamped(CHANGED)
    news = changed is not None and changed[0] >= slept[0]
    if not news and not slept[1]:
        return Wake(run=False, reason="nobody is due any more today")
    if not news and now < (alarm := datetime.fromisoformat(slept[1])):
        return Wake(run=False, reason=f"nothing can be sent before {alarm.astimezone(campaign.zone):%H:%M}")
    view = outlook(campaign, ledger=ledger, now=now)
    if view.room == 0:  # whatever changed, nothing of it can go out now; what must not go out is asked before it does
        return Wake(run=False, reason=f"the caps have no room: {view.sent_in_hour} this hour, {view.sent_today} today")
    if news:
        return Wake(run=True, reason="leads, events or switches changed since the last plan")
    return Wake(run=True, reason="something is due and its window is open")

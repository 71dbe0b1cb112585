"""Events that the provider posted to us: earlier copies of what the poll will tell, applied in the same way.

What must hold: a post can only add (a suppression, an event, a detail of one), never take back; a body that cannot be
read is parked with its reason, and what could be read of it is applied. A burst of opt-outs is honoured and alarmed:
it may be forged, and honouring a forged one costs a lead, not a law.
"""

from dataclasses import dataclass
from datetime import timedelta

from resources.clock.gateway import Clock
from resources.ledger.event_rows import EventSource
from resources.ledger.inbox import InboxSource
from resources.ledger.ledger import Ledger
from resources.mail_provider.webhook import read_post
from rules.alarms import Alarm, Severity
from rules.campaign import Campaign
from rules.engagement import opt_out_burst
from stages.engagement import Applied, apply_events

_LOOK = "/assets/engagement_events"
_CHANGE = "Change BREVO_WEBHOOK_TOKEN here and the webhook's token at Brevo."
UNCONFIRMED_AFTER = timedelta(days=2)
"""A post that the provider's own list has not confirmed by then is nobody's event."""
LOOK_BACK = timedelta(days=30)
BODIES = 500
"""Bodies of one round: at most 2 GB by their size limit, in practice a few megabytes."""


@dataclass(frozen=True, slots=True)
class PostedReport:
    """What the inbox held: bodies read and parked, and what their events changed."""

    bodies: int
    parked: int
    applied: Applied


def drain_posts(*, ledger: Ledger, campaign: Campaign, clock: Clock, pepper: str) -> PostedReport:
    """Apply every posted body nobody has read yet, oldest first. A run that dies repeats its round."""
    bodies, parked, applied = 0, 0, Applied()
    while posts := ledger.inbox.pending(InboxSource.BREVO_EVENTS, limit=BODIES):
        now = clock.now()
        said = {post.id: read_post(post.body) for post in posts}
        events = [event for told in said.values() for event in told.events]
        applied += apply_events(
            events, (), ledger=ledger, campaign=campaign, now=now, pepper=pepper, source=EventSource.WEBHOOK
        )
        broken = {number: told.problems for number, told in said.items() if told.problems}
        for number, problems in broken.items():
            ledger.inbox.park([number], reason="; ".join(problems[:5]), now=now)
        ledger.inbox.applied([number for number in said if number not in broken], now=now, forget=True)
        bodies, parked = bodies + len(posts), parked + len(broken)
    return PostedReport(bodies, parked, applied)


def watch_posts(ledger: Ledger, *, clock: Clock) -> list[Alarm]:
    """Report what about the posts a person should look at, and resolve what no longer holds.

    Returns:
        What holds now.
    """
    now = clock.now()
    found = []
    left = ledger.events.opted_out(since=now - timedelta(hours=1))
    if (sentence := opt_out_burst(left, ledger.records.present)) is not None:
        found.append(Alarm(
            "posts.opt_outs", Severity.PAGE, sentence, "All of them are left alone from now on.",
            f"If they did not mean it, somebody else knows the webhook's token: {_CHANGE}", _LOOK,
        ))  # fmt: skip
    if forged := ledger.events.unconfirmed(before=now - UNCONFIRMED_AFTER, after=now - LOOK_BACK):
        found.append(Alarm(
            "posts.unconfirmed", Severity.WARN, f"{forged} posted events were never told by the provider's own list.",
            "Somebody else may know the webhook's token; whom they named is left alone.", _CHANGE, _LOOK,
        ))  # fmt: skip
    ledger.alerts.report(found, now=now, within="posts.")
    return found

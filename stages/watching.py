"""Looking at everything that could be silent, and at what stops sending (rule A12): facts in, open alerts out.

What must hold: what is looked at stands in the ledger, so that a run which never starts cannot hide it.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from resources.ledger.ledger import Ledger
from resources.ledger.watching import watch
from rules.alarms import Situation, Watch, alarms
from rules.campaign import Campaign
from stages.days import day_of
from stages.queueing import kept_plan

BEGAN = "watching.began"
TESTED = "alerts.tested"
WATCHED = ("flag.", "silence.", "sends.", "events.")
DIGEST_GRACE = timedelta(hours=1)


def look(ledger: Ledger, campaign: Campaign, *, now: datetime) -> None:
    """Report what holds now, and resolve what no longer does."""
    found = list(alarms(situation_of(ledger, campaign, now=now), watch_of(campaign)))
    for prefix in WATCHED:
        ledger.alerts.report([one for one in found if one.key.startswith(prefix)], now=now, within=prefix)


def watch_of(campaign: Campaign) -> Watch:
    """The configured patience with silence."""
    patience = campaign.alarms
    return Watch(
        throughput_by=patience.sent_by,
        events_after=patience.events_after,
        stale=timedelta(hours=campaign.ears.fresh_hours),
        digest_at=campaign.operator.digest_at,
        unknown_share=patience.unknown_share,
        test_every=timedelta(days=8),
    )


def situation_of(ledger: Ledger, campaign: Campaign, *, now: datetime) -> Situation:
    """Everything an alarm is decided from."""
    local = now.astimezone(campaign.zone)
    today = day_of(now, campaign.zone)
    yesterday = (date.fromisoformat(today) - timedelta(days=1)).isoformat()
    counts = watch(ledger.transactions, now=now, today=today, yesterday=yesterday)
    began = _began(ledger, now).astimezone(campaign.zone)
    sources = ["airtable", *(["events", "replies"] if ledger.sends.ever_sent() else [])]
    reads = {name: ledger.flags.stamped(f"{name}.read") for name in sources}
    tested = ledger.flags.stamped(TESTED)
    return Situation(
        at=local,
        switches={flag.name: flag.reason for flag in ledger.flags.raised()},
        stopped=ledger.flags.stops(),
        due=_due(kept_plan(ledger, today), now),
        sent_today=counts.sent_today,
        sent_before=counts.sent_before,
        heard=counts.heard,
        unknown=counts.unknown,
        parked=counts.parked,
        last_read={
            name: max(began, read[0].astimezone(campaign.zone)) if read else began for name, read in reads.items()
        },
        digest_missing=_missing_digest(ledger, campaign, local=local, began=began),
        tested=tested[0].astimezone(campaign.zone) if tested else began,
    )


def _began(ledger: Ledger, now: datetime) -> datetime:
    """When somebody first watched: before that, silence means nothing."""
    known = ledger.flags.stamped(BEGAN)
    if known is None:
        ledger.flags.stamp(BEGAN, at=now)
        return now
    return known[0]


def _due(plan: pl.DataFrame, now: datetime) -> int:
    """Rows of the plan that could go out at this moment."""
    if plan.is_empty():
        return 0
    open_now = (pl.col("opens_at") <= now) & (pl.col("closes_at") > now)
    return plan.filter(pl.col("standing").is_in(["due", "ready"]) & open_now).height


def _missing_digest(ledger: Ledger, campaign: Campaign, *, local: datetime, began: datetime) -> date | None:
    zone: ZoneInfo = campaign.zone
    made_at = datetime.combine(local.date(), campaign.operator.digest_at, zone)
    yesterday = local.date() - timedelta(days=1)
    if local < made_at + DIGEST_GRACE or began > made_at or yesterday < campaign.starts:
        return None
    posted = ledger.flags.stamped(f"digest.posted.{yesterday}")
    return None if posted else yesterday

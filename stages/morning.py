"""Gathering a digest from what is known this morning, and keeping it as it was sent."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from rules.campaign import Campaign
from rules.hashing import canonical
from stages.days import day_of
from stages.digest import Digest, compose
from stages.queueing import kept_plan, reasons, summary
from stages.watching import look


def compose_for(
    day: str,
    metrics: pl.DataFrame,
    replies: pl.DataFrame,
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
) -> Digest:
    """Compose the digest of a day and keep its words, so that a later look shows what was sent.

    Args:
        day: The day that is reported.
        metrics: `campaign_metrics` of the fortnight up to it.
        replies: `replies` of the day.
        ledger: Plan and flags.
        campaign: The configuration.
        clock: The time.
    """
    now = clock.now()
    plan = kept_plan(ledger, day_of(now, campaign.zone))
    if plan.is_empty():
        plan = kept_plan(ledger, day)
    look(ledger, campaign, now=now)
    alarms = [f"{one.alarm.what} {one.alarm.fix}" for one in ledger.alerts.open()]
    paused = [f"Paused: {flag.reason}" for flag in ledger.flags.raised() if flag.name == FlagName.PAUSE]
    digest = compose(
        day,
        metrics=metrics,
        replies=replies,
        standings=summary(plan),
        stuck=reasons(plan, ["excluded"]),
        alarms=[*paused, *alarms],
        campaign=campaign,
        health=_health(ledger, campaign, today=day_of(now, campaign.zone)),
    )
    if kept_digest(ledger, day) is None:
        ledger.keepsakes.keep("daily_digest", day, canonical(digest.row).encode(), now=now)
    return digest


def _health(ledger: Ledger, campaign: Campaign, *, today: str) -> list[str]:
    """When each source was last read, and what was spent."""
    lines = []
    for name in ("airtable", "events", "replies"):
        read = ledger.flags.stamped(f"{name}.read")
        when = f"{read[0].astimezone(campaign.zone):%d %b %H:%M}" if read else "never"
        lines.append(f"{name} last read: {when}")
    spent = ledger.work.spent(day=today)
    lines.append(f"spent since midnight: ${spent:.2f} of ${campaign.budget.per_day_usd:.2f}")
    return lines


def kept_digest(ledger: Ledger, day: str) -> Mapping[str, Any] | None:
    """The row of a digest as it was first composed."""
    content = ledger.keepsakes.kept("daily_digest", day)
    row: Mapping[str, Any] | None = json.loads(content) if content else None
    return row

"""When jobs run. A tick looks at the ledger first and says why it skips; a late tick does what is due now."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import dagster as dg

from outbound_assets import jobs
from outbound_assets.partitions import CAMPAIGN
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from stages.days import day_of
from stages.waking import outreach_due

ZONE: Final = CAMPAIGN.operator.timezone
RUNNING: Final = dg.DefaultScheduleStatus.RUNNING
Ticks = Iterator[dg.RunRequest | dg.SkipReason]


def _today(clock: ClockResource) -> str:
    return day_of(clock.clock().now(), CAMPAIGN.zone)


@dg.schedule(job=jobs.intake, cron_schedule="5 * * * *", execution_timezone=ZONE, default_status=RUNNING)
def intake_hourly(clock: ClockResource) -> dg.RunRequest:
    """New and changed leads, every hour."""
    return dg.RunRequest(partition_key=_today(clock))


@dg.schedule(job=jobs.outreach, cron_schedule="*/15 * * * *", execution_timezone=ZONE, default_status=RUNNING)
def outreach_quarterly(clock: ClockResource, ledger: LedgerResource) -> Ticks:
    """What is due now, every quarter of an hour, if anything is."""
    now = clock.clock().now()
    with ledger.open() as book:
        wake = outreach_due(book, campaign=CAMPAIGN, now=now)
    if wake.run:
        yield dg.RunRequest(partition_key=day_of(now, CAMPAIGN.zone), tags={"outbound/why": wake.reason})
    else:
        yield dg.SkipReason(wake.reason)


@dg.schedule(job=jobs.engagement, cron_schedule="7-59/15 * * * *", execution_timezone=ZONE, default_status=RUNNING)
def engagement_quarterly(clock: ClockResource, ledger: LedgerResource) -> Ticks:
    """Events and replies, every quarter of an hour, once anything was sent."""
    with ledger.open() as book:
        silent = not book.sends.ever_sent()
    if silent:
        yield dg.SkipReason("nothing was ever sent, so nothing can come back")
    else:
        yield dg.RunRequest(partition_key=_today(clock))


@dg.schedule(job=jobs.mirror, cron_schedule="25 * * * *", execution_timezone=ZONE, default_status=RUNNING)
def mirror_hourly() -> dg.RunRequest:
    """What changed, into Airtable, every hour."""
    return dg.RunRequest()


@dg.schedule(
    job=jobs.digest,
    cron_schedule=f"{CAMPAIGN.operator.digest_at.minute} {CAMPAIGN.operator.digest_at.hour} * * *",
    execution_timezone=ZONE,
    default_status=RUNNING,
)
def digest_each_morning(clock: ClockResource) -> dg.RunRequest | dg.SkipReason:
    """Yesterday, each morning."""
    yesterday = date.fromisoformat(_today(clock)) - timedelta(days=1)
    if yesterday < CAMPAIGN.starts:
        return dg.SkipReason("the campaign began today: there is no yesterday to report")
    return dg.RunRequest(partition_key=yesterday.isoformat())


@dg.schedule(job=jobs.nightly, cron_schedule="10 3 * * *", execution_timezone=ZONE, default_status=RUNNING)
def nightly_pass(clock: ClockResource) -> dg.RunRequest:
    """The whole view, the balance with the provider and a look at every service, each night."""
    return dg.RunRequest(partition_key=_today(clock))


@dg.schedule(job=jobs.canary, cron_schedule="50 * * * *", execution_timezone=ZONE, default_status=RUNNING)
def canary_hourly() -> dg.RunRequest:
    """Everything we lean on, every hour, before work needs it (rule B21)."""
    return dg.RunRequest()


ALL: Final = (
    intake_hourly, outreach_quarterly, engagement_quarterly, mirror_hourly, digest_each_morning, nightly_pass,
    canary_hourly,
)  # fmt: skip
"""Missed ticks are not caught up: the daemon's `max_catchup_runs` is 0 in `dagster.yaml`."""

"""When jobs run. A tick looks at the ledger first and says why it skips; a late tick does what is due now."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

import dagster as dg

from outbound_assets import jobs
from outbound_assets.partitions import CAMPAIGN, DAILY
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from stages.days import day_of
from stages.nights import night_due
from stages.waking import Wake, outreach_due

ZONE: Final = CAMPAIGN.operator.timezone
RUNNING: Final = dg.DefaultScheduleStatus.RUNNING
UNPARTITIONED: Final = frozenset({"mirror", "canary"})
"""Jobs that have no day."""
Ticks = Iterator[dg.RunRequest | dg.SkipReason]


def _on(job: Any, cron: str) -> Callable[[Callable[..., Any]], dg.ScheduleDefinition]:
    """A schedule of a job in the operator's zone, running by itself, described by its function's own words."""

    def decorate(function: Callable[..., Any]) -> dg.ScheduleDefinition:
        build = dg.schedule(
            job=job, cron_schedule=cron, execution_timezone=ZONE, default_status=RUNNING, description=function.__doc__
        )
        return build(function)

    return decorate


def _today(clock: ClockResource) -> str:
    return day_of(clock.clock().now(), CAMPAIGN.zone)


def for_day(day: str, *, because: str = "a new tick") -> dg.RunRequest | dg.SkipReason:
    """A run of a day's partition; Dagster counts its days by the machine's clock, the campaign from its first."""
    if DAILY.has_partition_key(day):
        return dg.RunRequest(partition_key=day, tags={"outbound/why": because})
    if day < CAMPAIGN.starts.isoformat():
        return dg.SkipReason(f"the campaign starts on {CAMPAIGN.starts}, and today is {day}")
    return dg.SkipReason(f"the sandbox's clock is at {day}, and the machine's is not: wait, or begin a new sandbox")


def asked_for(job: str, today: str) -> dg.RunRequest | dg.SkipReason:
    """What a job is run on when somebody asks for it today, a schedule or a person, or why there is nothing to run.

    Args:
        job: Its name.
        today: The operator's day.
    """
    if job in UNPARTITIONED:
        return dg.RunRequest()
    if job != "digest":
        return for_day(today)
    yesterday = date.fromisoformat(today) - timedelta(days=1)
    if yesterday < CAMPAIGN.starts:
        return dg.SkipReason(f"the campaign starts on {CAMPAIGN.starts}: there is no earlier day to report")
    return for_day(yesterday.isoformat())


def _if_due(wake: Wake, now: datetime) -> dg.RunRequest | dg.SkipReason:
    """Today's run, or why there is none."""
    return for_day(day_of(now, CAMPAIGN.zone), because=wake.reason) if wake.run else dg.SkipReason(wake.reason)


@_on(jobs.intake, "5 * * * *")
def intake_hourly(clock: ClockResource) -> dg.RunRequest | dg.SkipReason:
    """New and changed leads, every hour."""
    return for_day(_today(clock))


@_on(jobs.outreach, "*/15 * * * *")
def outreach_quarterly(clock: ClockResource, ledger: LedgerResource) -> Ticks:
    """What is due now, every quarter of an hour, if anything is."""
    now = clock.clock().now()
    with ledger.open() as book:
        yield _if_due(outreach_due(book, campaign=CAMPAIGN, now=now), now)


@_on(jobs.engagement, "7-59/15 * * * *")
def engagement_quarterly(clock: ClockResource, ledger: LedgerResource) -> Ticks:
    """Events and replies, every quarter of an hour, once anything was sent."""
    with ledger.open() as book:
        silent = not book.sends.ever_sent()
    if silent:
        yield dg.SkipReason("nothing was ever sent, so nothing can come back")
    else:
        yield for_day(_today(clock))


@_on(jobs.mirror, "25 * * * *")
def mirror_hourly() -> dg.RunRequest:
    """What changed, into Airtable, every hour."""
    return dg.RunRequest()


@_on(jobs.digest, f"{CAMPAIGN.operator.digest_at.minute} {CAMPAIGN.operator.digest_at.hour} * * *")
def digest_each_morning(clock: ClockResource) -> dg.RunRequest | dg.SkipReason:
    """Yesterday, each morning."""
    return asked_for("digest", _today(clock))


@_on(jobs.nightly, "10 * * * *")
def nightly_pass(clock: ClockResource, ledger: LedgerResource) -> Ticks:
    """The whole view, the balance with the provider and a look at every service, each night at three or once awake."""
    now = clock.clock().now()
    with ledger.open() as book:
        yield _if_due(night_due(book, campaign=CAMPAIGN, now=now), now)


@_on(jobs.canary, "50 * * * *")
def canary_hourly() -> dg.RunRequest:
    """Everything we lean on, every hour, before work needs it (rule B21)."""
    return dg.RunRequest()


ALL: Final = (
    intake_hourly, outreach_quarterly, engagement_quarterly, mirror_hourly, digest_each_morning, nightly_pass,
    canary_hourly,
)  # fmt: skip
"""Missed ticks are not caught up: the daemon's `max_catchup_runs` is 0 in `dagster.yaml`."""

"""What tells the operator: failed runs, alarms and notes, the weekly test of that path, the sign of life (rule A12)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import dagster as dg

from outbound_assets import jobs
from outbound_assets.campaign_resource import CampaignResource
from resources.clock.resource import ClockResource
from resources.heartbeat.resource import HeartbeatResource
from resources.ledger.resource import LedgerResource
from resources.mail_provider.resource import MailProviderResource
from resources.redaction import redact
from resources.telegram.resource import BotResource
from rules.alarms import failed_run
from stages.alerting import Channels, Told, tell_operator, trial_due, try_path
from stages.living import give_sign
from stages.watching import look

LOG_TAIL: Final = 12
RUN: Final = "run."
T = TypeVar("T")


@dg.run_failure_sensor(
    monitored_jobs=list(jobs.ALL),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=15,
    description="Reports a failed run with its reason and log tail: by chat, and by mail where the chat is closed.",
)
def failed_runs(
    context: dg.RunFailureSensorContext,
    bot: BotResource,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    mail_provider: MailProviderResource,
) -> None:
    """Tell the operator what failed, what it means and where to look."""
    run = context.dagster_run
    reason, tail = failure_of(context)
    alarm = failed_run(run.job_name, run.tags.get("dagster/partition", ""), reason, tail, run.run_id)

    async def tell(channels: Channels) -> Told:
        channels.ledger.alerts.report([alarm], now=channels.clock.now())
        return await tell_operator(channels)

    told = _with_channels(tell, bot=bot, desk=desk, clock=clock, ledger=ledger, mail_provider=mail_provider)
    for problem in told.problems:
        context.log.warning(problem)


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks for silence and open breakers, tells the operator once each, and gives the sign of life.",
)
def alerts(
    context: dg.SensorEvaluationContext,
    bot: BotResource,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    mail_provider: MailProviderResource,
    heartbeat: HeartbeatResource,
) -> dg.SkipReason:
    """Watch, tell, test the path once a week, and say that we live."""

    async def watch(channels: Channels) -> tuple[Told, str]:
        now = channels.clock.now()
        look(channels.ledger, channels.campaign, now=now)
        _resolve_runs(context.instance, channels)
        told = await tell_operator(channels)
        if trial_due(channels.ledger, channels.campaign, now=now):
            tested = await try_path(channels)
            told.problems += tested.problems
        async with heartbeat.open() as monitor:
            if monitor is None:
                return told, "no monitor is configured"
            sign = await give_sign(
                monitor, ledger=channels.ledger, campaign=channels.campaign, clock=channels.clock
            )  # fmt: skip
        return told, sign

    told, sign = _with_channels(watch, bot=bot, desk=desk, clock=clock, ledger=ledger, mail_provider=mail_provider)
    said = f"{told.alerts} alerts and {told.notes} notes told; {sign}"
    return dg.SkipReason("; ".join([said, *told.problems]))


def _with_channels(
    work: Callable[[Channels], Awaitable[T]],
    *,
    bot: BotResource,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    mail_provider: MailProviderResource,
) -> T:
    """Do something with both ways to the operator open."""

    async def opened() -> T:
        with ledger.open() as book:
            async with bot.open() as chat, mail_provider.open() as provider:
                return await work(Channels(chat, provider, book, desk.campaign(), clock.clock(), desk.secret()))

    return asyncio.run(opened())


def _resolve_runs(instance: dg.DagsterInstance, channels: Channels) -> None:
    """A failed run is over when the same job succeeded since."""
    ledger, now = channels.ledger, channels.clock.now()
    for one in ledger.alerts.open():
        if not one.alarm.key.startswith(RUN):
            continue
        last = instance.get_runs(dg.RunsFilter(job_name=one.alarm.key.removeprefix(RUN)), limit=1)
        if last and last[0].status is dg.DagsterRunStatus.SUCCESS:
            ledger.alerts.resolve([one.alarm.key], now=now)


def failure_of(context: dg.RunFailureSensorContext) -> tuple[str, str]:
    """Why a run failed, and the end of its log; without secrets and addresses."""
    run = context.dagster_run
    records = context.instance.get_records_for_run(run.run_id, limit=LOG_TAIL, ascending=False).records
    tail = [
        (record.event_log_entry.user_message or record.event_log_entry.message)[:200] for record in reversed(records)
    ]
    reasons = [_reason(step) for step in context.get_step_failure_events()]
    reason = "; ".join(reasons) or context.failure_event.message or "no reason was recorded"
    return str(redact(reason)), str(redact("\n".join(tail)))[:2500]


def _reason(step: dg.DagsterEvent) -> str:
    """The innermost error of a failed step: what the operator can act on."""
    error = step.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    said = step.step_failure_data.user_failure_data
    told = said.description if said is not None and said.description else (error.message if error else "")
    return f"{step.step_key}: {(told or 'no reason was recorded').strip()[:600]}"


ALL: Final = (failed_runs, alerts)

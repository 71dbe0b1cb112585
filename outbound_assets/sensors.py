"""What reacts: the bot's commands, and failed runs that tell the operator at once (rule A12)."""

import asyncio
from collections.abc import Iterator
from typing import Final

import dagster as dg

from outbound_assets import jobs
from outbound_assets.campaign_resource import CampaignResource
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from resources.redaction import redact
from resources.telegram.resource import BotResource
from rules.failures import ServiceFailure
from stages.days import day_of
from stages.operator_chat import Desk, Request, answer_updates

LOG_TAIL: Final = 12


@dg.sensor(
    job=jobs.outreach,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Answers the bot's commands; each update acts at most once.",
)
def telegram_bot(
    bot: BotResource, desk: CampaignResource, clock: ClockResource, ledger: LedgerResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Read the chat, answer, and start the runs that were asked for."""
    campaign, time = desk.campaign(), clock.clock()

    async def listen() -> tuple[int, list[Request]]:
        with ledger.open() as book:
            async with bot.open() as chat:
                report = await answer_updates(chat, Desk(book, campaign, time, desk.secret()))
        return report.answered + report.dropped, report.requests

    try:
        heard, requests = asyncio.run(listen())
    except ServiceFailure as error:
        yield dg.SkipReason(f"the chat could not be read: {error}")
        return
    for request in requests:
        yield run_request(request, day_of(time.now(), campaign.zone))
    if not requests:
        yield dg.SkipReason(f"{heard} updates, no run asked for")


def run_request(request: Request, day: str) -> dg.RunRequest:
    """The run a command asked for; its key makes it start once."""
    config = {"limit": request.count, "draft_only": request.kind == "draft"}
    ops = {name: {"config": config} for name in ("research_blobs", "drafts", "sends")}
    return dg.RunRequest(run_key=f"telegram-{request.update_id}", partition_key=day, run_config={"ops": ops})


@dg.run_failure_sensor(
    monitored_jobs=list(jobs.ALL),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=15,
    description="Posts a failed run's reason and log tail to the operator's chat.",
)
def failed_runs(context: dg.RunFailureSensorContext, bot: BotResource, desk: CampaignResource) -> None:
    """Tell the operator what failed, what it means and where to look."""
    text = failure_text(context)

    async def tell() -> None:
        async with bot.open() as chat:
            await chat.say(desk.campaign().operator.telegram_chat, text)

    asyncio.run(tell())


def failure_text(context: dg.RunFailureSensorContext) -> str:
    """The alert: job, reason, log tail, run; without secrets and addresses."""
    run = context.dagster_run
    records = context.instance.get_records_for_run(run.run_id, limit=LOG_TAIL, ascending=False).records
    tail = [
        (record.event_log_entry.user_message or record.event_log_entry.message)[:200] for record in reversed(records)
    ]
    reasons = [_reason(step) for step in context.get_step_failure_events()]
    reason = "; ".join(reasons) or context.failure_event.message or "no reason was recorded"
    lines = [
        f"Run failed: {run.job_name} {run.tags.get('dagster/partition', '')}",
        f"Why: {reason}",
        "What it did before is kept; the next tick goes on from there. /stats and the run's page tell more.",
        f"Run {run.run_id}",
        "Log tail:",
        *tail,
    ]
    return str(redact("\n".join(lines)))[:3500]


def _reason(step: dg.DagsterEvent) -> str:
    """The innermost error of a failed step: what the operator can act on."""
    error = step.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    said = step.step_failure_data.user_failure_data
    told = said.description if said is not None and said.description else (error.message if error else "")
    return f"{step.step_key}: {(told or 'no reason was recorded').strip()[:600]}"


ALL: Final = (telegram_bot, failed_runs)

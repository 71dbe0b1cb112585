"""What reacts to the operator: the bot's commands."""

import asyncio
from collections.abc import Iterator
from typing import Final

import dagster as dg

from outbound_assets import jobs
from outbound_assets.campaign_resource import CampaignResource
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from resources.telegram.resource import BotResource
from rules.failures import ServiceFailure
from stages.days import day_of
from stages.operator_chat import Desk, Request, answer_updates


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


ALL: Final = (telegram_bot,)

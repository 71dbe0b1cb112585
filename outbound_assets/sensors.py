"""What reacts to the operator: the bot's commands, and the runs they ask for."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg

from outbound_assets import jobs
from outbound_assets.campaign_resource import CampaignResource
from resources.clock.resource import ClockResource
from resources.ledger.chat import WantedRun
from resources.ledger.ledger import Ledger
from resources.ledger.resource import LedgerResource
from resources.telegram.resource import BotResource
from rules.failures import ServiceFailure
from stages.chat.desk import Desk
from stages.days import day_of
from stages.operator_chat import answer_updates

POLLING: Final = "bot.polling"
"""Stamped by `outbound bot` whenever it asks for updates: of two listeners Telegram sends one away."""
ANSWERED_WITHIN: Final = timedelta(seconds=90)
STARTED_WITHIN: Final = timedelta(hours=1)
"""Wanted runs older than that are not started any more: nobody waits for them."""


@dg.sensor(
    job=jobs.outreach,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Answers the bot's commands, unless `outbound bot` does, and starts the runs they ask for, each once.",
)
def telegram_bot(
    bot: BotResource, desk: CampaignResource, clock: ClockResource, ledger: LedgerResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Read the chat, answer, and start the runs that were asked for."""
    campaign, time = desk.campaign(), clock.clock()
    with ledger.open() as book:
        if listens(book, now=datetime.now(UTC)):
            said = "`outbound bot` answers the chat"
        else:
            said = asyncio.run(_listen(bot, Desk(book, campaign, time, desk.secret())))
        runs = book.chat.wanted(since=time.now() - STARTED_WITHIN)
    for run in runs:
        yield run_request(run, day_of(time.now(), campaign.zone))
    if not runs:
        yield dg.SkipReason(f"{said}, no run asked for")


async def _listen(bot: BotResource, desk: Desk) -> str:
    try:
        async with bot.open() as chat:
            report = await answer_updates(chat, desk)
    except ServiceFailure as error:
        return f"the chat could not be read: {error}"
    return f"{report.answered + report.dropped} updates"


def listens(book: Ledger, *, now: datetime) -> bool:
    """Whether a bot process answers the chat; ``now`` is the machine's time, as its stamps are."""
    last = book.flags.stamped(POLLING)
    return last is not None and now - last[0] < ANSWERED_WITHIN


def run_request(run: WantedRun, day: str) -> dg.RunRequest:
    """The run a command asked for; its key makes it start once."""
    config = {"limit": run.number, "draft_only": run.kind == "draft"}
    ops = {name: {"config": config} for name in ("research_blobs", "drafts", "sends")}
    return dg.RunRequest(run_key=f"telegram-{run.update_id}", partition_key=day, run_config={"ops": ops})


ALL: Final = (telegram_bot,)

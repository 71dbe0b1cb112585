"""What came back and what it adds up to: replies, status, metrics, the mirror, the digest."""

from datetime import date, timedelta
from typing import Any

import dagster as dg
import polars as pl

from outbound_assets import tables
from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.events import engagement_events
from outbound_assets.metrics import campaign_metrics
from outbound_assets.outreach import NOTHING, outreach_queue, sends
from outbound_assets.projecting import fail_if_stopped, picture, project, project_also, tally
from outbound_assets.reading import judged_leads
from outbound_assets.table_asset import table_asset
from resources.airtable.resource import LeadBaseResource
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from resources.mail_provider.resource import MailProviderResource
from resources.mailbox.resource import MailboxResource
from resources.models.resource import OpenAIResource
from resources.telegram.resource import BotResource
from resources.warehouse.resource import WarehouseResource
from stages.charts import funnel_png
from stages.days import day_after, day_of
from stages.digest import deliver, digest_frame
from stages.mirroring import write_mirror
from stages.morning import compose_for, kept_digest
from stages.queueing import kept_plan
from stages.reply_judging import judge_replies
from stages.replying import pull_replies, reply_frame
from stages.status import fold_status
from stages.waking import something_changed


@table_asset(tables.REPLIES, group="engagement", kinds={"imap", "duckdb"}, deps=[sends])
async def replies(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    mailbox: MailboxResource,
    writer: OpenAIResource,
) -> dg.MaterializeResult[Any]:
    """Inbound mail joined to the mail it answers, classified, and acted on."""
    campaign, time, day, store = desk.campaign(), clock.clock(), context.partition_key, warehouse.store()
    metadata: dict[str, Any] = {}
    judged = NOTHING
    with ledger.open() as book:
        if day == day_of(time.now(), campaign.zone):
            async with mailbox.open() as inbox:
                report = await pull_replies(inbox, ledger=book, campaign=campaign, clock=time, pepper=desk.secret())
            if report.new:
                something_changed(book, now=time.now())
            judged, days = await judge_replies(ledger=book, campaign=campaign, clock=time, open_model=writer.open)
            others = sorted({*report.days, *days} - {day})
            project_also(context, store, tables.REPLIES, others, make=lambda other: reply_frame(book, other))
            metadata = {"deferred": report.deferred} if report.deferred else {}
            metadata |= {
                "read": report.read, "new": sum(report.new.values()), "relabelled": report.relabelled,
                "unreadable_posts": report.parked, "judged_by_model": judged.items, "cost_usd": judged.cost_usd,
            }  # fmt: skip
        frame = reply_frame(book, day)
    classes = dict(frame.group_by("class").len().sort("class").iter_rows())
    metadata |= {f"class_{label}": count for label, count in classes.items()}
    metadata["classes"] = tally(frame, "class", "joined_by")
    result = project(context, store, tables.REPLIES, frame, partition=day, metadata=metadata)
    fail_if_stopped(judged)
    return result


@table_asset(
    tables.STATUS,
    group="engagement",
    kinds={"polars", "duckdb"},
    deps=[outreach_queue, sends, engagement_events, replies],
)
def lead_status(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
) -> dg.MaterializeResult[Any]:
    """Where every lead stands: a fold of the facts, never the source of one."""
    campaign, now, store = desk.campaign(), clock.clock().now(), warehouse.store()
    with ledger.open() as book:
        judged = judged_leads(store, book, pepper=desk.secret())
        frame = fold_status(judged, kept_plan(book, day_of(now, campaign.zone)), ledger=book)
    states = dict(frame.group_by("status").len().sort("status").iter_rows())
    metadata = {f"leads_{state.replace(' ', '_')}": count for state, count in states.items()}
    return project(context, store, tables.STATUS, frame, metadata=metadata | {"stands": tally(frame, "status", "step")})


@table_asset(tables.MIRROR, group="reporting", kinds={"airtable"}, deps=[lead_status])
async def airtable_leads(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    lead_base: LeadBaseResource,
) -> dg.MaterializeResult[Any]:
    """The mirror in Airtable: machine-owned fields, only where they changed."""
    store = warehouse.store()
    status = store.read(tables.STATUS)
    with ledger.open() as book:
        async with lead_base.open() as base:
            report = await write_mirror(base, status, ledger=book, campaign=desk.campaign(), clock=clock.clock())
        hashes = book.keepsakes.mirror_hashes()
    frame = pl.DataFrame(
        {"record_id": list(hashes), "content_hash": list(hashes.values())},
        schema={"record_id": pl.String, "content_hash": pl.String},
    )
    for record, reason in list(report.rejected.items())[:20]:
        context.log.warning("Airtable refused record %s: %s", record, reason)
    return project(
        context, store, tables.MIRROR, frame,
        metadata={
            "changed": report.changed, "written": report.written, "refused": len(report.rejected),
            "requests": report.requests,
        },
    )  # fmt: skip


@table_asset(
    tables.DIGEST, group="reporting", kinds={"brevo", "telegram"}, deps=[campaign_metrics, replies, outreach_queue]
)
async def daily_digest(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    mail_provider: MailProviderResource,
    bot: BotResource,
) -> dg.MaterializeResult[Any]:
    """A day in numbers and pictures, mailed and posted on the morning after; each way at most once."""
    campaign, time, day, store = desk.campaign(), clock.clock(), context.partition_key, warehouse.store()
    problems: list[str] = []
    metadata: dict[str, Any] = {}
    with ledger.open() as book:
        if day_after(day) == day_of(time.now(), campaign.zone):
            first = (date.fromisoformat(day) - timedelta(days=13)).isoformat()
            metrics = store.query(
                "SELECT * FROM campaign_metrics WHERE day BETWEEN ? AND ? ORDER BY day, step, variant", [first, day],
                tables=[tables.METRICS],
            )  # fmt: skip
            if metrics.height:
                metadata["fortnight"] = picture(
                    funnel_png(metrics, title=f"The fortnight to {day}"), what="the fortnight"
                )
            said = store.read(tables.REPLIES, partition=day)
            digest = compose_for(day, metrics, said, ledger=book, campaign=campaign, clock=time)
            async with mail_provider.open() as provider, bot.open() as chat:
                problems = list(
                    await deliver(
                        digest, provider=provider, bot=chat, ledger=book, campaign=campaign, clock=time,
                        pepper=desk.secret(),
                    )
                )  # fmt: skip
        kept = kept_digest(book, day)
    frame = digest_frame(kept)
    for problem in problems:
        context.log.warning(problem)
    metadata |= {"problems": len(problems)}
    if kept is not None:
        # Counts only: the words of the digest quote people, and those stay out of Dagster's storage.
        metadata |= {name: kept[name] for name in kept if isinstance(kept[name], int | float)}
    return project(context, store, tables.DIGEST, frame, partition=day, metadata=metadata)

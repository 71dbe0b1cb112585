"""Outreach: who is due, what is known of their company, what is written to them, and what went out.

What must hold: only today's partition acts; a past one reads the ledger and nothing else (invariant I11).
"""

import os
from typing import Any

import dagster as dg
import polars as pl

from outbound_assets import tables
from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.intake import leads, verification_results
from outbound_assets.projecting import counts, fail_if_stopped, opaque, project, project_also, tally
from outbound_assets.reading import by_lead, judged_leads
from outbound_assets.table_asset import table_asset
from resources.airtable.resource import LeadBaseResource
from resources.clock.resource import ClockResource
from resources.ledger.changes import changed_days
from resources.ledger.resource import LedgerResource
from resources.mail_provider.resource import MailProviderResource
from resources.models.resource import ModelResource, OpenAIResource
from resources.warehouse.resource import WarehouseResource
from rules.outcomes import StageReport
from stages.chat.outcome import told_of
from stages.days import day_of
from stages.drafting import draft_frame, draft_mails
from stages.outlook import outlook
from stages.queueing import kept_plan, picks, plan_day, reasons, summary
from stages.research_reading import read_day_again, research_frame
from stages.researching import research_companies
from stages.sending import Sender, send_due, send_frame
from stages.waking import sleep_until

NOTHING = StageReport.of("past", [])
"""What a past partition does: nothing, it only reads."""


class OutreachConfig(dg.Config):
    """What an operator may ask of a run."""

    limit: int | None = None
    """Write and send at most so many; the caps hold in any case."""
    draft_only: bool = False
    """Write, but do not send."""


def _progress(context: dg.AssetExecutionContext, what: str) -> Any:
    def tell(done: int, total: int) -> None:
        if done == total or done % 25 == 0:
            context.log.info("%s %d of %d", what, done, total)

    return tell


@table_asset(tables.QUEUE, group="outreach", kinds={"polars", "duckdb"}, deps=[leads, verification_results])
def outreach_queue(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
) -> dg.MaterializeResult[Any]:
    """Who is due today for which step, in which window; and everybody who is not, with the reason."""
    campaign, now, day, store = desk.campaign(), clock.clock().now(), context.partition_key, warehouse.store()
    metadata: dict[str, Any] = {}
    with ledger.open() as book:
        if day == day_of(now, campaign.zone):
            judged = judged_leads(store, book, pepper=desk.secret())
            plan = plan_day(judged, ledger=book, campaign=campaign, now=now)
            sleep_until(book, plan.wake_at, now=now)
            metadata["leads"] = judged.height
        frame = kept_plan(book, day)
    metadata.update(summary(frame))
    excluded = reasons(frame, ["excluded", "waiting"])
    lines = [
        "| leads | reason |",
        "| ---: | --- |",
        *(f"| {n} | {opaque(why)} |" for why, n in list(excluded.items())[:20]),
    ]
    metadata["standings"] = tally(frame, "standing", "step")
    metadata["not_today"] = dg.MetadataValue.md("\n".join(lines))
    return project(context, store, tables.QUEUE, frame, partition=day, metadata=metadata)


@table_asset(tables.RESEARCH, group="outreach", kinds={"perplexity", "duckdb"}, deps=[outreach_queue])
async def research_blobs(
    context: dg.AssetExecutionContext,
    config: OutreachConfig,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    researcher: ModelResource,
) -> dg.MaterializeResult[Any]:
    """Web-grounded research with sources, bought once per company while it is fresh."""
    campaign, time, day, store, report = (
        desk.campaign(),
        clock.clock(),
        context.partition_key,
        warehouse.store(),
        NOTHING,
    )
    with ledger.open() as book:
        if day == day_of(time.now(), campaign.zone):
            chosen = picks(kept_plan(book, day), ledger=book, campaign=campaign, now=time.now(), limit=config.limit)
            if chosen:
                people = by_lead(judged_leads(store, book, pepper=desk.secret()))
                async with researcher.open() as model:
                    report = await research_companies(
                        chosen, people, model=model, ledger=book, campaign=campaign, clock=time, run=context.run_id,
                        progress=_progress(context, "researched"),
                    )  # fmt: skip
        read_differently = read_day_again(book, day, now=time.now())
        frame = research_frame(book, day)
    metadata = {
        **counts(report), "cost_day_usd": frame["cost_usd"].sum(), "facts": frame["fact_count"].sum(),
        "outcomes": tally(frame, "state", "source"),
        "refused": frame.filter(pl.col("state") == "rejected").height, "read_differently": read_differently,
    }  # fmt: skip
    result = project(context, store, tables.RESEARCH, frame, partition=day, metadata=metadata)
    fail_if_stopped(report)
    return result


@table_asset(tables.DRAFTS, group="outreach", kinds={"openai", "duckdb"}, deps=[outreach_queue, research_blobs])
async def drafts(
    context: dg.AssetExecutionContext,
    config: OutreachConfig,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    writer: OpenAIResource,
) -> dg.MaterializeResult[Any]:
    """Mails written and approved for the day, one per lead and step, or the reason a draft was refused."""
    campaign, time, day, store, report = (
        desk.campaign(),
        clock.clock(),
        context.partition_key,
        warehouse.store(),
        NOTHING,
    )
    with ledger.open() as book:
        if day == day_of(time.now(), campaign.zone):
            chosen = picks(kept_plan(book, day), ledger=book, campaign=campaign, now=time.now(), limit=config.limit)
            if chosen:
                people = by_lead(judged_leads(store, book, pepper=desk.secret()))
                async with writer.open() as model:
                    report = await draft_mails(
                        chosen, people, model=model, ledger=book, campaign=campaign, clock=time, pepper=desk.secret(),
                        run=context.run_id, progress=_progress(context, "drafted"),
                    )  # fmt: skip
            if config.limit is not None and config.draft_only:
                said = told_of(report, wanted=config.limit, doing="written")
                book.alerts.leave_note(f"written.{context.run_id}", said, now=time.now())
        frame = draft_frame(book, day)
    written = frame.filter(pl.col("state") == "done").height
    metadata = {
        **counts(report), "steps": tally(frame, "step", "variant", "state"), "written": written,
        "refused": frame.filter(pl.col("state") == "rejected").height,
        "cost_day_usd": frame["cost_usd"].sum(),
        "cost_per_draft_usd": frame["cost_usd"].sum() / written if written else 0.0,
    }  # fmt: skip
    result = project(context, store, tables.DRAFTS, frame, partition=day, metadata=metadata)
    fail_if_stopped(report)
    return result


@table_asset(tables.SENDS, group="outreach", kinds={"brevo", "duckdb"}, deps=[drafts])
async def sends(
    context: dg.AssetExecutionContext,
    config: OutreachConfig,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    mail_provider: MailProviderResource,
    lead_base: LeadBaseResource,
) -> dg.MaterializeResult[Any]:
    """Today: sends what is due now, within caps and windows. A past day: what the ledger says of it."""
    campaign, time, day, store, report = (
        desk.campaign(),
        clock.clock(),
        context.partition_key,
        warehouse.store(),
        NOTHING,
    )
    began = time.now()
    with ledger.open() as book:
        today = day == day_of(began, campaign.zone)
        if today and not config.draft_only and book.sends.waiting():
            async with mail_provider.open() as provider, lead_base.open() as base:
                holder = f"{os.uname().nodename}:{os.getpid()}:{context.run_id[:8]}"
                sender = Sender(provider, book, campaign, time, desk.secret(), holder, base)
                report = await send_due(sender, limit=config.limit, progress=_progress(context, "sent"))
        if today and config.limit is not None and not config.draft_only:
            said = told_of(report, wanted=config.limit, doing="sent")
            book.alerts.leave_note(f"sent.{context.run_id}", said, now=time.now())
        if today:
            others = [other for other in changed_days(book.transactions, began).sends if other != day]
            project_also(context, store, tables.SENDS, others, make=lambda other: send_frame(book, other))
        frame = send_frame(book, day)
        view = outlook(campaign, ledger=book, now=time.now())
    by_state = dict(frame.group_by("state").len().iter_rows())
    metadata = {
        **counts(report), **{f"state_{state}": count for state, count in by_state.items()},
        "steps": tally(frame, "step", "state"), "day_cap": view.policy.day_cap, "hour_cap": view.policy.hour_cap,
    }  # fmt: skip
    result = project(context, store, tables.SENDS, frame, partition=day, metadata=metadata)
    fail_if_stopped(report)
    return result

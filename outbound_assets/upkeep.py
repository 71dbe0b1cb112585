"""Our counts against the provider's, and the health of everything we lean on."""

from collections import Counter
from typing import Any

import dagster as dg
import polars as pl

from outbound_assets import tables
from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.events import engagement_events
from outbound_assets.examining import Occasion, practice_of
from outbound_assets.partitions import SETTINGS
from outbound_assets.projecting import project
from outbound_assets.table_asset import table_asset
from resources.airtable.resource import LeadBaseResource
from resources.clock.resource import ClockResource
from resources.domain_names.resource import DomainNamesResource
from resources.ledger.resource import LedgerResource
from resources.mail_provider.resource import MailProviderResource
from resources.mailbox.resource import MailboxResource
from resources.models.resource import ModelResource, OpenAIResource
from resources.redaction import redact
from resources.telegram.resource import BotResource
from resources.warehouse.resource import WarehouseResource
from resources.web.resource import WebResource
from stages.doctor.alarming import report_findings
from stages.doctor.examination import examine
from stages.doctor.findings import Finding, State
from stages.doctor.standing import keep_result
from stages.matching import first_day, judge, match_mirror, match_provider, match_warehouse
from stages.reconciliation import reconcile_days

SCHEDULED = "dagster/schedule_name"
"""A run with this tag was started by the daemon."""


@table_asset(tables.RECONCILIATION, group="upkeep", kinds={"brevo", "duckdb"}, deps=[engagement_events])
async def reconciliation(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    mail_provider: MailProviderResource,
) -> dg.MaterializeResult[Any]:
    """Mails per day by our count and by the provider's; a difference stops the next sends."""
    with ledger.open() as book:
        async with mail_provider.open() as provider:
            tallies = await reconcile_days(provider, ledger=book, campaign=desk.campaign(), clock=clock.clock())
        rows = book.keepsakes.tallies()
    schema = {"day": pl.String, "ours": pl.Int64, "provider": pl.Int64, "verdict": pl.String}
    frame = pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)
    wrong = sum(1 for tally in tallies if tally.verdict != "equal")
    metadata = {"days_compared": len(tallies), "days_different": wrong}
    return project(context, warehouse.store(), tables.RECONCILIATION, frame, metadata=metadata)


class HealthConfig(dg.Config):
    """How deep to look."""

    deep: bool = False
    """Recompute the journal's whole hash chain and read every page of the ledger; the cost grows with history."""


@table_asset(tables.RECONCILIATION_ITEMS, group="upkeep", kinds={"airtable", "duckdb"}, deps=[reconciliation])
async def reconciliation_items(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    lead_base: LeadBaseResource,
) -> dg.MaterializeResult[Any]:
    """Mails of a week on which two books differ; a difference at the provider stops the next sends."""
    campaign, now, store = desk.campaign(), clock.clock().now(), warehouse.store()
    first, last = first_day(now, campaign).isoformat(), now.astimezone(campaign.zone).date().isoformat()
    sends = store.read_range(tables.SENDS, first=first, last=last)
    with ledger.open() as book:
        items = [
            *match_provider(book, campaign, now=now), *match_warehouse(sends, book, campaign, now=now),
        ]  # fmt: skip
        async with lead_base.open() as base:
            items += await match_mirror(base, book, campaign, now=now)
        frame = judge(items, ledger=book, now=now)
    metadata = {
        f"{name}_differences": frame.filter(pl.col("store") == name).height
        for name in ("provider", "warehouse", "airtable")
    }
    return project(context, store, tables.RECONCILIATION_ITEMS, frame, metadata=metadata)


@table_asset(tables.HEALTH, group="upkeep", kinds={"duckdb"}, version="2")
async def service_health(
    context: dg.AssetExecutionContext,
    config: HealthConfig,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    lead_base: LeadBaseResource,
    mail_provider: MailProviderResource,
    writer: OpenAIResource,
    researcher: ModelResource,
    bot: BotResource,
    mailbox: MailboxResource,
    names: DomainNamesResource,
    web: WebResource,
) -> dg.MaterializeResult[Any]:
    """Everything that could keep the next mail from going out, looked at: the doctor's lines, by the hour."""
    built = {
        "desk": desk, "clock": clock, "ledger": ledger, "warehouse": warehouse, "lead_base": lead_base,
        "mail_provider": mail_provider, "writer": writer, "researcher": researcher, "bot": bot, "mailbox": mailbox,
        "names": names, "web": web,
    }  # fmt: skip
    occasion = Occasion(lambda: context.instance, SCHEDULED in context.run.tags, config.deep)
    found = await examine(practice_of(built, SETTINGS, occasion))
    now = clock.clock().now()
    with ledger.open() as book:
        keep_result(found, ledger=book, campaign=desk.campaign(), now=now, by_hand=False)
        report_findings(found, ledger=book, now=now)
    frame = pl.DataFrame(
        {
            "service": [one.name for one in found],
            "state": [one.state.value for one in found],
            "detail": [_told(one) for one in found],
            "at": [now] * len(found),
        },
        schema={"service": pl.String, "state": pl.String, "detail": pl.String, "at": pl.Datetime("us", "UTC")},
    )
    states = Counter(one.state for one in found)
    lines = [dg.TableRecord({"line": one.name, "state": one.state.value, "what": _told(one)}) for one in found]
    metadata = {
        "lines": len(found), "failing": states[State.FAIL], "warning": states[State.WARN],
        "examination": dg.MetadataValue.table(lines),
    }  # fmt: skip
    return project(context, warehouse.store(), tables.HEALTH, frame, metadata=metadata)


def _told(finding: Finding) -> str:
    """A line and its fix, without an address."""
    return str(redact(f"{finding.sentence}. Fix: {finding.fix}" if finding.fix else finding.sentence))

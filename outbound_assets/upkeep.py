"""Nightly: our counts against the provider's, and the health of every service we lean on."""

from typing import Any

import dagster as dg
import polars as pl

from outbound_assets import tables
from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.engagement import engagement_events
from outbound_assets.intake import OWNERS
from outbound_assets.projecting import column_schema, project
from resources.airtable.resource import LeadBaseResource
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from resources.mail_provider.resource import MailProviderResource
from resources.models.resource import ModelResource, OpenAIResource
from resources.telegram.resource import BotResource
from resources.warehouse.resource import WarehouseResource
from stages.reconciliation import reconcile_days
from stages.upkeep import Services, ask_everybody


@dg.asset(
    deps=[engagement_events],
    group_name="upkeep",
    kinds={"brevo", "duckdb"},
    owners=OWNERS,
    code_version="1",
    metadata={"dagster/column_schema": column_schema(tables.RECONCILIATION)},
)
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


@dg.asset(
    group_name="upkeep",
    kinds={"duckdb"},
    owners=OWNERS,
    code_version="1",
    metadata={"dagster/column_schema": column_schema(tables.HEALTH)},
)
async def service_health(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    lead_base: LeadBaseResource,
    mail_provider: MailProviderResource,
    writer: OpenAIResource,
    researcher: ModelResource,
    bot: BotResource,
) -> dg.MaterializeResult[Any]:
    """Every service asked once whether it would work tomorrow."""
    async with (
        lead_base.open() as base,
        mail_provider.open() as provider,
        writer.open() as chat_model,
        researcher.open() as web_model,
        bot.open() as chat,
    ):
        services = Services(base, provider, chat_model, web_model, chat)
        with ledger.open() as book:
            found = await ask_everybody(services, ledger=book, campaign=desk.campaign(), clock=clock.clock())
    schema: dict[str, Any] = {
        "service": pl.String,
        "state": pl.String,
        "detail": pl.String,
        "at": pl.Datetime("us", "UTC"),
    }
    frame = pl.DataFrame([{name: getattr(item, name) for name in schema} for item in found], schema=schema)
    lines = ["| service | state | detail |", "| --- | --- | --- |"]
    lines += [f"| {item.service} | {item.state} | {item.detail} |" for item in found]
    metadata = {
        "failing": sum(1 for item in found if item.state == "fail"),
        "warning": sum(1 for item in found if item.state == "warn"),
        "services": dg.MetadataValue.md("\n".join(lines)),
    }
    return project(context, warehouse.store(), tables.HEALTH, frame, metadata=metadata)

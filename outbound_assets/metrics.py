"""The asset of the funnel: counts by day, cohort, step and variant; rates with intervals; who wins, if anybody."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

import dagster as dg
import polars as pl

from outbound_assets import tables
from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.events import PROJECTED, engagement_events, since
from outbound_assets.outreach import drafts, sends
from outbound_assets.projecting import picture, project, project_also, project_range
from outbound_assets.table_asset import table_asset
from resources.clock.resource import ClockResource
from resources.ledger.changes import changed_days
from resources.ledger.ledger import Ledger
from resources.ledger.resource import LedgerResource
from resources.warehouse.resource import WarehouseResource
from resources.warehouse.store import Warehouse
from rules.campaign import Campaign
from stages.charts import rates_png
from stages.classifying import months
from stages.days import day_of
from stages.funnel import metrics_between, metrics_of, verdicts_between
from stages.metrics import conserved, totals
from stages.rate_tables import plotted, rate_table, verdict_lines

SHOWN: Final = "shown.campaign_metrics"
SHOWN_DAYS: Final = 28
SHOWN_EVERY: Final = timedelta(hours=20)
"""Pictures and tables are kept by Dagster for ever: once a day is often enough."""


@table_asset(
    tables.METRICS,
    group="reporting",
    kinds={"polars", "duckdb"},
    deps=[sends, drafts, engagement_events, "replies"],
    version="2",
    ranges=True,
)
def campaign_metrics(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
) -> dg.MaterializeResult[Any]:
    """Funnel, rates, cost and lateness of the mails planned on a day, by cohort, step and variant.

    Any range of past days may be backfilled in one run: it reads the ledger alone.
    """
    campaign, now, store = desk.campaign(), clock.clock().now(), warehouse.store()
    days = sorted(context.partition_keys)
    with ledger.open() as book:
        if day_of(now, campaign.zone) in days:
            changed = changed_days(book.transactions, since(book, "campaign_metrics")).outcomes
            others = [other for other in changed if other not in days]
            project_also(context, store, tables.METRICS, others, make=lambda other: metrics_of(other, book))
            book.flags.stamp(f"{PROJECTED}campaign_metrics", at=now)
        if len(days) == 1:
            frame = metrics_of(days[0], book)
            numbers = {**totals(frame), **plotted(frame), "conserved": conserved(frame)}
            result = project(context, store, tables.METRICS, frame, partition=days[0], metadata=numbers)
            shown = book.flags.stamped(SHOWN)
            if shown is None or now - shown[0] > SHOWN_EVERY:
                result = result._replace(metadata={**(result.metadata or {}), **_overview(store, book, campaign, now)})
                book.flags.stamp(SHOWN, at=now)
            return result

        def frames() -> Iterator[tuple[str, str, pl.DataFrame]]:
            for first, last in months(days[0], days[-1]):
                yield first, last, metrics_between(first, last, book)

        result = project_range(context, store, tables.METRICS, frames())
        # What a result says is kept for each partition of its run: pictures are said of the last one alone.
        context.add_asset_metadata(_overview(store, book, campaign, now), partition_key=days[-1])
        return result


def _overview(store: Warehouse, book: Ledger, campaign: Campaign, now: datetime) -> dict[str, Any]:
    """The last four weeks as tables and a picture, and what is known of the variants."""
    last = day_of(now, campaign.zone)
    first = (date.fromisoformat(last) - timedelta(days=SHOWN_DAYS - 1)).isoformat()
    metrics = store.read_range(tables.METRICS, first=first, last=last)
    if metrics.is_empty():
        return {}
    told = {
        "rates_by_step_and_variant": dg.MetadataValue.md(rate_table(metrics, ["step", "variant"])),
        "rates_by_cohort": dg.MetadataValue.md(rate_table(metrics, ["cohort"])),
    }
    lines = verdict_lines(verdicts_between(campaign.starts.isoformat(), last, book, campaign=campaign))
    if lines:
        told["variants"] = dg.MetadataValue.md("\n".join(f"- {line}" for line in lines))
    drawn = rates_png(metrics, title="Opens, clicks and replies: raw and human")
    told["picture"] = picture(drawn, what="rates of four weeks")
    return told

"""What the models cost, day by day, by what they were asked for and by the version of the question.

What must hold: it is read from the ledger alone, so that a past day costs nothing to show again (invariant I11).
"""

from typing import Any

import dagster as dg

from outbound_assets import tables
from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.outreach import drafts, research_blobs
from outbound_assets.projecting import project
from outbound_assets.table_asset import table_asset
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from resources.warehouse.resource import WarehouseResource
from stages.costing import day_costs, economics, plots
from stages.forecasting import runways


@table_asset(tables.COSTS, group="reporting", kinds={"duckdb"}, deps=[research_blobs, drafts])
def model_costs(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
) -> dg.MaterializeResult[Any]:
    """Calls, tokens, searches and dollars of a day by stage, model and version; what a draft and a reply cost."""
    day, now = context.partition_key, clock.clock().now()
    with ledger.open() as book:
        frame = day_costs(book, day)
        versions = economics(book)
        ends = runways(book, desk.campaign(), now=now)
        uncertain = book.purses.uncertain(day=day, now=now)
    metadata: dict[str, Any] = {**plots(frame), "perhaps_charged_usd": uncertain}
    metadata |= {f"{one.service}_days_left": one.days for one in ends if one.days is not None}
    if versions:
        metadata["by_prompt_version"] = dg.MetadataValue.table([dg.TableRecord(_shown(row)) for row in versions])
        newest = versions[-1]
        metadata |= {
            f"overall_{name}": newest[name] for name in ("per_lead_usd", "per_positive_reply_usd") if newest[name]
        }
    return project(context, warehouse.store(), tables.COSTS, frame, partition=day, metadata=metadata)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row as Dagster's tables take it: what is not known is an empty cell."""
    return {name: "" if value is None else value for name, value in row.items()}

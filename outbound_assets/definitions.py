"""The code location: everything Dagster sees of one campaign, with policy mapped over all assets in one place."""

from datetime import timedelta

import dagster as dg

from outbound_assets import (
    alerting,
    checks,
    costs,
    engagement,
    events,
    intake,
    jobs,
    metrics,
    outreach,
    schedules,
    sensors,
    upkeep,
)
from outbound_assets.wiring import resources

DAILY_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26), warn_window=timedelta(hours=6))


def _with_freshness(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Everything should have moved within a day; the data's own freshness is a check of `lead_status`."""
    fresh: dg.AssetSpec = dg.apply_freshness_policy(spec, DAILY_FRESHNESS)
    return fresh


LOADED = dg.load_assets_from_modules([intake, outreach, events, metrics, engagement, costs, upkeep])
ASSETS = dg.map_asset_specs(_with_freshness, [asset for asset in LOADED if isinstance(asset, dg.AssetsDefinition)])

defs = dg.Definitions(
    assets=ASSETS,
    asset_checks=checks.ALL,
    jobs=jobs.ALL,
    schedules=schedules.ALL,
    sensors=[*sensors.ALL, *alerting.ALL],
    resources=resources(),
    executor=dg.in_process_executor,
)

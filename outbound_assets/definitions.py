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


BACKFILL = (
    "\n\nA backfill of any range of days is safe: a past day reads the ledger and writes its table anew, without a "
    "request, a mail or a cent. Only today's partition acts."
)
PAYS = {"verification_results": "openai", "research_blobs": "research", "drafts": "openai", "replies": "openai"}
"""Assets that may buy answers, with whom."""
REACHES = {"sends": "recipients", "airtable_leads": "airtable", "daily_digest": "operator"}
"""Assets that write outside this machine, and whom they reach."""


def _with_policy(spec: dg.AssetSpec) -> dg.AssetSpec:
    """What holds for every asset: freshness, what a backfill does, and tags by which the graph is searched."""
    name = spec.key.to_user_string()
    tags = {"outbound/pays": PAYS.get(name), "outbound/reaches": REACHES.get(name)}
    told = spec.replace_attributes(
        description=f"{spec.description}{BACKFILL if spec.partitions_def else ''}",
        tags={**spec.tags, **{tag: value for tag, value in tags.items() if value}},
    )
    return _with_freshness(told)


LOADED = dg.load_assets_from_modules([intake, outreach, events, metrics, engagement, costs, upkeep])
ASSETS = dg.map_asset_specs(_with_policy, [asset for asset in LOADED if isinstance(asset, dg.AssetsDefinition)])

defs = dg.Definitions(
    assets=ASSETS,
    asset_checks=checks.ALL,
    jobs=jobs.ALL,
    schedules=schedules.ALL,
    sensors=[*sensors.ALL, *alerting.ALL],
    resources=resources(),
    executor=dg.in_process_executor,
)

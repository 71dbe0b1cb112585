"""The jobs. All run in one process: concurrency is asyncio inside a stage (design 4)."""

from typing import Final

import dagster as dg

TAGS: Final = {"dagster/max_runtime": "3600"}
"""A run that hangs is ended by the daemon; what it did is in the ledger."""

intake: Final = dg.define_asset_job(
    "intake",
    selection=dg.AssetSelection.assets("lead_records", "leads", "verification_results"),
    executor_def=dg.in_process_executor,
    tags=TAGS,
    description="Reads new and changed leads, normalises and verifies them. Safe to repeat.",
)
outreach: Final = dg.define_asset_job(
    "outreach",
    selection=dg.AssetSelection.assets("outreach_queue", "research_blobs", "drafts", "sends"),
    executor_def=dg.in_process_executor,
    tags={**TAGS, "outbound/sends": "true", "dagster/max_retries": "0"},
    description="Plans, researches, drafts and sends what is due now. For a past day it only reads the ledger.",
)
engagement: Final = dg.define_asset_job(
    "engagement",
    selection=dg.AssetSelection.assets("engagement_events", "replies", "campaign_metrics", "model_costs"),
    executor_def=dg.in_process_executor,
    tags=TAGS,
    description="Reads events and replies, suppresses whom they stop, recounts funnel and costs. Safe to repeat.",
)
mirror: Final = dg.define_asset_job(
    "mirror",
    selection=dg.AssetSelection.assets("lead_status", "airtable_leads"),
    executor_def=dg.in_process_executor,
    tags=TAGS,
    description="Folds every lead's status and writes what changed to Airtable. Safe to repeat.",
)
digest: Final = dg.define_asset_job(
    "digest",
    selection=dg.AssetSelection.assets("daily_digest"),
    executor_def=dg.in_process_executor,
    tags=TAGS,
    description="Reports yesterday: mails and posts it, each once.",
)


nightly: Final = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.assets(
        "lead_records", "leads", "verification_results", "reconciliation", "reconciliation_items", "service_health"
    ),
    executor_def=dg.in_process_executor,
    config={"ops": {"lead_records": {"config": {"full": True}}, "service_health": {"config": {"deep": True}}}},
    tags=TAGS,
    description="Reads the whole view, holds our counts against the provider's, asks every service, checks the ledger.",
)

canary: Final = dg.define_asset_job(
    "canary",
    selection=dg.AssetSelection.assets("service_health"),
    executor_def=dg.in_process_executor,
    tags=TAGS,
    description="Asks every service whether it would work, and looks at the stores and this machine. Buys nothing.",
)

ALL: Final = (intake, outreach, engagement, mirror, digest, nightly, canary)

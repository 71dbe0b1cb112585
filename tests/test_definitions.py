"""The code location as one readable page: a key, job or cron that changes does so here too, on purpose."""

from pathlib import Path
from typing import Any

import pytest

from tests.repository import told_by

DESCRIBE = """
import json
from outbound_assets.definitions import defs

repository = defs.get_repository_def()
graph = repository.asset_graph
nodes = [graph.get(key) for key in sorted(graph.materializable_asset_keys)]
checks = {}
for key in sorted(graph.asset_check_keys, key=str):
    blocks = "!" if graph.get(key).blocking else ""
    checks.setdefault(key.asset_key.to_user_string(), []).append(key.name + blocks)
named = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
print(json.dumps({
    "groups": {
        group: [node.key.to_user_string() + ("/day" if node.partitions_def else "") for node in nodes
                if node.group_name == group]
        for group in sorted({node.group_name for node in nodes})
    },
    "above": {node.key.to_user_string(): sorted(key.to_user_string() for key in node.parent_keys) for node in nodes},
    "checks": {asset: sorted(names) for asset, names in checks.items()},
    "jobs": {
        job.name: sorted(key.to_user_string() for key in job.asset_layer.selected_asset_keys) for job in named
    },
    "executors": sorted({job.executor_def.name for job in named}),
    "crons": {one.name: f"{one.cron_schedule} -> {one.job_name}" for one in repository.schedule_defs},
    "zones": sorted({one.execution_timezone for one in repository.schedule_defs}),
    "sensors": sorted(one.name for one in repository.sensor_defs),
    "running": sorted({one.default_status.value for one in [*repository.schedule_defs, *repository.sensor_defs]}),
    "bare": [
        node.key.to_user_string() for node in nodes
        if not (node.description and node.owners and node.kinds and node.metadata.get("dagster/column_schema"))
    ],
}))
"""

EXPECTED: dict[str, Any] = {
    "groups": {
        "engagement": ["engagement_events/day", "lead_status", "replies/day"],
        "intake": ["lead_records", "leads/day", "verification_results/day"],
        "outreach": ["drafts/day", "outreach_queue/day", "research_blobs/day", "sends/day"],
        "reporting": ["airtable_leads", "campaign_metrics/day", "daily_digest/day", "model_costs/day"],
        "upkeep": ["reconciliation", "reconciliation_items", "service_health"],
    },
    "above": {
        "lead_records": [],
        "leads": ["lead_records"],
        "verification_results": ["leads"],
        "outreach_queue": ["leads", "verification_results"],
        "research_blobs": ["outreach_queue"],
        "drafts": ["outreach_queue", "research_blobs"],
        "sends": ["drafts"],
        "engagement_events": ["sends"],
        "replies": ["sends"],
        "lead_status": ["engagement_events", "outreach_queue", "replies", "sends"],
        "campaign_metrics": ["drafts", "engagement_events", "replies", "sends"],
        "airtable_leads": ["lead_status"],
        "daily_digest": ["campaign_metrics", "outreach_queue", "replies"],
        "model_costs": ["drafts", "research_blobs"],
        "reconciliation": ["engagement_events"],
        "reconciliation_items": ["reconciliation"],
        "service_health": [],
    },
    "checks": {
        "campaign_metrics": ["bounce_rate", "sends_conserve", "unsubscribe_rate"],
        "drafts": ["empty_mails!"],
        "engagement_events": ["parked_events"],
        "lead_records": ["zero_yield"],
        "lead_status": ["heard_lately"],
        "leads": ["duplicate_people!"],
        "outreach_queue": ["queue_conserves!"],
        "reconciliation": ["counts_agree"],
        "reconciliation_items": ["books_agree"],
        "research_blobs": ["shared_research"],
        "service_health": [
            "airtable_works",
            "chat_works",
            "clock_works",
            "dagster_works",
            "domain_works",
            "ledger_works",
            "machine_works",
            "mailbox_works",
            "provider_works",
            "researcher_works",
            "settings_works",
            "warehouse_works",
            "way_out_works",
            "writer_works",
        ],
        "verification_results": ["mismatch_rate"],
    },
    "jobs": {
        "intake": ["lead_records", "leads", "verification_results"],
        "outreach": ["drafts", "outreach_queue", "research_blobs", "sends"],
        "engagement": ["campaign_metrics", "engagement_events", "model_costs", "replies"],
        "mirror": ["airtable_leads", "lead_status"],
        "digest": ["daily_digest"],
        "canary": ["service_health"],
        "nightly": [
            "lead_records",
            "leads",
            "reconciliation",
            "reconciliation_items",
            "service_health",
            "verification_results",
        ],
    },
    "executors": ["in_process"],
    "crons": {
        "intake_hourly": "5 * * * * -> intake",
        "outreach_quarterly": "*/15 * * * * -> outreach",
        "engagement_quarterly": "7-59/15 * * * * -> engagement",
        "mirror_hourly": "25 * * * * -> mirror",
        "digest_each_morning": "30 7 * * * -> digest",
        "canary_hourly": "50 * * * * -> canary",
        "nightly_pass": "10 * * * * -> nightly",
    },
    "zones": ["Europe/Berlin"],
    "sensors": ["alerts", "failed_runs", "telegram_bot"],
    "running": ["RUNNING"],
    "bare": [],
}


@pytest.mark.rule("A14")
@pytest.mark.rule("B7")
def test_the_code_location_is_what_this_page_says(tmp_path: Path) -> None:
    assert told_by(DESCRIBE, home=tmp_path) == EXPECTED

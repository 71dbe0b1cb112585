"""Where each column comes from: declared once, shown by Dagster as column lineage.

What must hold: a column named here exists on both sides, and its table is one the asset depends on (tested).
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

import dagster as dg

from resources.warehouse.store import TableSpec

LINEAGE: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "leads": {
        "lead_id": ("lead_records.record_id",),
        "address": ("lead_records.fields",),
        "company_key": ("lead_records.fields",),
        "zones": ("lead_records.fields",),
        "status": ("lead_records.fields", "lead_records.in_view"),
        "received_at": ("lead_records.received_at",),
    },
    "verification_results": {
        "lead_id": ("leads.lead_id",),
        "verdict": ("leads.address", "leads.website", "leads.company", "leads.override"),
        "mail_domain": ("leads.address",),
        "company_domain": ("leads.website",),
    },
    "outreach_queue": {
        "lead_id": ("leads.lead_id",),
        "company_key": ("leads.company_key",),
        "standing": ("verification_results.verdict", "leads.do_not_contact", "leads.status"),
        "priority": ("leads.priority",),
        "opens_at": ("leads.zones",),
        "closes_at": ("leads.zones",),
    },
    "research_blobs": {"company_key": ("outreach_queue.company_key",)},
    "drafts": {
        "lead_id": ("outreach_queue.lead_id",),
        "step": ("outreach_queue.step",),
        "variant": ("outreach_queue.variant",),
        "body": ("research_blobs.facts", "research_blobs.what_they_do"),
        "subject": ("research_blobs.facts",),
        "research_fingerprint": ("research_blobs.fingerprint",),
    },
    "sends": {
        "send_key": ("drafts.send_key",),
        "lead_id": ("drafts.lead_id",),
        "step": ("drafts.step",),
        "variant": ("drafts.variant",),
        "subject": ("drafts.subject",),
        "content_hash": ("drafts.content_hash",),
    },
    "engagement_events": {
        "send_key": ("sends.send_key",),
        "lead_id": ("sends.lead_id",),
        "step": ("sends.step",),
        "variant": ("sends.variant",),
        "message_id": ("sends.message_id",),
    },
    "replies": {"send_key": ("sends.send_key",), "lead_id": ("sends.lead_id",)},
    "lead_status": {
        "lead_id": ("outreach_queue.lead_id",),
        "status": ("outreach_queue.standing", "sends.state", "engagement_events.kind", "replies.class"),
        "step": ("sends.step",),
        "variant": ("sends.variant",),
        "next_action": ("outreach_queue.reason",),
        "next_action_at": ("outreach_queue.opens_at",),
        "last_event": ("engagement_events.kind", "replies.class"),
    },
    "campaign_metrics": {
        "step": ("sends.step",),
        "variant": ("sends.variant",),
        "planned": ("sends.send_key",),
        "accepted": ("sends.state",),
        "delivered": ("engagement_events.kind",),
        "hard_bounces": ("engagement_events.kind",),
        "opened": ("engagement_events.kind",),
        "human_replies": ("replies.class",),
        "positive_replies": ("replies.class",),
        "cost_usd": ("drafts.cost_usd",),
    },
    "airtable_leads": {
        "record_id": ("lead_status.lead_id",),
        "content_hash": ("lead_status.status", "lead_status.next_action", "lead_status.last_event"),
    },
}
"""Table to column to ``table.column`` it is made from. Columns that the ledger alone knows are left out."""


@cache
def column_lineage(table: TableSpec) -> dg.TableColumnLineage | None:
    """The table's lineage as Dagster shows it; ``None`` where nothing is declared."""
    declared = LINEAGE.get(table.name)
    if not declared:
        return None
    return dg.TableColumnLineage({
        column: [_dependency(source) for source in sources] for column, sources in declared.items()
    })  # fmt: skip


def _dependency(source: str) -> dg.TableColumnDep:
    table, _, column = source.partition(".")
    return dg.TableColumnDep(asset_key=dg.AssetKey(table), column_name=column)

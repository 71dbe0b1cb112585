"""Intake: raw records, leads, and whether each address belongs to its company."""

import json
from typing import Any

import dagster as dg
import polars as pl

from outbound_assets import tables
from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.projecting import counts, fail_if_stopped, project, project_also, tally
from outbound_assets.table_asset import table_asset
from resources.airtable.resource import LeadBaseResource
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from resources.models.resource import OpenAIResource
from resources.warehouse.resource import WarehouseResource
from stages.days import day_of
from stages.intake import receive_records
from stages.leads import all_leads, lead_frame
from stages.verification import Change, verification_frame, verify_leads


class IntakeConfig(dg.Config):
    """How to read the base."""

    full: bool = False
    """Read the whole view even if only changes are due."""


@table_asset(tables.LEAD_RECORDS, group="intake", kinds={"airtable", "duckdb"})
async def lead_records(
    context: dg.AssetExecutionContext,
    config: IntakeConfig,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    lead_base: LeadBaseResource,
) -> dg.MaterializeResult[Any]:
    """Every version of every lead record, as received from Airtable."""
    with ledger.open() as book:
        async with lead_base.open() as base:
            report = await receive_records(
                base, ledger=book, campaign=desk.campaign(), clock=clock.clock(), full=config.full
            )
        store, received = warehouse.store(), report.received
        stored = store.query("SELECT count(*) AS rows FROM lead_records", tables=[tables.LEAD_RECORDS])["rows"][0]
        same = not received.days and stored == book.records.version_count()
        columns = {} if same else book.records.version_columns()
    metadata: dict[str, Any] = {
        "listed": report.listed, "new": received.new, "changed": received.changed, "gone": received.gone,
        "unchanged": received.unchanged, "whole_view": report.full, "touched_days": json.dumps(received.days),
    }  # fmt: skip
    if same:
        return dg.MaterializeResult(metadata={"dagster/row_count": stored, **metadata})
    frame = pl.DataFrame(columns)
    columns.clear()
    return project(context, store, tables.LEAD_RECORDS, frame, metadata=metadata)


@table_asset(tables.LEADS, group="intake", kinds={"polars", "duckdb"}, deps=[lead_records])
def leads(
    context: dg.AssetExecutionContext, desk: CampaignResource, ledger: LedgerResource, warehouse: WarehouseResource
) -> dg.MaterializeResult[Any]:
    """People and companies by intake day: normalised, deduplicated, placed; refused records keep their reason."""
    with ledger.open() as book:
        frame = lead_frame(all_leads(book, desk.campaign()))
    store, day = warehouse.store(), context.partition_key
    others = _differing(store, tables.LEADS, frame, day)
    project_also(context, store, tables.LEADS, others, make=lambda other: frame.filter(pl.col("day") == other))
    mine = frame.filter(pl.col("day") == day)
    rejected = mine.filter(pl.col("status") == "rejected")
    unplaced = mine.filter((pl.col("status") == "accepted") & (pl.col("zones").list.len() == 0)).height
    return project(
        context, store, tables.LEADS, mine, partition=day,
        metadata={
            "accepted": mine.height - rejected.height, "rejected": rejected.height, "without_zone": unplaced,
            "places": tally(mine, "status", "country_code", "zone_confidence"),
            "companies": mine["company_key"].n_unique(), "other_days": len(others),
        },
    )  # fmt: skip


@table_asset(tables.VERIFICATION, group="intake", kinds={"polars", "openai", "duckdb"}, deps=[leads])
async def verification_results(
    context: dg.AssetExecutionContext,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    writer: OpenAIResource,
) -> dg.MaterializeResult[Any]:
    """Does this address belong to this company? By domains, by the list itself, and for the rest by a model."""
    campaign, time, day, store = desk.campaign(), clock.clock(), context.partition_key, warehouse.store()
    today = day_of(time.now(), campaign.zone)
    with ledger.open() as book:
        report, judged, changes = await verify_leads(
            all_leads(book, campaign), ledger=book, campaign=campaign, clock=time,
            open_model=writer.open if day == today else None, only_day=None if day == today else day,
            run=context.run_id,
        )  # fmt: skip
    frame = verification_frame(judged)
    others = _differing(store, tables.VERIFICATION, frame, day)
    project_also(context, store, tables.VERIFICATION, others, make=lambda other: frame.filter(pl.col("day") == other))
    mine = frame.filter(pl.col("day") == day)
    shares = dict(mine.group_by("verdict").len().iter_rows())
    result = project(
        context, store, tables.VERIFICATION, mine, partition=day,
        metadata={
            **counts(report), **{f"verdict_{name}": count for name, count in shares.items()},
            "verdicts": tally(mine, "verdict", "tier", "reason"),
            "mismatch_rate": shares.get("mismatch", 0) / mine.height if mine.height else 0.0,
            "verdicts_changed": len(changes), "changed_after_a_mail": sum(1 for change in changes if change.mailed),
            "changes": dg.MetadataValue.md(_changes(changes)), "other_days": len(others),
        },
    )  # fmt: skip
    fail_if_stopped(report)
    return result


def _changes(changes: list[Change]) -> str:
    """Whose verdict changed, as a table: those who were mailed already first."""
    lines = ["| lead | was | is | mailed | why |", "| --- | --- | --- | --- | --- |"]
    for change in sorted(changes, key=lambda change: not change.mailed)[:50]:
        mailed = "yes" if change.mailed else "no"
        lines.append(f"| {change.lead_id} | {change.was} | {change.now} | {mailed} | {change.why} |")
    return "\n".join(lines)


def _differing(store: Any, table: Any, frame: pl.DataFrame, day: str) -> list[str]:
    """Other partitions whose rows are no longer what this frame says."""
    if frame.is_empty():
        return []
    columns = [column.name for column in table.columns]
    stored = store.read(table)
    have = {key[0].isoformat(): part.drop("day") for key, part in stored.group_by("day", maintain_order=True)}
    want = {
        key[0]: part.select(columns).drop("day").sort("lead_id")
        for key, part in frame.group_by("day", maintain_order=True)
        if key[0] != day
    }
    return sorted(
        other for other, part in want.items()
        if other not in have or have[other].write_ndjson() != part.cast(dict(have[other].schema)).write_ndjson()
    )  # fmt: skip

"""From a stage's report and a frame to a materialised partition: the same last lines of every asset.

What must hold: Dagster's storage gets counts, never a lead's data (design 3).
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from outbound_assets.lineage import column_lineage
from resources.redaction import redact
from resources.warehouse.store import TableSpec, Warehouse
from rules.outcomes import StageReport, State

LONGEST_TALLY = 30
EMPTY = dg.MetadataValue.table(records=[], schema=dg.TableSchema(columns=[dg.TableColumn("rows", "int")]))
"""Nothing to count."""
QUOTED = re.compile(r"'[^']*'")
"""What a sentence quotes from a cell."""


def column_schema(table: TableSpec) -> dg.TableSchema:
    """The table's columns as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=column.name, type=column.type, description=column.description)
            for column in table.columns
        ]
    )


def origins(table: TableSpec) -> dict[str, dg.TableColumnLineage]:
    """Where the table's columns come from, for the lineage page."""
    lineage = column_lineage(table)
    return {} if lineage is None else {"dagster/column_lineage": lineage}


def tally(frame: pl.DataFrame, *columns: str) -> dg.TableMetadataValue:
    """How many rows there are of each combination, as a table; only of columns that name no person."""
    counted = (
        frame.group_by(columns).len(name="rows").sort(["rows", *columns], descending=[True, *[False] * len(columns)])
    )
    shown = counted.head(LONGEST_TALLY).with_columns(pl.col(columns).cast(pl.String).fill_null("(none)"))
    return (
        dg.MetadataValue.table([dg.TableRecord(row) for row in shown.iter_rows(named=True)]) if shown.height else EMPTY
    )


def picture(png: bytes, *, what: str) -> dg.MarkdownMetadataValue:
    """A picture inside Dagster's page. It is stored with the event: for what is made once a day."""
    return dg.MetadataValue.md(f"![{what}](data:image/png;base64,{base64.b64encode(png).decode('ascii')})")


def project(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    table: TableSpec,
    frame: pl.DataFrame,
    *,
    partition: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> dg.MaterializeResult[Any]:
    """Replace a partition and say what is in it."""
    warehouse.replace(table, frame, partition=partition)
    context.log.info("%s: %d rows", table.name, frame.height)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": frame.height, **origins(table), **(metadata or {})},
        data_version=dg.DataVersion(digest_of(frame)),
    )


def project_range(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    table: TableSpec,
    frames: Iterable[tuple[str, str, pl.DataFrame]],
    *,
    metadata: Mapping[str, Any] | None = None,
) -> dg.MaterializeResult[Any]:
    """Replace the partitions of a range, a few at a time, and say what is in each.

    Args:
        context: The run's; its partitions are the range.
        warehouse: Where to.
        table: The table.
        frames: First day, last day, and the rows of these days.
        metadata: What to say of the range as a whole.
    """
    keys, total = set(context.partition_keys), 0
    for first, last, frame in frames:
        warehouse.replace_range(table, frame, first=first, last=last)
        total += frame.height
        rows = dict(frame.group_by("day").len().iter_rows())
        for key in sorted(key for key in keys if first <= key <= last):
            context.add_asset_metadata({"dagster/row_count": rows.get(key, 0)}, partition_key=key)
    context.log.info("%s: %d rows in %d partitions", table.name, total, len(keys))
    told = {"rows_in_range": total, "partitions": len(keys), **origins(table), **(metadata or {})}
    return dg.MaterializeResult(metadata=told)


def project_also(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    table: TableSpec,
    days: Sequence[str],
    *,
    make: Callable[[str], pl.DataFrame],
) -> None:
    """Replace other days that the same work changed, and tell Dagster of each."""
    for day in days:
        frame = make(day)
        warehouse.replace(table, frame, partition=day)
        context.log_event(
            dg.AssetMaterialization(
                asset_key=context.asset_key, partition=day, metadata={"dagster/row_count": frame.height}
            )
        )


def digest_of(frame: pl.DataFrame) -> str:
    """A hash of a frame's content: an unchanged partition does not make its children stale."""
    rows = frame.hash_rows(seed=7).to_list() if frame.width else []
    return hashlib.sha256(repr((frame.columns, rows)).encode()).hexdigest()[:32]


def opaque(reason: str) -> str:
    """A reason without what a cell held: Dagster's storage keeps no lead's data."""
    return str(redact(QUOTED.sub("'…'", reason)))[:160]


def counts(report: StageReport) -> dict[str, Any]:
    """A report as metadata: numbers become plots, reasons a table."""
    told: dict[str, Any] = {f"items_{state.value}": report.counts.get(state, 0) for state in State}
    told["items"] = report.items
    told["cost_usd"] = report.cost_usd
    told["conserved"] = report.conserved
    if report.reasons:
        told_once: Counter[str] = Counter()
        for reason, count in report.reasons.items():
            told_once[opaque(reason)] += count
        rows = told_once.most_common(20)
        lines = ["| items | reason |", "| ---: | --- |", *(f"| {count} | {reason} |" for reason, count in rows)]
        told["reasons"] = dg.MetadataValue.md("\n".join(lines))
    return told


def fail_if_stopped(report: StageReport) -> None:
    """Fail the run, loudly, after its work was projected (design 5).

    Raises:
        dg.Failure: The stage was stopped by a systemic failure.
    """
    if report.systemic is not None:
        raise dg.Failure(
            description=f"{report.stage} was stopped: {report.systemic}",
            metadata={"code": report.systemic.code, "service": report.systemic.service},
            allow_retries=False,
        )

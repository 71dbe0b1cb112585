"""The decorator of every asset: what all of them have in common, said once.

What must hold: an asset shows its table's columns and its owners, and is partitioned by day exactly if its table is.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import dagster as dg

from outbound_assets.partitions import DAILY
from outbound_assets.projecting import column_schema
from resources.warehouse.store import TableSpec

OWNERS: Final = ("team:outreach",)


def table_asset(
    table: TableSpec,
    *,
    group: str,
    kinds: set[str],
    deps: Sequence[dg.AssetsDefinition | str] = (),
    version: str = "1",
    ranges: bool = False,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Make a function the asset of a table.

    Args:
        table: What it writes.
        group: Where it stands in the graph.
        kinds: What it works with.
        deps: What it reads.
        version: Of its code; raised when the same facts make other rows.
        ranges: Whether one run may write many days.
    """
    return dg.asset(
        partitions_def=None if table.partition is None else DAILY,
        deps=deps,
        group_name=group,
        kinds=kinds,
        owners=OWNERS,
        code_version=version,
        backfill_policy=dg.BackfillPolicy.single_run() if ranges else None,
        metadata={"dagster/column_schema": column_schema(table)},
    )

"""What the Dagster UI shows of the assets: lineage that exists, tables that name nobody, pictures, fixes."""

from pathlib import Path

import pytest

from tests.repository import told_by

LOOK = """
import base64, json
import polars as pl
import dagster as dg
from outbound_assets import tables
from outbound_assets.checks import area_works
from outbound_assets.definitions import defs
from outbound_assets.lineage import LINEAGE, column_lineage
from outbound_assets.projecting import picture, tally

columns = {table.name: {one.name for one in table.columns} for table in tables.ALL}
specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
above = {name: {dep.asset_key.to_user_string() for dep in spec.deps} for name, spec in specs.items()}
def reached(name):
    return above[name] | {far for near in above[name] for far in reached(near)}
strays = [
    f"{table}.{column} <- {source}"
    for table, declared in LINEAGE.items() for column, sources in declared.items() for source in sources
    if column not in columns[table] or source.partition(".")[2] not in columns[source.partition(".")[0]]
    or source.partition(".")[0] not in reached(table)
]
frame = pl.DataFrame({"step": ["opener", "opener", None], "state": ["sent", "sent", "ready"]})
counted = [record.data for record in tally(frame, "step", "state").records]
lines = pl.DataFrame({
    "service": ["chat.bot", "chat.menu", "ledger.whole"], "state": ["fail", "warn", "ok"],
    "detail": ["refused. Fix: ask", "none. Fix: set it", "whole"],
})
broken, severity = area_works(lines, "chat")
print(json.dumps({
    "strays": strays,
    "bare": [
        name for name, spec in specs.items()
        if not (spec.description and spec.owners and spec.group_name and spec.kinds)
    ],
    "unschemed": [name for name, spec in specs.items() if "dagster/column_schema" not in spec.metadata],
    "unsafe": [name for name, spec in specs.items() if spec.partitions_def and "backfill" not in spec.description],
    "tags": sorted(
        f"{key}={value}" for spec in specs.values() for key, value in spec.tags.items() if key[:9] == "outbound/"
    ),
    "counted": counted,
    "empty": len(tally(frame.clear(), "step").records),
    "picture": picture(b"png", what="bars").value,
    "lineage": column_lineage(tables.HEALTH) is None and column_lineage(tables.SENDS) is not None,
    "check": [broken.passed, broken.sentence, severity.value],
    "fine": area_works(lines, "ledger")[0].sentence,
    "jobs": [job.name for job in defs.jobs if not job.description],
}))
"""


@pytest.mark.rule("B30")
def test_what_an_asset_shows_is_whole_and_names_nobody(tmp_path: Path) -> None:
    assert told_by(LOOK, home=tmp_path) == {
        "strays": [], "bare": [], "unschemed": [], "unsafe": [], "jobs": [],
        "tags": [
            "outbound/pays=openai", "outbound/pays=openai", "outbound/pays=openai", "outbound/pays=research",
            "outbound/reaches=airtable", "outbound/reaches=operator", "outbound/reaches=recipients",
        ],
        "counted": [
            {"step": "opener", "state": "sent", "rows": 2}, {"step": "(none)", "state": "ready", "rows": 1},
        ],
        "empty": 0, "picture": "![bars](data:image/png;base64,cG5n)", "lineage": True,
        "check": [False, "chat.bot: refused. Fix: ask; chat.menu: none. Fix: set it", "ERROR"],
        "fine": "all 1 lines are ok",
    }  # fmt: skip

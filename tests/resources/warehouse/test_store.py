"""The warehouse: partitions replaced whole, types kept, a held file waited for and complained about."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resources.warehouse.resource import WarehouseResource
from resources.warehouse.store import Column, TableSpec, Warehouse, WarehouseLocked

DAILY = TableSpec(
    "sends",
    (
        Column("day", "DATE", "the day"),
        Column("key", "VARCHAR", "the key"),
        Column("cost", "DOUBLE", "dollars"),
        Column("at", "TIMESTAMPTZ", "when"),
        Column("zones", "VARCHAR[]", "where"),
    ),
    order=("key",),
)
WHOLE = TableSpec("status", (Column("lead", "VARCHAR", "who"), Column("n", "BIGINT", "how many")), ("lead",), None)
MOMENT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "deep" / "warehouse.duckdb")


def rows(*keys: str, day: str = "2026-11-23", **more: Any) -> pl.DataFrame:
    return pl.DataFrame([{"day": day, "key": key, **more} for key in keys])


def test_a_table_nobody_wrote_is_empty_and_not_missing(store: Warehouse) -> None:
    assert store.read(DAILY).columns == ["day", "key", "cost", "at", "zones"]
    assert store.read(DAILY).is_empty()
    assert store.query('SELECT count(*) AS n FROM "status"', tables=[WHOLE])["n"].to_list() == [0]


@pytest.mark.rule("B9")
def test_a_partition_is_replaced_and_its_neighbours_stay(store: Warehouse) -> None:
    store.replace(DAILY, rows("a", "b"), partition="2026-11-23")
    store.replace(DAILY, rows("c", day="2026-11-24"), partition="2026-11-24")

    assert store.replace(DAILY, rows("b2", "a2"), partition="2026-11-23") == 2

    assert store.read(DAILY)["key"].to_list() == ["a2", "b2", "c"]
    assert store.read(DAILY, partition="2026-11-24")["key"].to_list() == ["c"]
    assert store.replace(DAILY, rows(), partition="2026-11-23") == 0
    assert store.read(DAILY)["key"].to_list() == ["c"]


@pytest.mark.rule("B26")
def test_types_zeros_and_nothing_come_back_as_they_went(store: Warehouse) -> None:
    store.replace(
        DAILY, rows("a", cost=0.0, at=MOMENT, zones=["Europe/Berlin"]).vstack(
            rows("b", cost=None, at=None, zones=None).cast({"cost": pl.Float64, "at": pl.Datetime("us", "UTC"),
                                                            "zones": pl.List(pl.String)})
        ), partition="2026-11-23",
    )  # fmt: skip
    frame = store.read(DAILY)
    assert frame["cost"].to_list() == [0.0, None]
    assert frame["at"].to_list() == [MOMENT, None]
    assert frame["zones"].to_list() == [["Europe/Berlin"], None]


def test_columns_a_frame_lacks_are_null_and_others_are_left_out(store: Warehouse) -> None:
    store.replace(DAILY, rows("a", extra=1), partition="2026-11-23")
    assert store.read(DAILY).row(0) == (datetime(2026, 11, 23).date(), "a", None, None, None)  # noqa: DTZ001 - a day


def test_a_failed_replacement_leaves_what_was_there(store: Warehouse) -> None:
    store.replace(DAILY, rows("a"), partition="2026-11-23")
    with pytest.raises(Exception, match=r"(?i)convert"):
        store.replace(DAILY, rows("b", cost="no number"), partition="2026-11-23")
    assert store.read(DAILY)["key"].to_list() == ["a"]
    assert list(store._path.parent.iterdir()) == [store._path]


def test_a_whole_table_is_replaced_as_one(store: Warehouse) -> None:
    store.replace(WHOLE, pl.DataFrame({"lead": ["b", "a"], "n": [1, 2]}))
    store.replace(WHOLE, pl.DataFrame({"lead": ["c"], "n": [3]}))
    assert store.read(WHOLE).rows() == [("c", 3)]


@pytest.mark.parametrize(("table", "partition"), [(DAILY, None), (WHOLE, "2026-11-23")])
def test_a_partition_is_named_exactly_where_there_are_some(
    store: Warehouse, table: TableSpec, partition: str | None
) -> None:
    with pytest.raises(ValueError, match="a partition is given exactly when the table has one"):
        store.replace(table, rows("a"), partition=partition)


def test_values_travel_as_values(store: Warehouse) -> None:
    hostile = "x'; DROP TABLE sends; --"
    store.replace(DAILY, rows(hostile), partition="2026-11-23")
    found = store.query('SELECT "key" FROM "sends" WHERE "key" = ?', [hostile], tables=[DAILY])
    assert found["key"].to_list() == [hostile]


HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
"""


def test_a_held_file_is_waited_for_and_then_its_holder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    waits: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WarehouseLocked, match=rf"is held by .*\(process {holder.pid}\); waited \d+ s"):
            Warehouse(path, wait_seconds=5, sleep=waits.append).replace(WHOLE, pl.DataFrame({"lead": ["a"], "n": [1]}))

        def released(_: float) -> None:
            assert holder.stdin is not None
            if holder.poll() is None:
                holder.communicate("\n")

        store = Warehouse(path, wait_seconds=5, sleep=released)
        assert store.replace(WHOLE, pl.DataFrame({"lead": ["a"], "n": [1]})) == 1

    assert sum(waits) >= 5
    assert waits == sorted(waits)


def test_the_resource_only_names_the_file(tmp_path: Path) -> None:
    resource = WarehouseResource(path=str(tmp_path / "w.duckdb"), wait_seconds=1)
    assert resource.store().read(WHOLE).is_empty()


@pytest.mark.rule("B10")
def test_a_table_of_an_older_release_gets_the_columns_it_lacks(store: Warehouse) -> None:
    older = TableSpec("sends", DAILY.columns[:2], order=("key",))
    store.replace(older, rows("a"), partition="2026-11-23")

    assert store.read(DAILY)["cost"].to_list() == [None]
    store.replace(DAILY, rows("b", cost=1.5, day="2026-11-24"), partition="2026-11-24")

    assert store.read(DAILY)["key"].to_list() == ["a", "b"]
    assert store.read(DAILY)["cost"].to_list() == [None, 1.5]


READER = """
import sys
from pathlib import Path
from resources.warehouse.store import Warehouse
print(Warehouse(Path(sys.argv[1])).query("SELECT 1 AS one", tables=[])["one"].to_list())
"""


def test_a_process_that_has_read_ends_without_a_word(tmp_path: Path) -> None:
    """DuckDB reports classes of its own as leaked that somebody holds at the end, such as a cache of Polars."""
    ended = subprocess.run(
        [sys.executable, "-c", READER, str(tmp_path / "warehouse.duckdb")], capture_output=True, text=True, check=True
    )
    assert (ended.stdout, ended.stderr) == ("[1]\n", "")

"""The checks' sentences and verdicts, on empty tables too; a failed run tells the operator at once."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from outbound_assets import checks, tables
from outbound_assets.alerting import failure_of
from resources.clock.gateway import ManualClock
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from resources.warehouse.resource import WarehouseResource
from resources.warehouse.store import Warehouse

DAY = date(2026, 11, 23)
KINDS: Mapping[str, Any] = {"BIGINT": 0, "DOUBLE": 0.0, "BOOLEAN": False, "DATE": DAY, "VARCHAR": "x"}
EVALUATORS = (
    (checks.mismatch_rate, tables.VERIFICATION), (checks.duplicate_people, tables.LEADS),
    (checks.empty_mails, tables.DRAFTS), (checks.shared_research, tables.RESEARCH),
    (checks.queue_conserves, tables.QUEUE), (checks.sends_conserve, tables.METRICS),
    (checks.bounce_rate, tables.METRICS), (checks.unsubscribe_rate, tables.METRICS),
    (checks.parked_events, tables.EVENTS),
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    return WarehouseResource(path=str(tmp_path / "warehouse.duckdb")).store()


def rows(store: Warehouse, table: Any, changes: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a table with plain values, stored and read back."""
    plain = {column.name: KINDS.get(column.type) for column in table.columns}
    frame = pl.DataFrame([plain | change for change in changes], infer_schema_length=None)
    store.replace(table, frame, partition=DAY.isoformat() if table.partition else None)
    return store.read(table)


@pytest.mark.rule("B26")
@pytest.mark.parametrize(("evaluate", "table"), EVALUATORS, ids=lambda value: getattr(value, "__name__", ""))
def test_an_empty_table_is_no_finding_and_no_crash(evaluate: Any, table: Any, store: Warehouse) -> None:
    finding = evaluate(store.read(table))
    assert finding.passed
    assert finding.sentence


@pytest.mark.rule("B11")
def test_one_page_served_for_many_companies_is_found(store: Warehouse) -> None:
    same: list[dict[str, Any]] = [{"company_key": f"c{n}", "state": "done", "fingerprint": "f"} for n in range(3)]
    other: list[dict[str, Any]] = [{"company_key": f"d{n}", "state": "done", "fingerprint": f"g{n}"} for n in range(7)]
    finding = checks.shared_research(rows(store, tables.RESEARCH, same + other))
    assert not finding.passed
    assert "30%" in finding.sentence


@pytest.mark.rule("A4")
def test_a_written_draft_without_a_text_is_found_and_a_refused_one_is_not(store: Warehouse) -> None:
    drafts: list[dict[str, Any]] = [
        {"lead_id": "a", "state": "done", "subject": "Hello", "body": " "},
        {"lead_id": "b", "state": "rejected", "subject": None, "body": None},
    ]
    assert checks.empty_mails(rows(store, tables.DRAFTS, drafts)).numbers == {"empty": 1}


@pytest.mark.rule("A6")
def test_a_list_of_wrong_companies_is_found(store: Warehouse) -> None:
    verdicts = [{"lead_id": str(n), "verdict": "mismatch" if n < 2 else "match"} for n in range(20)]
    finding = checks.mismatch_rate(rows(store, tables.VERIFICATION, verdicts))
    assert not finding.passed
    assert "10.0% of 20 leads" in finding.sentence


@pytest.mark.parametrize(("accepted", "bounced", "passed"), [(49, 40, True), (50, 1, True), (50, 2, False)])
def test_a_bounce_rate_counts_from_fifty_mails_on(accepted: int, bounced: int, passed: bool, store: Warehouse) -> None:
    metrics = rows(store, tables.METRICS, [{"accepted": accepted, "hard_bounces": bounced}])
    assert checks.bounce_rate(metrics).passed is passed


def test_a_mail_that_is_in_no_state_is_found(store: Warehouse) -> None:
    metrics = rows(store, tables.METRICS, [{"planned": 3, "accepted": 1, "open": 1}])
    assert checks.sends_conserve(metrics).sentence == "3 mails planned, 2 accounted for"


@pytest.mark.rule("A12")
@pytest.mark.rule("B23")
@pytest.mark.parametrize(("in_view", "passed"), [(True, True), (False, False)])
def test_a_source_that_went_dry_is_an_alarm(in_view: bool, passed: bool, tmp_path: Path) -> None:
    warehouse = WarehouseResource(path=str(tmp_path / "warehouse.duckdb"))
    record = {
        "record_id": "rec1",
        "newest": True,
        "in_view": in_view,
        "received_at": datetime(2026, 11, 23, tzinfo=UTC),
    }
    rows(warehouse.store(), tables.LEAD_RECORDS, [record])
    result = checks.zero_yield(warehouse=warehouse)
    assert isinstance(result, dg.AssetCheckResult)
    assert result.passed is passed


class Noon(ClockResource):
    """A clock that stands."""

    def clock(self) -> ManualClock:
        """Noon of a Monday."""
        return ManualClock(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))


@pytest.mark.rule("A12")
@pytest.mark.rule("B5")
@pytest.mark.parametrize(("hours", "passed"), [(1, True), (27, False), (None, False)])
def test_deaf_ears_are_an_alarm(hours: int | None, passed: bool, tmp_path: Path) -> None:
    ledger = LedgerResource(
        url=f"sqlite:///{tmp_path / 'ledger.db'}", witness=str(tmp_path / "witness.json"), campaign="spring"
    )
    if hours is not None:
        with ledger.open() as book:
            for name in ("events.read", "replies.read"):
                book.flags.stamp(name, at=Noon().clock().now() - timedelta(hours=hours))
    result = checks.heard_lately(clock=Noon(), ledger=ledger)
    assert isinstance(result, dg.AssetCheckResult)
    assert result.passed is passed


@pytest.fixture(scope="module")
def alert() -> Iterator[tuple[str, str]]:
    """Why a run failed, and the end of its log, as the operator is told."""

    @dg.op
    def send(context: dg.OpExecutionContext) -> None:
        context.log.info("12 of 40 sent")
        raise dg.Failure("the provider refuses ada@harbour.example: no credits left")

    @dg.job
    def outreach() -> None:
        send()

    with dg.instance_for_test() as instance:
        silent = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = outreach.execute_in_process(instance=instance, raise_on_error=False, run_config=silent)
        failed = next(event for event in result.all_events if event.event_type_value == "PIPELINE_FAILURE")
        context = dg.build_run_status_sensor_context(
            sensor_name="failed_runs", dagster_event=failed, dagster_instance=instance, dagster_run=result.dagster_run
        ).for_run_failure()
        yield failure_of(context)


@pytest.mark.rule("A12")
@pytest.mark.rule("B37")
def test_a_failed_run_tells_the_end_of_its_log_without_addresses(alert: tuple[str, str]) -> None:
    reason, tail = alert
    assert "12 of 40 sent" in tail
    assert "@harbour" not in reason + tail


@pytest.mark.rule("A12")
def test_a_failed_run_tells_why_it_failed(alert: tuple[str, str]) -> None:
    assert "no credits left" in alert[0]

"""Data-quality checks: what is wrong in a sentence, and what to do. Each evaluator is pure; each check reads and asks.

What must hold: an empty table is a finding or a pass, never an exception; and whatever blocks is enforced again in the
stage that would act on it, because a check blocks only its own run.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from outbound_assets import tables
from outbound_assets.partitions import DAILY
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from resources.warehouse.resource import WarehouseResource
from resources.warehouse.store import TableSpec
from rules.engagement import rate
from rules.research.crowd import shared_fingerprints
from stages.doctor.examination import AREAS

MISMATCH_LIMIT = 0.05
FINGERPRINT_LIMIT = 0.1
BOUNCE_LIMIT = 0.02
UNSUBSCRIBE_LIMIT = 0.01
SILENT_HOURS = 26


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's verdict: whether it holds, the sentence, and the numbers behind it."""

    passed: bool
    sentence: str
    numbers: Mapping[str, float]


def mismatch_rate(results: pl.DataFrame) -> Finding:
    """Over 5 % of a day's intake at the wrong company: the list is bad, not the leads."""
    share = rate(results.filter(pl.col("verdict") == "mismatch").height, results.height) or 0.0
    passed = share <= MISMATCH_LIMIT
    advice = "fine" if passed else "look at the source of this import before anything of it is mailed"
    return Finding(
        passed, f"{share:.1%} of {results.height} leads belong to another company: {advice}", {"rate": share}
    )


def duplicate_people(leads: pl.DataFrame) -> Finding:
    """Two accepted leads with one address cannot be (rule B22)."""
    people = leads.filter(pl.col("status") == "accepted")["address"]
    doubled = people.len() - people.n_unique() if people.len() else 0
    return Finding(doubled == 0, f"{doubled} people are in the list twice", {"doubled": doubled})


def empty_mails(drafts: pl.DataFrame) -> Finding:
    """A written draft with an empty subject or body cannot be (rule A4)."""
    blank = (pl.col("subject").fill_null("").str.strip_chars() == "") | (
        pl.col("body").fill_null("").str.strip_chars() == ""
    )
    empty = drafts.filter((pl.col("state") == "done") & blank).height
    return Finding(empty == 0, f"{empty} written drafts have an empty subject or body", {"empty": empty})


def shared_research(research: pl.DataFrame) -> Finding:
    """Many companies with the same research: one page was served for all (rule B11)."""
    share = shared_fingerprints(research.filter(pl.col("state") == "done")["fingerprint"].drop_nulls().to_list())
    passed = share <= FINGERPRINT_LIMIT
    advice = "fine" if passed else "read two of them: a login wall or a rate-limit page looks like this"
    return Finding(
        passed, f"{share:.0%} of the companies share their research with another: {advice}", {"share": share}
    )


def queue_conserves(queue: pl.DataFrame) -> Finding:
    """Every considered lead is in the plan once (invariant I8)."""
    doubled = queue.height - queue["lead_id"].n_unique() if queue.height else 0
    return Finding(doubled == 0, f"{queue.height} leads planned, {doubled} of them twice", {"leads": queue.height})


def sends_conserve(metrics: pl.DataFrame) -> Finding:
    """Planned mails equal the sum over their states (invariant I8)."""
    if metrics.is_empty():
        return Finding(True, "no mail was planned for this day", {"planned": 0})
    planned = int(metrics["planned"].sum())
    states = sum(int(metrics[name].sum()) for name in ("accepted", "unknown", "rejected", "cancelled", "open"))
    return Finding(planned == states, f"{planned} mails planned, {states} accounted for", {"planned": planned})


def bounce_rate(metrics: pl.DataFrame) -> Finding:
    """Hard bounces of a day over 2 %, with enough mails to mean it."""
    accepted, bounced = int(metrics["accepted"].sum() or 0), int(metrics["hard_bounces"].sum() or 0)
    share = rate(bounced, accepted) or 0.0
    passed = share <= BOUNCE_LIMIT or accepted < 50  # noqa: PLR2004 - fewer mails say nothing about a rate of 2 %
    advice = "fine" if passed else "check the list's age and source; the breaker stops at 4 %"
    return Finding(passed, f"{bounced} of {accepted} mails bounced for good ({share:.1%}): {advice}", {"rate": share})


def unsubscribe_rate(metrics: pl.DataFrame) -> Finding:
    """Unsubscribes of a day over 1 %, with enough mails to mean it."""
    accepted, left = int(metrics["accepted"].sum() or 0), int(metrics["unsubscribed"].sum() or 0)
    share = rate(left, accepted) or 0.0
    passed = share <= UNSUBSCRIBE_LIMIT or accepted < 100  # noqa: PLR2004 - as above, for 1 %
    advice = "fine" if passed else "read the replies: the offer or the list is wrong"
    return Finding(passed, f"{left} of {accepted} people unsubscribed ({share:.1%}): {advice}", {"rate": share})


def parked_events(events: pl.DataFrame) -> Finding:
    """Events that belong to no send we know (rule B23)."""
    parked = events.filter(pl.col("parked")).height
    return Finding(parked == 0, f"{parked} of {events.height} events belong to no send we know", {"parked": parked})


Evaluator = Callable[[pl.DataFrame], Finding]


def _result(finding: Finding, severity: dg.AssetCheckSeverity) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=finding.passed, severity=severity, description=finding.sentence, metadata=dict(finding.numbers)
    )


WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


def _together(table: TableSpec, evaluators: Mapping[Evaluator, dg.AssetCheckSeverity]) -> dg.AssetChecksDefinition:
    """Several checks of one partition in one step: a step costs more than all of them."""

    def check(context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource) -> Iterator[dg.AssetCheckResult]:
        keys = context.partition_keys
        frame = warehouse.store().read_range(table, first=keys[0], last=keys[-1])
        for evaluate, severity in evaluators.items():
            finding = evaluate(frame)
            yield dg.AssetCheckResult(
                check_name=evaluate.__name__,
                asset_key=table.name,
                passed=finding.passed,
                severity=severity,
                description=finding.sentence,
                metadata=dict(finding.numbers),
            )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        specs = [
            dg.AssetCheckSpec(
                name=evaluate.__name__, asset=table.name, description=evaluate.__doc__, partitions_def=DAILY
            )
            for evaluate in evaluators
        ]
        return dg.multi_asset_check(name=f"{table.name}_checks", specs=specs)(check)


def _partitioned(
    table: TableSpec,
    evaluate: Evaluator,
    *,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    blocking: bool = False,
) -> dg.AssetChecksDefinition:
    """A check of one partition of a table."""

    def check(context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource) -> dg.AssetCheckResult:
        keys = context.partition_keys
        return _result(evaluate(warehouse.store().read_range(table, first=keys[0], last=keys[-1])), severity)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # partitioned checks are new; a test holds them to account
        decorate = dg.asset_check(
            asset=table.name,
            name=evaluate.__name__,
            description=evaluate.__doc__,
            partitions_def=DAILY,
            blocking=blocking,
        )
        return decorate(check)


PARTITIONED = (
    _partitioned(tables.VERIFICATION, mismatch_rate, severity=WARN),
    _partitioned(tables.LEADS, duplicate_people, blocking=True),
    _partitioned(tables.DRAFTS, empty_mails, blocking=True),
    _partitioned(tables.RESEARCH, shared_research, severity=WARN),
    _partitioned(tables.QUEUE, queue_conserves, blocking=True),
    _together(tables.METRICS, {sends_conserve: ERROR, bounce_rate: WARN, unsubscribe_rate: WARN}),
    _partitioned(tables.EVENTS, parked_events, severity=WARN),
)


@dg.asset_check(asset="lead_records", description="A source that used to deliver and delivers nothing now (rule B23).")
def zero_yield(warehouse: WarehouseResource) -> dg.AssetCheckResult:
    """Alarm when records were there before and the view is empty now."""
    frame = warehouse.store().read(tables.LEAD_RECORDS)
    seen, visible = frame["record_id"].n_unique(), frame.filter(pl.col("newest") & pl.col("in_view")).height
    passed = visible > 0 or seen == 0
    sentence = f"{visible} of {seen} records are in the view" + ("" if passed else ": look at the view's filter")
    return _result(Finding(passed, sentence, {"visible": visible, "seen": seen}), dg.AssetCheckSeverity.ERROR)


@dg.asset_check(
    asset="lead_status", description="Freshness from the data itself: when events and replies were last read."
)
def heard_lately(clock: ClockResource, ledger: LedgerResource) -> dg.AssetCheckResult:
    """Warn when nobody listened for a day: follow-ups wait then (rules A10, B7)."""
    now = clock.clock().now()
    with ledger.open() as book:
        stamps = {name: book.flags.stamped(f"{name}.read") for name in ("events", "replies")}
    ages = {name: (now - stamp[0]).total_seconds() / 3600 if stamp else None for name, stamp in stamps.items()}
    late = [name for name, age in ages.items() if age is None or age > SILENT_HOURS]
    told = ", ".join(f"{name} {'never' if age is None else f'{age:.1f} h ago'}" for name, age in ages.items())
    numbers: dict[str, Any] = {f"{name}_hours": age for name, age in ages.items() if age is not None}
    return _result(Finding(not late, f"last read: {told}", numbers), WARN)


@dg.asset_check(asset="reconciliation", description="Our counts equal the provider's (invariant I10).")
def counts_agree(warehouse: WarehouseResource) -> dg.AssetCheckResult:
    """Fail on any day whose counts differ; sending is stopped by the ledger's own flag."""
    frame = warehouse.store().read(tables.RECONCILIATION)
    wrong = frame.filter(pl.col("verdict") != "equal")
    days: list[date] = wrong["day"].to_list()
    sentence = f"{frame.height - wrong.height} of {frame.height} days agree"
    if days:
        sentence += f"; look at {', '.join(day.isoformat() for day in days[-3:])} with `outbound reconcile`"
    return _result(Finding(not days, sentence, {"days_different": wrong.height}), dg.AssetCheckSeverity.ERROR)


@dg.asset_check(asset="reconciliation_items", description="Every mail of a week stands in every book (invariant I10).")
def books_agree(warehouse: WarehouseResource) -> dg.AssetCheckResult:
    """Fail where a mail stands in one book only; at the provider it stops sending by the ledger's own flag."""
    frame = warehouse.store().read(tables.RECONCILIATION_ITEMS)
    counts = {str(store): int(number) for store, number in frame.group_by("store").len().sort("store").iter_rows()}
    told = ", ".join(f"{number} at {store}" for store, number in counts.items()) or "every mail of a week agrees"
    severity = ERROR if counts.get("provider") else WARN
    return _result(Finding(not counts, told, {name: float(number) for name, number in counts.items()}), severity)


def area_works(lines: pl.DataFrame, area: str) -> tuple[Finding, dg.AssetCheckSeverity]:
    """An area of the doctor's: fails on any line that fails, warns on any that warns, each with its fix (rule B21)."""
    mine = lines.filter(pl.col("service").str.starts_with(f"{area}."))
    bad = mine.filter(pl.col("state") != "ok")
    severity = ERROR if (mine["state"] == "fail").any() else WARN
    told = "; ".join(f"{row['service']}: {row['detail']}" for row in bad.iter_rows(named=True))
    numbers = {f"{name}ing": mine.filter(pl.col("state") == name).height for name in ("fail", "warn")}
    return Finding(bad.is_empty(), told or f"all {mine.height} lines are ok", numbers), severity


@dg.multi_asset_check(
    name="service_health_checks",
    specs=[
        dg.AssetCheckSpec(f"{name}_works", asset="service_health", description=f"The doctor's lines on {name}.")
        for name in dict.fromkeys(area.name for area in AREAS)
    ],
)
def services_work(warehouse: WarehouseResource) -> Iterator[dg.AssetCheckResult]:
    """One check for each area of the doctor's."""
    frame = warehouse.store().read(tables.HEALTH)
    for name in dict.fromkeys(area.name for area in AREAS):
        finding, severity = area_works(frame, name)
        yield dg.AssetCheckResult(
            check_name=f"{name}_works", asset_key="service_health", passed=finding.passed, severity=severity,
            description=finding.sentence, metadata=dict(finding.numbers),
        )  # fmt: skip


ALL = (*PARTITIONED, zero_yield, heard_lately, counts_agree, books_agree, services_work)

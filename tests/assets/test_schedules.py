"""What a tick asks for: the day's partition where there is one, else a reason and no error."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from outbound_assets.partitions import CAMPAIGN
from outbound_assets.schedules import asked_for, for_day, nightly_pass
from resources.clock.resource import ClockResource
from resources.ledger.resource import LedgerResource
from stages.days import day_of
from stages.reconciliation import COMPARED_STAMP
from tests.builders import accepted

TODAY = day_of(datetime.now(UTC), CAMPAIGN.zone)


def reason(day: str) -> str:
    skipped = for_day(day)
    assert isinstance(skipped, dg.SkipReason)
    return skipped.skip_message or ""


def test_a_tick_runs_its_day() -> None:
    asked = for_day(TODAY, because="a new day needs a plan")
    assert isinstance(asked, dg.RunRequest)
    assert (asked.partition_key, asked.tags) == (TODAY, {"outbound/why": "a new day needs a plan"})


def test_a_campaign_that_has_not_begun_is_waited_for() -> None:
    before = (CAMPAIGN.starts - timedelta(days=1)).isoformat()
    assert reason(before) == f"the campaign starts on {CAMPAIGN.starts}, and today is {before}"


def test_a_sandbox_whose_clock_was_moved_past_the_machines_is_told_apart_from_a_failure() -> None:
    assert "the sandbox's clock is at 2199-01-01" in reason("2199-01-01")


def test_whoever_asks_for_a_digest_gets_yesterdays_and_none_before_the_first_day() -> None:
    asked = asked_for("digest", (CAMPAIGN.starts + timedelta(days=1)).isoformat())
    assert isinstance(asked, dg.RunRequest)
    assert asked.partition_key == CAMPAIGN.starts.isoformat()
    first = asked_for("digest", CAMPAIGN.starts.isoformat())
    assert isinstance(first, dg.SkipReason)
    assert "no earlier day to report" in (first.skip_message or "")


@pytest.mark.rule("A12")
def test_the_night_is_made_up_for_once_the_machine_is_awake(tmp_path: Path) -> None:
    """Asked at whatever hour this test runs: mails went out the day before, and nobody has compared them since."""
    desk = LedgerResource(
        url=f"sqlite:///{tmp_path / 'ledger.db'}", witness=str(tmp_path / "w.json"), campaign=CAMPAIGN.id
    )
    context = dg.build_schedule_context(resources={"clock": ClockResource(), "ledger": desk})
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with desk.open() as ledger:
        accepted(ledger, 1, now=yesterday, day=day_of(yesterday, CAMPAIGN.zone))

    tick: Any = nightly_pass(context)
    (asked,) = tick
    assert isinstance(asked, dg.RunRequest)
    assert "night" in asked.tags["outbound/why"] or "missed" in asked.tags["outbound/why"]

    with desk.open() as ledger:
        ledger.flags.stamp(COMPARED_STAMP, at=datetime.now(UTC))
    tick = nightly_pass(context)
    (skipped,) = tick
    assert isinstance(skipped, dg.SkipReason)
    assert "it was made at" in (skipped.skip_message or "")


def test_a_job_without_days_is_run_on_none() -> None:
    for job in ("mirror", "canary"):
        asked = asked_for(job, "2199-01-01")
        assert isinstance(asked, dg.RunRequest)
        assert asked.partition_key is None

"""Running the product's jobs through Dagster in this process, at the moments its schedules would."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import dagster as dg

from outbound_assets.definitions import defs
from outbound_assets.partitions import CAMPAIGN, SETTINGS
from outbound_assets.schedules import asked_for
from resources.ledger.gate import machine_id
from resources.ledger.ledger import Ledger, Place
from stages.days import day_of
from stages.waking import outreach_due

QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
"""The run's own log is in the instance; a progress bar is on the screen."""


JOBS = ("intake", "outreach", "engagement", "mirror", "digest", "nightly", "canary")


class JobFailed(RuntimeError):
    """A run failed; the message names the job, the day and the reason."""


def open_ledger() -> Ledger:
    """This deployment's ledger."""
    return Ledger.open(Place(SETTINGS.ledger_url, SETTINGS.witness, CAMPAIGN.id, machine_id()))


class Runner:
    """Runs jobs one after another in one Dagster instance, and counts them."""

    def __init__(self, instance: dg.DagsterInstance, *, say: Callable[[str], None]) -> None:
        self._instance = instance
        self._say = say
        self.runs = 0
        self._jobs = {name: defs.resolve_job_def(name) for name in JOBS}

    def run(self, job: str, *, day: str | None = None, config: dict[str, Any] | None = None) -> dict[str, int]:
        """Run a job.

        Returns:
            Rows by asset, as each said of the partition it wrote last.

        Raises:
            JobFailed: The run did not succeed.
        """
        self._say(f"{day or ''} {job}")
        result = self._jobs[job].execute_in_process(
            instance=self._instance, partition_key=day, run_config={**QUIET, **(config or {})}, raise_on_error=False
        )
        self.runs += 1
        if not result.success:
            reasons = [
                str(event.event_specific_data.error_display_string)[:600]  # type: ignore[union-attr] # failures have one
                for event in result.all_events
                if event.is_step_failure
            ]
            raise JobFailed(f"{job} failed on {day}: {' '.join(reasons) or 'see the run in the Dagster UI'}")
        written = [
            event.step_materialization_data.materialization for event in result.get_asset_materialization_events()
        ]
        return {
            one.asset_key.to_user_string(): int(str(one.metadata["dagster/row_count"].value))
            for one in written
            if "dagster/row_count" in one.metadata
        }

    def outreach_if_due(self, now: datetime) -> bool:
        """What the quarter-hourly tick does: look at the ledger, run only if something is due."""
        ledger = open_ledger()
        try:
            wake = outreach_due(ledger, campaign=CAMPAIGN, now=now)
        finally:
            ledger.close()
        if wake.run:
            self.run("outreach", day=day_of(now, CAMPAIGN.zone))
        return wake.run

    def digest(self, now: datetime) -> None:
        """What the morning tick does: report yesterday."""
        asked = asked_for("digest", day_of(now, CAMPAIGN.zone))
        if isinstance(asked, dg.RunRequest):
            self.run("digest", day=asked.partition_key)

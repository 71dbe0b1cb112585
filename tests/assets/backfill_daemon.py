"""`make backfill`: past days through Dagster's own daemon, and what it cost: no mail, no cent, the same rows.

The daemon runs with the product's instance configuration (queued runs, limits, one process per run), as `outbound up`
starts it; the backfill is launched as the UI launches one. What must hold: past partitions never act (invariant I11).
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.execution.backfill import BulkActionStatus  # the instance tells a backfill's end in no public type

from tests.assets.short_campaign import PARTITIONED
from tests.assets.stage_door import House, house
from tests.repository import ROOT

DAYS = (0, 1, 2, 7)
"""Days of the campaign that are run again: openers, answers, nothing, bumps."""
LEADS = 24
SUNDAY = 13
"""A day of the world on which no schedule's tick, should one fall into the run, can send or write anything."""
PATIENCE = 1800.0
LAUNCH = """
mutation Launch($backfillParams: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $backfillParams) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""


def run_campaign(home: House) -> None:
    """Two weeks: openers, answers, bumps, digests."""
    home.move_to(0, 7)
    home.run(f"intake@{home.day(0)}", f"outreach@{home.day(0)}")
    home.move_to(1, 7)
    home.run(f"engagement@{home.day(1)}", f"digest@{home.day(0)}", f"outreach@{home.day(1)}")
    home.move_to(7, 9)
    home.run(f"engagement@{home.day(7)}", f"outreach@{home.day(7)}")
    home.move_to(SUNDAY, 4)
    home.run(*(f"backfill@{home.day(offset)}" for offset in DAYS))


@contextmanager
def daemon(settings: dict[str, str], log: Path) -> Iterator[None]:
    """Dagster's daemon for the length of a block."""
    command = [str(Path(sys.executable).parent / "dagster-daemon"), "run", "-w", str(ROOT / "workspace.yaml")]
    with log.open("wb") as out:
        child = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            child.terminate()
            child.wait(timeout=60)


def launch(settings: dict[str, str], assets: Sequence[str], days: Sequence[str]) -> str:
    """Ask for a backfill as the UI does.

    Returns:
        Its id.
    """
    params = {"assetSelection": [{"path": [name]} for name in assets], "partitionNames": list(days)}
    command = [
        str(Path(sys.executable).parent / "dagster-graphql"), "-w", str(ROOT / "workspace.yaml"), "-t", LAUNCH,
        "-v", json.dumps({"backfillParams": params}),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=180, check=False)
    assert "{" in done.stdout, done.stderr[-2000:]
    told, _ = json.JSONDecoder().raw_decode(done.stdout[done.stdout.index("{") :])  # log lines follow
    assert told.get("data"), told
    answer = told["data"]["launchPartitionBackfill"]
    assert answer["__typename"] == "LaunchBackfillSuccess", answer
    return str(answer["backfillId"])


def finished(settings: dict[str, str], backfill: str) -> int:
    """Wait until the daemon has done it.

    Returns:
        How many runs it took.
    """
    deadline, seen = time.monotonic() + PATIENCE, ""
    with dg.DagsterInstance.from_config(settings["DAGSTER_HOME"]) as instance:
        while True:
            state = instance.get_backfill(backfill)
            assert state is not None
            runs = instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": backfill}))
            told = ", ".join(
                f"{count} {name}" for name, count in sorted(Counter(run.status.value for run in runs).items())
            )
            if told != seen:
                sys.stderr.write(f"{told}\n")
                seen = told
            if state.status is BulkActionStatus.COMPLETED_SUCCESS:
                return len(runs)
            assert state.status in (BulkActionStatus.REQUESTED, BulkActionStatus.COMPLETED), (state.status, state.error)
            assert time.monotonic() < deadline, f"the daemon did not finish: {told}"
            time.sleep(1)  # another process works; its progress is only in the instance


def main() -> int:
    """Run, hold before against after, and print."""
    say = sys.stdout.write
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place,
        house(Path(place) / "home", leads=LEADS) as home,
    ):
        run_campaign(home)
        before, paid, accepted = home.tables(), home.paid(), home.accepted()
        settings = home.environment()
        began = time.monotonic()
        (home.home / "warehouse.duckdb").unlink()
        with daemon(settings, home.home / "daemon.log"):
            backfill = launch(settings, PARTITIONED, [home.day(offset) for offset in DAYS])
            runs = finished(settings, backfill)
        after = home.tables()
        rows = sum(len(before[name]) for name in PARTITIONED)
        wrong = [name for name in PARTITIONED if after[name] != before[name]]
        mails = sum(home.accepted().values()) - sum(accepted.values())
        calls = sum(map(sum_of, home.paid().values())) - sum(map(sum_of, paid.values()))
        seconds = time.monotonic() - began
        what = f"{len(DAYS)} past days x {len(PARTITIONED)} assets"
        say(f"{what} by the daemon: {runs} runs, {seconds:.0f} s, {rows} rows\n")
        say(f"assets that differ: {', '.join(wrong) or 'none'}; mails sent: {mails}; paid calls: {calls}\n")
        assert sum(accepted.values()) > 0
        assert rows > LEADS
    return 1 if wrong or mails or calls else 0


def sum_of(counts: dict[str, int]) -> int:
    """All counts of a service."""
    return sum(counts.values())


if __name__ == "__main__":
    raise SystemExit(main())

"""How long the code location takes to import, against importing Dagster alone.

Every tick of a schedule and every run starts an interpreter that does this, so it is paid hundreds of times a day.
Fresh interpreters, taken in turns, so that a busy moment of the machine hits both.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from bench.measuring import ROOT, show

RUNS = 7
WHAT = {
    "import dagster (baseline)": "import dagster",
    "import outbound_assets.definitions": "import outbound_assets.definitions",
    "outbound --help": "import sys; sys.argv = ['outbound', '--help']; from outbound_cli.main import app; app()",
}


def seconds(code: str, home: str) -> float:
    """Wall seconds of one fresh interpreter that runs some code; its compiled modules are warm."""
    environment = {**os.environ, "OUTBOUND_HOME": home, "OUTBOUND_CAMPAIGN": str(ROOT / "campaign.toml")}
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        for code in WHAT.values():
            seconds(code, home)
        turns = [{name: seconds(code, home) for name, code in WHAT.items()} for _ in range(RUNS)]
    baseline = next(iter(WHAT))
    rows = []
    for name in WHAT:
        walls = [turn[name] for turn in turns]
        ratios = [turn[name] / turn[baseline] for turn in turns]
        rows.append([name, statistics.median(walls), min(walls), max(walls), f"{statistics.median(ratios):.2f} x"])
    show(f"Imports, {RUNS} fresh interpreters each", ["what", "median s", "min", "max", "to baseline"], rows)


if __name__ == "__main__":
    main()

"""Commands for somebody in a hurry load what they need and no more."""

import subprocess
import sys
from pathlib import Path

from tests.cli.homes import campaign_in
from tests.repository import ROOT

PAUSE = """
import sys
from outbound_cli.main import app
try:
    app(["pause", "fire", "--home", sys.argv[1]])
finally:
    print(sorted({"dagster", "duckdb", "openai", "pyairtable", "telegram"} & set(sys.modules)))
"""


def test_a_pause_waits_for_no_library_it_does_not_need(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    ended = subprocess.run(
        [sys.executable, "-c", PAUSE, str(home)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (ended.stdout, "Paused" in ended.stderr) == ("[]\n", True)

"""The operator's commands as processes: what they say, in prose and as JSON, and how they end."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.repository import ROOT

SECRETS = (
    "AIRTABLE_TOKEN",
    "BREVO_API_KEY",
    "OPENAI_API_KEY",
    "PERPLEXITY_API_KEY",
    "OUTBOUND_PEPPER",
    "OUTBOUND_LIVE",
)


def outbound(
    home: Path, *words: str, typed: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a home of its own, without any secret of this machine's environment."""
    kept = {
        name: value for name, value in os.environ.items() if name not in SECRETS and not name.startswith("OUTBOUND_")
    }
    return subprocess.run(
        [sys.executable, "-m", "outbound_cli.main", *words, "--home", str(home)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={**kept, "COLUMNS": "200", "OUTBOUND_SANDBOX_URL": "http://127.0.0.1:1", **(environment or {})},
        input=typed,
    )  # fmt: skip


def campaign_in(home: Path, *changes: tuple[str, str]) -> Path:
    """A home with its own campaign file, changed from the repository's."""
    text = (ROOT / "campaign.toml").read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    home.mkdir(parents=True)
    (home / "campaign.toml").write_text(text, "utf-8")
    return home


def test_a_pause_is_seen_by_stats_and_taken_off_by_resume(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    assert outbound(home, "pause", "holiday of the whole team").returncode == 0
    told = json.loads(outbound(home, "stats", "--json").stdout)
    assert told["stopped_by"][0]["name"] == "pause"
    assert told["stopped_by"][0]["reason"] == "holiday of the whole team"
    assert told["mode"] == "sandbox"
    resumed = outbound(home, "resume")
    assert resumed.returncode == 0
    assert "pause" in resumed.stderr
    assert json.loads(outbound(home, "stats", "--json").stdout)["stopped_by"] == []


def test_a_queue_without_a_plan_says_who_makes_it(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    shown = outbound(home, "queue")
    assert shown.returncode == 0
    assert "No plan was made" in shown.stdout


def test_nobody_of_that_name_teaches_how_to_ask(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    asked = outbound(home, "why", "nobody@nowhere.example")
    assert asked.returncode == 2
    assert "record id" in asked.stderr


def test_an_unknown_key_of_the_campaign_names_the_one_that_was_meant(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home", ("per_hour = 63", "per_huor = 63"))
    shown = outbound(home, "stats")
    assert shown.returncode == 3
    assert "caps.per_huor = 63" in shown.stderr
    assert "per_hour" in shown.stderr


@pytest.mark.rule("A14")
def test_live_mode_needs_the_switch_that_names_the_campaign(tmp_path: Path) -> None:
    home = campaign_in(
        tmp_path / "home",
        ('mode = "sandbox"', 'mode = "live"'),
        ("http://127.0.0.1:8027/unsubscribe", "https://outreach.example/unsubscribe"),
    )
    shown = outbound(home, "stats")
    assert shown.returncode == 3
    assert "OUTBOUND_LIVE" in shown.stderr


@pytest.mark.rule("B18")
def test_a_missing_key_names_the_service_the_variable_and_where_to_get_one(tmp_path: Path) -> None:
    home = campaign_in(
        tmp_path / "home",
        ('mode = "sandbox"', 'mode = "dry_run"'),
        ("http://127.0.0.1:8027/unsubscribe", "https://outreach.example/unsubscribe"),
    )
    leads = tmp_path / "leads.csv"
    leads.write_text("email,company\nada@harbour.example,Harbour\n", "utf-8")
    shown = outbound(home, "import", str(leads))
    assert shown.returncode == 4
    assert "Airtable" in shown.stderr
    assert "AIRTABLE_TOKEN" in shown.stderr
    assert "https://airtable.com/create/tokens" in shown.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a;b\n1;2\n", "--column email=NAME"),
        (b"email,company\n\xff\xfe,B\n", "line 2"),
        (None, "is not a file"),
    ],
)
def test_a_file_that_cannot_be_read_names_the_place_and_the_fix(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    home = campaign_in(tmp_path / "home")
    leads = tmp_path / "leads.csv"
    if content is not None:
        leads.write_bytes(content)
    shown = outbound(home, "import", str(leads))
    assert shown.returncode == 2
    assert said in shown.stderr

"""The operator's commands: what they say, in prose and as JSON, and how they end."""

import json
from pathlib import Path

import pytest

from tests.cli.homes import campaign_in, outbound, outbound_here


def test_a_pause_is_seen_by_stats_and_taken_off_by_resume(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    assert outbound(home, "pause", "holiday of the whole team").returncode == 0
    told = json.loads(outbound_here(home, "stats", "--json").stdout)
    assert told["stopped_by"][0]["name"] == "pause"
    assert told["stopped_by"][0]["reason"] == "holiday of the whole team"
    assert told["mode"] == "sandbox"
    resumed = outbound_here(home, "resume")
    assert resumed.exit_code == 0
    assert "pause" in resumed.stderr
    assert json.loads(outbound_here(home, "stats", "--json").stdout)["stopped_by"] == []


def test_words_in_brackets_are_shown_as_they_were_said(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    outbound_here(home, "pause", "see [caps] and [/caps]")
    assert "see [caps] and [/caps]" in outbound_here(home, "stats").stdout
    assert "see [caps] and [/caps]" in outbound_here(home, "resume").stderr
    wrong = outbound_here(home, "why", "[link=x]nobody")
    assert (wrong.exit_code, "'[link=x]nobody'" in wrong.stderr) == (2, True)


def test_a_queue_without_a_plan_says_who_makes_it(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    shown = outbound_here(home, "queue")
    assert shown.exit_code == 0
    assert "No plan was made" in shown.stdout


def test_nobody_of_that_name_teaches_how_to_ask(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    asked = outbound_here(home, "why", "nobody@nowhere.example")
    assert asked.exit_code == 2
    assert "record id" in asked.stderr


def test_an_unknown_key_of_the_campaign_names_the_one_that_was_meant(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home", ("per_hour = 63", "per_huor = 63"))
    shown = outbound_here(home, "stats")
    assert shown.exit_code == 3
    assert "caps.per_huor = 63" in shown.stderr
    assert "per_hour" in shown.stderr


@pytest.mark.rule("A14")
def test_live_mode_needs_the_switch_that_names_the_campaign(tmp_path: Path) -> None:
    home = campaign_in(
        tmp_path / "home",
        ('mode = "sandbox"', 'mode = "live"'),
        ("http://127.0.0.1:8027/unsubscribe", "https://outreach.example/unsubscribe"),
    )
    shown = outbound_here(home, "stats")
    assert shown.exit_code == 3
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
    shown = outbound_here(home, "import", str(leads))
    assert shown.exit_code == 2
    assert said in shown.stderr

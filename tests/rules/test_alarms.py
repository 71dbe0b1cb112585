"""What is an alarm: silence where something was due, a breaker, an outcome nobody knows; and nothing else."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.alarms import Severity, Situation, Watch, alarms, failed_run

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
WELL = Situation(
    at=NOON, switches={}, stopped=None, due=40, sent_today=12, sent_before=300, heard=900, unknown=0, parked=0,
    last_read={"airtable": NOON - timedelta(hours=1), "events": NOON, "replies": NOON}, digest_missing=None,
    tested=NOON - timedelta(days=1),
)  # fmt: skip


def keys(**changes: Any) -> list[str]:
    return [alarm.key for alarm in alarms(replace(WELL, **changes), Watch())]


@pytest.mark.rule("A12")
def test_all_is_well() -> None:
    assert keys() == []


@pytest.mark.rule("A12")
@pytest.mark.rule("B5")
@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"sent_today": 0}, "silence.sends"),
        ({"heard": 0}, "silence.events"),
        ({"last_read": {"replies": NOON - timedelta(hours=27)}}, "silence.replies"),
        ({"digest_missing": date(2026, 11, 23)}, "silence.digest"),
        ({"tested": NOON - timedelta(days=9)}, "silence.alerts"),
        ({"unknown": 3}, "sends.unknown"),
        ({"parked": 1}, "events.parked"),
        ({"switches": {"provider": "key revoked"}}, "flag.provider"),
        ({"switches": {"gate": "restored"}}, "flag.gate"),
        ({"switches": {"something new": "x"}}, "flag.something new"),
    ],
)
def test_each_silence_and_each_breaker_is_an_alarm(changes: dict[str, Any], key: str) -> None:
    assert keys(**changes) == [key]


@pytest.mark.parametrize(
    "changes",
    [
        {"sent_today": 0, "at": NOON.replace(hour=10)},  # the day has only begun
        {"sent_today": 0, "due": 0},  # a weekend, or everybody is asleep
        {"sent_today": 0, "stopped": "pause: holidays"},  # somebody decided it
        {"switches": {"pause": "holidays"}},
        {"heard": 0, "sent_before": 50},
        {"unknown": 2},
        {"last_read": {"airtable": NOON - timedelta(hours=26)}},
    ],
)
def test_what_was_decided_or_not_due_is_no_alarm(changes: dict[str, Any]) -> None:
    assert keys(**changes) == []


def test_many_unknown_outcomes_of_many_mails_are_measured_against_them() -> None:
    assert keys(unknown=5, sent_before=1000, sent_today=500) == []
    assert keys(unknown=8, sent_before=1000, sent_today=500) == ["sends.unknown"]


def test_every_alarm_says_what_it_means_what_to_do_and_where_to_look() -> None:
    ill = replace(
        WELL, sent_today=0, heard=0, unknown=9, parked=2, digest_missing=date(2026, 11, 23), tested=NOON - timedelta(9),
        last_read={"airtable": NOON - timedelta(days=2)},
        switches=dict.fromkeys(
            ["gate", "imbalance", "hard_bounces", "complaints", "provider", "writer", "researcher", "x"], "why"
        ),
    )  # fmt: skip
    found = [*alarms(ill, Watch()), failed_run("outreach", "2026-11-24", "no credits", "12 sent", "abc")]
    assert len(found) == 16
    for alarm in found:
        assert alarm.what.strip(), alarm
        assert alarm.means.endswith((".", "!")), alarm
        assert alarm.fix.strip(), alarm
        assert alarm.look.startswith("/"), alarm
    assert {alarm.severity for alarm in found} == {Severity.PAGE, Severity.WARN}

"""Alerts and notes: durable before anybody is told, told once, resolved when nobody reports them any more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from resources.ledger.ledger import Ledger
from rules.alarms import Alarm, Severity
from tests.builders import MONDAY

BOUNCES = Alarm("flag.hard_bounces", Severity.PAGE, "9 of 100 bounced", "Nothing is sent.", "Look.", "/assets/sends")
SILENCE = Alarm("silence.sends", Severity.PAGE, "none was sent", "The day is lost.", "Look.", "/jobs/outreach")
DAY = timedelta(days=1)


def told(ledger: Ledger, minutes: int) -> list[tuple[str, str, int]]:
    now = MONDAY + timedelta(minutes=minutes)
    news = ledger.alerts.to_tell(now=now, every=timedelta(hours=6))
    ledger.alerts.told(news, now=now)
    return [(one.alarm.key, one.state, one.times) for one in news]


def report(ledger: Ledger, minutes: int, *found: Alarm, within: str | None = "") -> None:
    ledger.alerts.report(found, now=MONDAY + timedelta(minutes=minutes), within=within)


@pytest.mark.rule("A12")
def test_an_alarm_is_told_once_again_after_hours_and_when_it_is_over(ledger: Ledger) -> None:
    report(ledger, 0, BOUNCES)
    assert told(ledger, 0) == [("flag.hard_bounces", "open", 1)]
    for minute in range(1, 6):
        report(ledger, minute, BOUNCES)
    assert told(ledger, 5) == []
    assert told(ledger, 361) == [("flag.hard_bounces", "open", 6)]
    report(ledger, 362)
    assert told(ledger, 362) == [("flag.hard_bounces", "resolved", 6)]
    assert told(ledger, 800) == []
    assert ledger.alerts.open() == []


def test_what_nobody_was_told_of_is_not_told_to_be_over(ledger: Ledger) -> None:
    report(ledger, 0, BOUNCES)
    report(ledger, 1)
    assert told(ledger, 1) == []


def test_an_alarm_that_comes_back_is_a_new_one(ledger: Ledger) -> None:
    report(ledger, 0, BOUNCES)
    told(ledger, 0)
    report(ledger, 1)
    told(ledger, 1)
    report(ledger, 2, replace(BOUNCES, what="20 of 100 bounced"))
    (one,) = ledger.alerts.to_tell(now=MONDAY + timedelta(minutes=2), every=DAY)
    assert (one.alarm.what, one.times, one.first_at) == ("20 of 100 bounced", 1, MONDAY + timedelta(minutes=2))


def test_what_does_not_hurry_is_told_once_while_it_lasts(ledger: Ledger) -> None:
    report(ledger, 0, replace(SILENCE, severity=Severity.WARN))
    assert told(ledger, 0) == [("silence.sends", "open", 1)]
    report(ledger, 1000, replace(SILENCE, severity=Severity.WARN))
    assert told(ledger, 1000) == []


def test_only_what_was_looked_at_is_resolved(ledger: Ledger) -> None:
    report(ledger, 0, BOUNCES, SILENCE)
    report(ledger, 1, within="silence.")
    assert [one.alarm.key for one in ledger.alerts.open()] == ["flag.hard_bounces"]
    report(ledger, 2, within=None)
    assert [one.alarm.key for one in ledger.alerts.open()] == ["flag.hard_bounces"]


def test_what_was_not_told_before_a_crash_is_told_after_it(ledger: Ledger) -> None:
    report(ledger, 0, BOUNCES)
    ledger.alerts.to_tell(now=MONDAY, every=DAY)
    assert told(ledger, 1) == [("flag.hard_bounces", "open", 1)]


def test_a_note_is_said_once(ledger: Ledger) -> None:
    assert ledger.alerts.leave_note("send.7", "3 of 5 went out", now=MONDAY)
    assert not ledger.alerts.leave_note("send.7", "again", now=MONDAY)
    assert [(note.key, note.text) for note in ledger.alerts.unsaid()] == [("send.7", "3 of 5 went out")]
    ledger.alerts.said("send.7", now=MONDAY)
    assert ledger.alerts.unsaid() == []


def test_alerts_are_in_the_journal(ledger: Ledger) -> None:
    report(ledger, 0, BOUNCES)
    report(ledger, 1)
    assert ledger.verify() == 2

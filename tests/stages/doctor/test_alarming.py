"""The doctor's lines reach the operator: once, again while they fail, and when they are well."""

from datetime import timedelta

import pytest

from resources.ledger.ledger import Ledger
from stages.doctor.alarming import report_findings
from stages.doctor.findings import fail, ok, warn
from tests.builders import MONDAY
from tests.stages.office import Office


def told(ledger: Ledger) -> list[tuple[str, str, str]]:
    return [(one.alarm.key, one.alarm.severity.value, one.state) for one in ledger.alerts.open()]


@pytest.mark.rule("B21")
@pytest.mark.rule("A12")
def test_a_line_that_is_not_ok_is_an_alarm_until_it_is_well(office: Office) -> None:
    ledger = office.ledger
    failing = fail("brevo.key", "the key was refused", "make a new one")
    report_findings(
        [failing, warn("openai.shutdown", "x ends on 11 December", "choose another")], ledger=ledger, now=MONDAY
    )
    assert told(ledger) == [("doctor.brevo.key", "page", "open"), ("doctor.openai.shutdown", "warn", "open")]

    report_findings([ok("brevo.key", "it works")], ledger=ledger, now=MONDAY + timedelta(hours=1))
    assert told(ledger) == [("doctor.openai.shutdown", "warn", "open")]


@pytest.mark.rule("B37")
def test_an_alarm_of_the_doctor_shows_no_address(office: Office) -> None:
    report_findings(
        [fail("brevo.sender", "ada@outreach.example is inactive", "confirm it")], ledger=office.ledger, now=MONDAY
    )
    (one,) = office.ledger.alerts.open()
    assert "ada@" not in one.alarm.what

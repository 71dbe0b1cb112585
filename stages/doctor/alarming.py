"""The doctor's lines as alarms: what fails hurries, what will fail is told once and stands in the digest (rule B21).

What must hold: a line that is well again resolves its alarm, and a line that was not looked at changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from resources.ledger.ledger import Ledger
from resources.redaction import redact
from rules.alarms import Alarm, Severity
from stages.doctor.findings import Finding, State

PREFIX = "doctor."


def report_findings(findings: Sequence[Finding], *, ledger: Ledger, now: datetime) -> None:
    """Open an alarm for each line that is not ok, resolve those that are well."""
    ledger.alerts.resolve([PREFIX + one.name for one in findings if one.state is State.OK], now=now)
    ledger.alerts.report([_alarm(one) for one in findings if one.state is not State.OK], now=now)


def _alarm(finding: Finding) -> Alarm:
    failing = finding.state is State.FAIL
    return Alarm(
        PREFIX + finding.name,
        Severity.PAGE if failing else Severity.WARN,
        str(redact(f"{finding.name}: {finding.sentence}.")),
        "It would not work now: what needs it stands still." if failing else "It works today and soon may not.",
        str(redact(finding.fix)),
        "/assets/service_health",
    )

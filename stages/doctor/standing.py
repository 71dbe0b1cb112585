"""What the last examination leaves behind: whether mails may reach people (design 7).

What must hold: live mode sends only after an examination without a failure, of exactly this configuration and not too
long ago; a changed configuration is passed by a person, never by the hourly canary.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from resources.ledger.ledger import Ledger
from rules.campaign import Campaign, Mode
from rules.hashing import content_hash
from stages.doctor.findings import Finding, State

PASSED: Final = "doctor.passed"
COMMAND: Final = "run `outbound doctor` and mend what it finds"


def fingerprint(campaign: Campaign) -> str:
    """A hash of everything the file says; what is left out counts as its default."""
    return content_hash(campaign.model_dump(mode="json"))


def keep_result(
    findings: Sequence[Finding], *, ledger: Ledger, campaign: Campaign, now: datetime, by_hand: bool
) -> bool:
    """Remember a whole examination that found no failure.

    Args:
        findings: Of every area.
        ledger: Where it is remembered.
        campaign: What was examined.
        now: When.
        by_hand: A person asked. The canary only renews what a person has passed.

    Returns:
        Whether it counts.
    """
    if any(finding.state is State.FAIL for finding in findings):
        return False
    print_now = fingerprint(campaign)
    before = ledger.flags.stamped(PASSED)
    if not by_hand and (before is None or before[1] != print_now):
        return False
    ledger.flags.stamp(PASSED, at=now, detail=print_now)
    return True


def why_not_live(ledger: Ledger, *, campaign: Campaign, now: datetime) -> str | None:
    """Why live mails may not go out for want of an examination; ``None`` where they may, and in every other mode."""
    if campaign.mode is not Mode.LIVE:
        return None
    passed = ledger.flags.stamped(PASSED)
    if passed is None:
        return f"live mode needs a doctor's pass: {COMMAND}"
    if passed[1] != fingerprint(campaign):
        return f"campaign.toml changed since the doctor passed it: {COMMAND}"
    days = campaign.operator.doctor_days
    if now - passed[0] > timedelta(days=days):
        return f"the doctor passed last on {passed[0]:%d %B}, over {days} days ago: {COMMAND}"
    return None

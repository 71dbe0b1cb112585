"""Live mode needs a doctor's pass: of this configuration, not too old, given by a person."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rules.failures import FailureKind, ServiceFailure
from stages.doctor.examination import AREAS, examine
from stages.doctor.findings import Finding, State, UnknownArea, fail, ok, warn
from stages.doctor.standing import fingerprint, keep_result, why_not_live
from tests.builders import campaign, prepared
from tests.stages.doctor.practice import lines, locked, practice_of
from tests.stages.office import Office, open_office

FINE = (ok("machine.disk", "much is free"), warn("chat.menu", "no menu", "set it"))
LIVE: dict[str, Any] = {"mode": "live", "sender": {"unsubscribe_url": "https://o.example/unsubscribe"}}


@pytest.mark.rule("A14")
@pytest.mark.rule("B21")
async def test_a_live_mail_waits_for_the_doctor_and_goes_once_it_passed(tmp_path: Path) -> None:
    office = open_office(tmp_path, **LIVE)
    prepared(office.ledger, 1)
    report = await office.send()
    assert office.accepted == []
    assert next(iter(report.reasons)).startswith("live mode needs a doctor's pass")
    assert keep_result(FINE, ledger=office.ledger, campaign=office.campaign, now=office.now, by_hand=True)
    await office.send()
    assert len(office.accepted) == 1
    office.close()


def test_a_failure_an_old_pass_and_a_changed_file_do_not_count(tmp_path: Path) -> None:
    office = open_office(tmp_path, **LIVE)
    plan, book = office.campaign, office.ledger

    def why(of: Any = plan) -> str | None:
        return why_not_live(book, campaign=of, now=office.now)

    broken = (*FINE, fail("airtable.token", "refused", "get one"))
    assert not keep_result(broken, ledger=book, campaign=plan, now=office.now, by_hand=True)
    assert "needs a doctor's pass" in (why() or "")
    keep_result(FINE, ledger=book, campaign=plan, now=office.now, by_hand=True)
    assert why() is None
    assert "campaign.toml changed" in (why(campaign(**LIVE, caps={"per_day": 501})) or "")
    office.later(days=7, minutes=1)
    assert "over 7 days ago" in (why() or "")
    assert why(campaign()) is None
    office.close()


def test_the_canary_renews_a_pass_and_never_gives_one(office: Office) -> None:
    def canary(of: Any) -> bool:
        return keep_result(FINE, ledger=office.ledger, campaign=of, now=office.now, by_hand=False)

    changed = campaign(caps={"per_day": 501})
    assert not canary(office.campaign)
    keep_result(FINE, ledger=office.ledger, campaign=office.campaign, now=office.now, by_hand=True)
    assert canary(office.campaign)
    assert not canary(changed)
    assert fingerprint(changed) != fingerprint(office.campaign)


@pytest.mark.rule("B21")
async def test_one_missing_key_hides_nothing_else(office: Office) -> None:
    missing = ServiceFailure.of(FailureKind.SYSTEMIC, "airtable", "missing_key", "AIRTABLE_TOKEN is not set")
    found = await lines(office, base=locked(missing))
    assert found["airtable.token"].state is State.FAIL
    assert "AIRTABLE_TOKEN is not set" in found["airtable.token"].sentence
    assert {finding.area for finding in found.values()} == {area.name for area in AREAS}


async def test_an_area_that_hangs_is_given_up_and_said(office: Office) -> None:
    @asynccontextmanager
    async def hanging() -> Any:
        await asyncio.Event().wait()
        yield

    found = await examine(practice_of(office, bot=hanging), only="chat", seconds=0.01)
    assert [(one.name, one.state) for one in found] == [("chat.bot", State.FAIL)]
    assert "no answer within" in found[0].sentence


async def test_one_line_may_be_asked_for_and_a_wrong_name_lists_the_right_ones(office: Office) -> None:
    assert list(await lines(office, only="airtable.view")) == ["airtable.view"]
    office.world.faults.arm("airtable.missing_scope")
    blocked = await lines(office, only="airtable.view")
    assert set(blocked) == {"airtable.scopes", "airtable.table"}
    with pytest.raises(UnknownArea, match=r"there is no 'airtabel'; there are settings, airtable"):
        await lines(office, only="airtabel")


def test_a_line_that_is_not_ok_has_a_fix_and_one_that_is_has_none() -> None:
    with pytest.raises(ValueError, match="a fix stands exactly beside"):
        Finding("a.b", State.OK, "fine", "but do this")
    with pytest.raises(ValueError, match="a fix stands exactly beside"):
        Finding("a.b", State.FAIL, "bad")

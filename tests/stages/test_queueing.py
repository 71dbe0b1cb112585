"""The plan of a day: every lead in it once, with its standing and the reason."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from resources.ledger.work import Item
from rules.drafting import prompt_id
from rules.failures import Failure, FailureKind
from rules.outcomes import Deferred, Failed
from stages.drafting import draft_key
from stages.queueing import kept_plan, picks, plan_day, reasons, summary
from tests.builders import DAY, MONDAY
from tests.stages.office import Office, lead, open_office


async def test_a_verified_lead_in_its_hours_is_due_for_the_opener(office: Office) -> None:
    await office.one_lead()

    row = await office.standing()

    assert (row["standing"], row["step"], row["reason"]) == ("due", "opener", "nothing was sent yet")
    assert (row["opens_at"], row["closes_at"]) == (
        datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 15, 45, tzinfo=UTC),
    )
    assert row["variant"] in ("first", "second")
    assert len(await office.picked()) == 1


@pytest.mark.rule("A6")
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Do Not Contact": True}, "the operator set do-not-contact"),
        ({"Email": "grace@freemail"}, "is not a domain name"),
        ({"Email": "grace@gmail.com"}, "the address was not verified: unverifiable"),
        ({"Attribution Override": "mismatch"}, "the address was not verified: mismatch"),
        ({"Country": "", "City": "", "Website": "https://harbour1.com"}, "nobody knows what time it is there"),
        ({"Company": "", "Website": ""}, "there is nothing to verify the address against"),
    ],
)
async def test_who_must_not_be_mailed_is_excluded_with_the_reason(
    office: Office, fields: dict[str, Any], reason: str
) -> None:
    await office.one_lead(**fields)

    row = await office.standing()

    assert row["standing"] == "excluded"
    assert reason in row["reason"]
    assert await office.picked() == []


async def test_a_lead_that_left_the_view_is_excluded(office: Office) -> None:
    record = await office.one_lead()
    office.change(record, Email=None)
    await office.receive(full=True)

    row = await office.standing()
    assert (row["standing"], row["reason"]) == ("excluded", "no longer in the view of the base")


@pytest.mark.rule("B22")
async def test_a_person_in_two_records_is_planned_once(office: Office) -> None:
    """Invariant I8: the second record is in the plan too, with the reason."""
    office.add(lead(), lead(Name="Grace again"))
    await office.receive()

    plan = (await office.plan()).frame
    assert summary(plan) == {"due": 1, "excluded": 1}
    assert next(iter(reasons(plan, ["excluded"]))).startswith("the same person as record")


@pytest.mark.rule("A5")
async def test_hours_that_begin_on_a_later_day_are_waited_for_and_nothing_is_paid(office: Office) -> None:
    office.clock.move_to(MONDAY.replace(hour=16))
    await office.one_lead()

    row = await office.standing()

    assert (row["standing"], row["from_day"]) == ("waiting", "2026-11-24")
    assert row["reason"] == "business hours there begin on a later day"
    assert (await office.outreach()).items == 0
    assert office.paid == 0


@pytest.mark.rule("A5")
@pytest.mark.rule("A13")
async def test_hours_that_begin_later_today_are_due_and_not_paid_for_yet(office: Office) -> None:
    await office.one_lead(Country="United States", State="California", City="San Francisco")

    plan = await office.plan()

    assert summary(plan.frame) == {"due": 1}
    assert plan.wake_at == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert await office.picked() == []
    office.clock.move_to(datetime(2026, 11, 23, 17, 0, tzinfo=UTC))
    assert len(await office.picked()) == 1


@pytest.mark.rule("A9")
async def test_a_company_gets_at_most_its_cap_a_day(office: Office) -> None:
    people = [lead(1, Name=f"P{number}", Email=f"p{number}@harbour1.com") for number in range(4)]
    office.add(*people)
    await office.receive()

    assert len(await office.picked()) == 2
    await office.outreach()
    assert len(office.accepted) == 1
    office.later(minutes=10)
    await office.send()
    assert len(office.accepted) == 2

    plan = (await office.plan()).frame
    assert summary(plan) == {"sent": 2, "waiting": 2}
    assert reasons(plan, ["waiting"]) == {"the company's cap for today is reached": 2}


@pytest.mark.rule("A9")
async def test_no_more_is_paid_for_than_the_caps_let_out_now(tmp_path: Path) -> None:
    office = open_office(tmp_path, caps={"per_hour": 3})
    office.add(*(lead(number) for number in range(6)))
    await office.receive()

    rows = await office.picked()
    assert len(rows) == 3
    await office.research(rows)
    await office.draft(rows)
    assert await office.picked() == []
    assert office.paid == 6
    office.close()


async def test_a_limit_asked_for_by_an_operator_only_lowers_the_number(office: Office) -> None:
    office.add(*(lead(number) for number in range(4)))
    await office.receive()
    plan = (await office.plan()).frame

    def number(limit: int) -> int:
        return len(picks(plan, ledger=office.ledger, campaign=office.campaign, now=office.now, limit=limit))

    assert (number(2), number(0), number(400)) == (2, 0, 4)


def failed(kind: FailureKind) -> Failed:
    return Failed(Failure(kind, "openai", "x", "it broke"))


@pytest.mark.rule("B4")
@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    ("kind", "standing_then"),
    [
        (FailureKind.TRANSIENT, "excluded"),
        (FailureKind.SYSTEMIC, "due"),
        (FailureKind.FLOW_CONTROL, "due"),
    ],
)
async def test_only_an_items_own_failures_use_up_its_attempts(
    office: Office, kind: FailureKind, standing_then: str
) -> None:
    """A week without money must not exclude whoever stood first in the queue."""
    record = await office.one_lead()
    item = Item("drafts", draft_key(record, "opener", prompt_id(office.campaign)), "h", DAY, record)
    for number in range(5):
        office.ledger.work.record(item, failed(kind), now=MONDAY + timedelta(hours=number))

    row = await office.standing()
    assert row["standing"] == standing_then
    if standing_then == "excluded":
        assert row["reason"] == "the draft was refused: given up after 5 attempts"


@pytest.mark.rule("B29")
async def test_waiting_for_money_uses_up_no_attempts(office: Office) -> None:
    record = await office.one_lead()
    item = Item("drafts", draft_key(record, "opener", prompt_id(office.campaign)), "h", DAY, record)
    for number in range(9):
        moment = MONDAY + timedelta(hours=number)
        office.ledger.work.record(item, Deferred("the day's budget is spent", moment), now=moment)
    office.ledger.work.record(item, failed(FailureKind.TRANSIENT), now=MONDAY + timedelta(hours=10))

    assert (await office.standing())["standing"] == "due"


@pytest.mark.rule("B28")
async def test_a_plan_is_kept_as_it_was_made(office: Office) -> None:
    """Invariant I11: a past day's plan is read back, never made again."""
    office.add(lead(1), lead(2, Country="Japan", City="Tokyo"), lead(3, Email="no address"))
    await office.receive()
    plan = await office.plan()

    assert kept_plan(office.ledger, DAY).equals(plan.frame)
    assert kept_plan(office.ledger, "2026-11-22").is_empty()
    office.later(days=1)
    await office.plan()
    assert kept_plan(office.ledger, DAY).equals(plan.frame)


async def test_priority_decides_who_comes_first_and_hostile_numbers_do_not(office: Office) -> None:
    office.add(lead(1), lead(2, Priority=5), lead(3, Priority=-1), lead(4, Priority=0))
    await office.receive()

    people = {row["lead_id"]: row["company"] for row in (await office.judged()).iter_rows(named=True)}
    order = [people[row] for row in (await office.plan()).frame["lead_id"]]
    assert (order[0], order[-1]) == ("Harbour 2 Works", "Harbour 3 Works")


async def test_an_empty_list_makes_an_empty_plan(office: Office) -> None:
    await office.receive()
    planned = plan_day(await office.judged(), ledger=office.ledger, campaign=office.campaign, now=office.now)

    assert (planned.frame.height, planned.wake_at) == (0, None)
    assert (await office.send()).items == 0

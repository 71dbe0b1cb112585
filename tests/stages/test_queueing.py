"""The plan of a day: every lead in it once, with its standing and the reason."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.ledger.work import Item
from rules.drafting import prompt_id
from rules.failures import Failure, FailureKind
from rules.hashing import address_hash
from rules.outcomes import Deferred, Failed
from stages.drafting import draft_key
from stages.engagement import EVENTS_STAMP, REPLIES_STAMP, pull_events
from stages.queueing import kept_plan, picks, plan_day, reasons, summary
from stages.replying import pull_replies
from tests.builders import DAY, MONDAY, PEPPER, state_of
from tests.stages.office import Office, lead, open_office


async def standing(office: Office) -> dict[str, Any]:
    """The one lead's row of today's plan."""
    (row,) = (await office.plan()).frame.iter_rows(named=True)
    return row


async def listen(office: Office) -> None:
    await pull_events(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )
    await pull_replies(
        office.mailbox, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )


async def one_lead(office: Office, **fields: Any) -> str:
    (record,) = office.add(lead(**fields))
    await office.receive()
    return record


async def test_a_verified_lead_in_its_hours_is_due_for_the_opener(office: Office) -> None:
    await one_lead(office)

    row = await standing(office)

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
    await one_lead(office, **fields)

    row = await standing(office)

    assert row["standing"] == "excluded"
    assert reason in row["reason"]
    assert await office.picked() == []


async def test_a_lead_that_left_the_view_is_excluded(office: Office) -> None:
    record = await one_lead(office)
    office.change(record, Email=None)
    await office.receive(full=True)

    row = await standing(office)
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
    await one_lead(office)

    row = await standing(office)

    assert (row["standing"], row["from_day"]) == ("waiting", "2026-11-24")
    assert row["reason"] == "business hours there begin on a later day"
    assert (await office.outreach()).items == 0
    assert office.paid == 0


@pytest.mark.rule("A5")
@pytest.mark.rule("A13")
async def test_hours_that_begin_later_today_are_due_and_not_paid_for_yet(office: Office) -> None:
    await one_lead(office, Country="United States", State="California", City="San Francisco")

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


@pytest.mark.rule("A10")
async def test_a_whole_sequence_goes_out_on_its_days(office: Office) -> None:
    await one_lead(office)
    sent: list[int] = []
    for day in (0, 3, 6, 7, 8, 13, 14, 15, 21):
        office.clock.move_to(MONDAY + timedelta(days=day))
        await office.receive(full=True)
        await listen(office)
        await office.outreach()
        if len(office.accepted) > len(sent):
            sent.append(day)

    assert sent == [0, 7, 14]  # day 6 is a Sunday
    assert (await standing(office))["standing"] == "finished"
    subjects = [mail.mail.subject for mail in office.world.provider.mails.values()]
    assert subjects[1:] == [f"Re: {subjects[0]}"] * 2
    first = next(iter(office.world.provider.mails))
    headers = [mail.mail.headers.get("In-Reply-To") for mail in office.world.provider.mails.values()]
    assert headers == [None, first, first]


@pytest.mark.rule("A10")
@pytest.mark.rule("B7")
@pytest.mark.parametrize("stamp", [EVENTS_STAMP, REPLIES_STAMP])
async def test_deaf_ears_hold_every_follow_up(office: Office, stamp: str) -> None:
    await one_lead(office)
    await office.outreach()
    office.clock.move_to(MONDAY + timedelta(days=7))
    await listen(office)
    assert (await standing(office))["standing"] == "due"

    office.ledger.flags.stamp(stamp, at=office.now - timedelta(hours=27))
    row = await standing(office)

    assert row["standing"] == "waiting"
    assert row["reason"].endswith("were last read 27 hours ago: a follow-up needs fresh ears")


@pytest.mark.rule("A10")
async def test_a_follow_up_waits_for_the_delivery_of_the_mail_before(office: Office) -> None:
    await one_lead(office)
    office.world.script("grace@harbour1.com", "soft_bounce")
    await office.outreach()
    office.clock.move_to(MONDAY + timedelta(days=7))
    await listen(office)

    row = await standing(office)
    assert (row["standing"], row["reason"]) == ("waiting", "the opener was not seen delivered")


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    "fate",
    ["hard_bounce", "invalid", "blocked", "complaint", "unsubscribe", "reply_positive", "reply_refusal", "error"],
)
async def test_whatever_comes_back_ends_the_sequence(office: Office, fate: str) -> None:
    await one_lead(office)
    office.world.script("grace@harbour1.com", fate, after=timedelta(hours=1))
    await office.outreach()

    for day in (1, 7, 14, 21):
        office.clock.move_to(MONDAY + timedelta(days=day))
        await listen(office)
        await office.outreach()

    assert len(office.accepted) == 1
    assert (await standing(office))["standing"] == "excluded"


async def test_an_absence_only_postpones(office: Office) -> None:
    await one_lead(office)
    until = MONDAY + timedelta(days=3)
    fact = Suppression(
        "address", address_hash("grace@harbour1.com", PEPPER), SuppressionReason.OUT_OF_OFFICE, MONDAY, "reply", "r",
        until,
    )  # fmt: skip
    office.ledger.suppressions.add([fact], now=MONDAY)

    row = await standing(office)
    assert (row["standing"], row["reason"], row["from_day"]) == ("excluded", "suppressed: out_of_office", "2026-11-26")
    office.clock.move_to(until)
    assert (await standing(office))["standing"] == "due"


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Do_Not_Contact": True}, "the operator set do-not-contact"),
        ({"Attribution_Override": "mismatch"}, "the address was not verified: mismatch"),
        ({"Email": "hopper@harbour1.com"}, "the address on the record was changed"),
        ({"Email": None}, "no longer in the view of the base"),
    ],
)
async def test_a_mail_that_waits_is_withdrawn_when_the_operator_changes_the_record(
    office: Office, fields: dict[str, Any], reason: str
) -> None:
    """Invariant I2: do-not-contact counts for what is already written, too."""
    record = await one_lead(office)
    rows = await office.picked()
    await office.research(rows)
    await office.draft(rows)
    (send,) = office.ledger.sends.ready(now=office.now)

    office.later(minutes=5)
    office.change(record, **fields)
    await office.receive(full=True)
    await office.plan()
    await office.send()

    assert state_of(office.ledger, send["send_key"]) == "cancelled"
    assert "grace@harbour1.com" not in office.accepted
    assert [entry for entry in office.ledger.story(record) if reason in entry["detail"]]


async def test_what_was_withdrawn_is_planned_anew_and_costs_nothing_again(office: Office) -> None:
    record = await one_lead(office)
    rows = await office.picked()
    await office.research(rows)
    await office.draft(rows)
    paid = office.paid
    office.later(minutes=5)
    office.change(record, Do_Not_Contact=True)
    await office.receive(full=True)
    await office.outreach()
    office.later(minutes=5)
    office.change(record, Do_Not_Contact=None)
    await office.receive(full=True)

    await office.outreach()

    assert (office.accepted, office.paid) == (["grace@harbour1.com"], paid)


async def test_a_mail_held_over_a_long_weekend_is_planned_anew(office: Office) -> None:
    """Invariant I9: written on Friday afternoon, held by a pause, its slot passed; the lead is not lost."""
    office.clock.move_to(datetime(2026, 11, 27, 14, 0, tzinfo=UTC))
    await one_lead(office)
    rows = await office.picked()
    await office.research(rows)
    await office.draft(rows)
    paid = office.paid

    office.clock.move_to(datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    await office.outreach()
    assert office.accepted == []
    await office.outreach()

    assert (office.accepted, office.paid) == (["grace@harbour1.com"], paid)


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
    record = await one_lead(office)
    item = Item("drafts", draft_key(record, "opener", prompt_id(office.campaign)), "h", DAY, record)
    for number in range(5):
        office.ledger.work.record(item, failed(kind), now=MONDAY + timedelta(hours=number))

    row = await standing(office)
    assert row["standing"] == standing_then
    if standing_then == "excluded":
        assert row["reason"] == "the draft was refused: given up after 5 attempts"


@pytest.mark.rule("B29")
async def test_waiting_for_money_uses_up_no_attempts(office: Office) -> None:
    record = await one_lead(office)
    item = Item("drafts", draft_key(record, "opener", prompt_id(office.campaign)), "h", DAY, record)
    for number in range(9):
        moment = MONDAY + timedelta(hours=number)
        office.ledger.work.record(item, Deferred("the day's budget is spent", moment), now=moment)
    office.ledger.work.record(item, failed(FailureKind.TRANSIENT), now=MONDAY + timedelta(hours=10))

    assert (await standing(office))["standing"] == "due"


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

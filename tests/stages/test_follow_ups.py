"""Follow-ups: on their days, after a delivery, with fresh ears, and over as soon as anything comes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resources.ledger.suppressions import Suppression, SuppressionReason
from rules.hashing import address_hash
from stages.engagement import EVENTS_STAMP, REPLIES_STAMP
from tests.builders import MONDAY, PEPPER, state_of
from tests.stages.office import Office


@pytest.mark.rule("A10")
async def test_a_whole_sequence_goes_out_on_its_days(office: Office) -> None:
    await office.one_lead()
    sent: list[int] = []
    for day in (0, 3, 6, 7, 8, 13, 14, 15, 21):
        office.clock.move_to(MONDAY + timedelta(days=day))
        await office.receive(full=True)
        await office.listen()
        await office.outreach()
        if len(office.accepted) > len(sent):
            sent.append(day)

    assert sent == [0, 7, 14]  # day 6 is a Sunday
    assert (await office.standing())["standing"] == "finished"
    subjects = [mail.mail.subject for mail in office.world.provider.mails.values()]
    assert subjects[1:] == [f"Re: {subjects[0]}"] * 2
    first = next(iter(office.world.provider.mails))
    headers = [mail.mail.headers.get("In-Reply-To") for mail in office.world.provider.mails.values()]
    assert headers == [None, first, first]


@pytest.mark.rule("A10")
@pytest.mark.rule("B7")
@pytest.mark.parametrize("stamp", [EVENTS_STAMP, REPLIES_STAMP])
async def test_deaf_ears_hold_every_follow_up(office: Office, stamp: str) -> None:
    await office.one_lead()
    await office.outreach()
    office.clock.move_to(MONDAY + timedelta(days=7))
    await office.listen()
    assert (await office.standing())["standing"] == "due"

    office.ledger.flags.stamp(stamp, at=office.now - timedelta(hours=27))
    row = await office.standing()

    assert row["standing"] == "waiting"
    assert row["reason"].endswith("were last read 27 hours ago: a follow-up needs fresh ears")


@pytest.mark.rule("A10")
async def test_a_follow_up_waits_for_the_delivery_of_the_mail_before(office: Office) -> None:
    await office.one_lead()
    office.world.script("grace@harbour1.com", "soft_bounce")
    await office.outreach()
    office.clock.move_to(MONDAY + timedelta(days=7))
    await office.listen()

    row = await office.standing()
    assert (row["standing"], row["reason"]) == ("waiting", "the opener was not seen delivered")


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    "fate",
    ["hard_bounce", "invalid", "blocked", "complaint", "unsubscribe", "reply_positive", "reply_refusal", "error"],
)
async def test_whatever_comes_back_ends_the_sequence(office: Office, fate: str) -> None:
    await office.one_lead()
    office.world.script("grace@harbour1.com", fate, after=timedelta(hours=1))
    await office.outreach()

    for day in (1, 7, 14, 21):
        office.clock.move_to(MONDAY + timedelta(days=day))
        await office.listen()
        await office.outreach()

    assert len(office.accepted) == 1
    assert (await office.standing())["standing"] == "excluded"


async def test_an_absence_only_postpones(office: Office) -> None:
    await office.one_lead()
    until = MONDAY + timedelta(days=3)
    fact = Suppression(
        "address", address_hash("grace@harbour1.com", PEPPER), SuppressionReason.OUT_OF_OFFICE, MONDAY, "reply", "r",
        until,
    )  # fmt: skip
    office.ledger.suppressions.add([fact], now=MONDAY)

    row = await office.standing()
    assert (row["standing"], row["reason"], row["from_day"]) == ("excluded", "suppressed: out_of_office", "2026-11-26")
    office.clock.move_to(until)
    assert (await office.standing())["standing"] == "due"


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
    record = await office.one_lead()
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
    record = await office.one_lead()
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
    await office.one_lead()
    rows = await office.picked()
    await office.research(rows)
    await office.draft(rows)
    paid = office.paid

    office.clock.move_to(datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    await office.outreach()
    assert office.accepted == []
    await office.outreach()

    assert (office.accepted, office.paid) == (["grace@harbour1.com"], paid)

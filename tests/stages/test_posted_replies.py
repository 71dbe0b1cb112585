"""Replies that are posted instead of fetched, obeyed once; and who hears of wrong companies."""

import json
from typing import Any

import pytest

from resources.ledger.inbox import InboxSource
from rules.failures import ServiceFailure
from sandbox.brevo.parsing import item
from stages.replying import WRONG_COMPANY, pull_replies, reply_frame
from tests.builders import DAY, PEPPER
from tests.stages.office import Office, lead
from tests.stages.test_replying import arrives, facts, sent

INBOUND = InboxSource.BREVO_INBOUND


async def read(office: Office) -> Any:
    return await pull_replies(
        office.mailbox, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )


def post(office: Office, raw: bytes) -> None:
    office.ledger.inbox.keep(INBOUND, json.dumps({"items": [item(raw)]}).encode(), now=office.now)


async def test_a_posted_reply_is_obeyed_and_is_the_same_message_as_the_fetched_one(office: Office) -> None:
    message = await sent(office)
    arrives(office, "Not interested", In_Reply_To=message)
    (letter,) = office.world.mailbox
    post(office, letter.raw)

    report = await read(office)

    assert dict(report.new) == {"refusal": 1}
    assert reply_frame(office.ledger, DAY).height == 1
    assert facts(office) == {("address", "refused"), ("company", "colleague_replied")}
    assert office.ledger.inbox.counts(INBOUND) == {"applied": 1}


@pytest.mark.rule("B23")
async def test_a_body_nobody_can_read_is_parked_with_the_reason_and_the_next_one_is_read(office: Office) -> None:
    message = await sent(office)
    office.ledger.inbox.keep(INBOUND, b"not json", now=office.now)
    arrives(office, "Not interested", In_Reply_To=message)
    (letter,) = office.world.mailbox
    post(office, letter.raw)

    report = await read(office)

    assert (report.parked, dict(report.new)) == (1, {"refusal": 1})
    assert office.ledger.inbox.counts(INBOUND) == {"applied": 1, "parked": 1}


async def test_what_was_posted_is_obeyed_even_when_the_mailbox_is_away(office: Office) -> None:
    message = await sent(office)
    arrives(office, "Not interested", In_Reply_To=message)
    (letter,) = office.world.mailbox
    post(office, letter.raw)
    office.world.faults.arm("mailbox.login_refused")

    with pytest.raises(ServiceFailure):
        await read(office)

    assert ("address", "refused") in facts(office)


@pytest.mark.rule("A6")
@pytest.mark.rule("A12")
async def test_who_says_that_it_is_not_their_company_is_judged_anew_and_the_operator_hears_of_it(
    office: Office,
) -> None:
    office.add(lead(1, Email="grace@elsewhere1.com"), lead(1, Email="ada@elsewhere1.com", Name="Ada L"))
    office.world.script_attribution("Harbour 1 Works", "elsewhere1.com", "match")
    await office.receive()
    assert [row["verdict"] for row in (await office.people()).values()] == ["match", "match"]
    await office.outreach()
    writer = office.accepted[0]
    office.later(hours=2)
    arrives(office, "I don't work for that company.", sender=writer)

    await read(office)

    (first,) = [row["lead_id"] for row in (await office.people()).values() if row["address"] == writer]
    (alert,) = [one.alarm for one in office.ledger.alerts.open()]
    assert (alert.key, first in alert.what) == (WRONG_COMPANY, True)
    people = await office.people()
    assert (people[first]["verdict"], people[first]["verdict_reason"]) == (
        "mismatch",
        "the recipient answered that this is not their company",
    )
    office.change(first, Attribution_Override="match")
    await office.receive()
    assert (await office.people())[first]["verdict"] == "match"

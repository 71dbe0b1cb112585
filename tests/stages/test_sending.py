"""Sending: claim, durable intent, exactly one request of what was approved, record."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from resources.ledger.gate import Witness
from resources.mail_provider.gateway import OutgoingMail
from rules.hashing import idempotency_key
from rules.outcomes import State
from stages.sending import send_due, send_frame
from tests.builders import DAY, MONDAY, prepared, state_of
from tests.stages.doubles import BAD_ADDRESS, failing
from tests.stages.office import Office, states


async def test_what_goes_out_is_what_was_approved(office: Office) -> None:
    """Invariant I4: subject, text and recipient of the approved draft, with the headers that let people leave."""
    send = prepared(office.ledger, in_reply_to="<first@relay>")

    report = await office.send()

    assert (report.counts[State.DONE], report.items, report.systemic) == (1, 1, None)
    (mail,) = office.world.provider.mails.values()
    assert (mail.mail.subject, mail.mail.text) == (send.mail.subject, send.mail.text)
    assert [(person.email, person.name) for person in mail.mail.to] == [("person1@firm1.example", "Person 1")]
    assert mail.mail.tags == (send.send_key,)
    assert mail.mail.headers["In-Reply-To"] == "<first@relay>"
    assert f"?t={send.send_key}." in mail.mail.headers["List-Unsubscribe"]
    assert idempotency_key(send.send_key) in office.world.provider.keys
    (row,) = office.ledger.sends.of_day(DAY)
    assert (row["state"], row["message_id"]) == ("accepted", mail.message_id)


@pytest.mark.rule("A7")
async def test_the_intent_is_durable_before_the_request_begins(office: Office) -> None:
    """Invariant I5."""
    send = prepared(office.ledger)
    postman, provider = failing(office)

    async def look(mail: OutgoingMail) -> None:
        assert mail.send_key == send.send_key
        (row,) = office.ledger.sends.of_day(DAY)
        assert (row["state"], row["intent_at"]) == ("sending", MONDAY)

    postman.before = look
    await office.send(provider)
    assert len(postman.asked) == 1


@pytest.mark.rule("A7")
async def test_the_witness_knows_of_an_intent_before_the_request_begins(office: Office) -> None:
    """Else a backup made while this process is sending could be restored unnoticed and send the rest again."""
    prepared(office.ledger)
    postman, provider = failing(office)

    async def look(_: OutgoingMail) -> None:
        recalled = Witness(office.ledger.place.witness).recall()
        assert recalled is not None
        assert [entry["seq"] for entry in office.ledger.story("rec1")][-1] == recalled.seq

    postman.before = look
    await office.send(provider)
    assert len(postman.asked) == 1


async def test_a_process_that_slept_between_intent_and_request_does_not_ask(office: Office) -> None:
    """Its guards are old: somebody may have unsubscribed, the window may be closed (I2, I3)."""
    send = prepared(office.ledger)
    sleeper = Sleeper(office)

    report = await send_due(replace(office.sender(), clock=sleeper))

    assert (office.accepted, state_of(office.ledger, send.send_key)) == ([], "ready")
    assert "the sender slept from 10:00:00 on" in next(iter(report.reasons))
    await office.send()
    assert office.accepted == [send.address]


class Sleeper:
    """A clock of a process that is stopped for two minutes right after its first intent."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def now(self) -> datetime:
        if states(self._office)["sending"]:
            self._office.later(minutes=2)
        return self._office.now

    async def sleep(self, seconds: float) -> None:
        self._office.later(seconds=seconds)


async def test_follow_ups_go_before_openers(office: Office) -> None:
    opener, bump = prepared(office.ledger, 1), prepared(office.ledger, 2, step="bump")

    await send_due(office.sender(), limit=1)

    assert office.accepted == [bump.address]
    assert state_of(office.ledger, opener.send_key) == "ready"


async def test_a_mail_written_after_midnight_stands_under_the_day_it_was_planned_for(office: Office) -> None:
    late = prepared(office.ledger, 1, now=MONDAY + timedelta(hours=20))

    frame = send_frame(office.ledger, DAY)

    assert frame.select("send_key", "day").rows() == [(late.send_key, DAY)]


async def test_the_table_shows_every_send_of_the_day_and_no_address(office: Office) -> None:
    """Invariant I8: each send is one row, whatever became of it."""
    for number in range(4):
        prepared(office.ledger, number)
    prepared(office.ledger, 9, kind="digest", step="day")
    office.later(minutes=5)
    await office.send(failing(office, BAD_ADDRESS)[1])

    frame = send_frame(office.ledger, DAY)

    assert frame["state"].value_counts().sort("state").rows() == [("accepted", 3), ("rejected", 1)]
    assert set(frame.filter(frame["state"] == "accepted")["lateness_minutes"]) == {5.0}
    assert "@" not in frame.drop("message_id").write_csv()

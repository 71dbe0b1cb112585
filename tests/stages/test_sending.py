"""Sending: claim, durable intent, exactly one request, record; whatever goes wrong, never a second request."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from resources.ledger.flags import FlagName
from resources.ledger.gate import Witness
from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.mail_provider.gateway import MailProvider, OutgoingMail
from rules.hashing import idempotency_key
from rules.outcomes import State
from stages.engagement import pull_events
from stages.sending import send_due, send_frame
from tests.builders import DAY, HOUR, MONDAY, PEPPER, claimed, prepared, state_of, used
from tests.stages.doubles import BAD_ADDRESS, CONNECT_REFUSED, TOO_FAST, Postman
from tests.stages.office import Office, open_office, resumed


def failing(office: Office, *failures: BaseException) -> tuple[Postman, MailProvider]:
    postman = Postman(office.provider, *failures)
    return postman, cast("MailProvider", postman)


def states(office: Office) -> Counter[str]:
    return Counter(row["state"] for row in office.ledger.sends.of_day(DAY))


async def hear(office: Office, **span: float) -> None:
    """Let the provider's events come."""
    office.later(**(span or {"minutes": 10}))
    await pull_events(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )


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


@pytest.mark.parametrize(
    ("fault", "state"), [("brevo.accepted_without_id", "unknown"), ("brevo.accepted_other_id", "accepted")]
)
async def test_an_answer_without_the_right_id_is_put_right_by_the_events(
    office: Office, fault: str, state: str
) -> None:
    """Else its bounces and its delivery would belong to nobody, and its sequence would wait for ever."""
    prepared(office.ledger)
    office.world.faults.arm(fault, count=1)
    await office.send()
    assert states(office) == {state: 1}

    await hear(office, minutes=20)

    (row,) = office.ledger.sends.of_day(DAY)
    (mail,) = office.world.provider.mails.values()
    assert (row["state"], row["message_id"]) == ("accepted", mail.message_id)
    await hear(office, minutes=20)
    assert office.ledger.verify() > 0


async def test_a_refused_mail_is_rejected_and_the_others_go_on(office: Office) -> None:
    for number in range(3):
        prepared(office.ledger, number)

    report = await office.send(failing(office, BAD_ADDRESS)[1])

    assert states(office) == {"rejected": 1, "accepted": 2}
    assert report.counts[State.REJECTED] == 1
    assert report.systemic is None
    assert office.ledger.sends.counts(now=office.now, day=DAY).today == 2


@pytest.mark.parametrize("fault", ["brevo.accepted_then_502", "brevo.accepted_then_lost"])
async def test_a_mail_taken_behind_a_broken_answer_is_found_by_its_event_and_never_sent_again(
    office: Office, fault: str
) -> None:
    """Invariant I1."""
    send = prepared(office.ledger)
    office.world.faults.arm(fault, count=1)

    report = await office.send()
    assert (report.counts[State.FAILED], states(office)) == (1, {"unknown": 1})
    await office.send()
    assert len(office.accepted) == 1

    await hear(office, minutes=20)

    (row,) = office.ledger.sends.of_day(DAY)
    (mail,) = office.world.provider.mails.values()
    assert (row["state"], row["message_id"]) == ("accepted", mail.message_id)
    for _ in range(50):
        office.later(hours=1)
        await office.send()
    assert office.accepted == [send.address]


async def test_a_mail_that_was_lost_is_presumed_sent_after_a_day_and_never_sent_again(office: Office) -> None:
    prepared(office.ledger)
    office.world.faults.arm("brevo.lost", count=1)
    await office.send()

    for _ in range(5 * 24):
        await hear(office, hours=1)
        await office.send()

    assert (states(office), office.accepted) == ({"presumed": 1}, [])
    assert [entry["kind"] for entry in office.ledger.story("rec1")][-1] == "send.presumed"


async def test_a_connection_never_made_leaves_the_mail_ready(office: Office) -> None:
    """Provably not accepted: nothing went over the wire."""
    send = prepared(office.ledger)

    report = await office.send(failing(office, CONNECT_REFUSED)[1])

    assert (states(office), report.counts[State.DEFERRED]) == ({"ready": 1}, 1)
    assert used(office.ledger, now=office.now, day=DAY) == (0, 0)
    assert (await office.send()).items == 0
    office.later(minutes=1)
    await office.send()
    assert office.accepted == [send.address]


@pytest.mark.rule("B4")
async def test_a_rate_limit_ends_the_run_without_an_alarm_and_without_a_breaker(office: Office) -> None:
    for number in range(3):
        prepared(office.ledger, number)

    report = await office.send(failing(office, TOO_FAST)[1])

    assert (states(office), report.systemic, office.ledger.flags.raised()) == ({"ready": 3}, None, [])
    assert (report.items, report.conserved) == (3, True)
    office.later(minutes=3)
    await office.send()
    assert len(office.accepted) == 3


@pytest.mark.rule("A3")
@pytest.mark.rule("B19")
async def test_no_credits_stops_the_stage_at_the_first_mail_and_latches_until_somebody_resumes(office: Office) -> None:
    for number in range(25):
        prepared(office.ledger, number)
    office.world.faults.arm("brevo.no_credits_402")

    report = await office.send()

    assert report.systemic is not None
    assert (report.items, report.conserved) == (25, True)
    assert office.world.tally.requests["brevo|POST /v3/smtp/email"] == 1
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.PROVIDER]
    office.world.faults.disarm()
    office.later(hours=1)
    await office.send()
    assert (office.accepted, states(office)) == ([], {"ready": 25})

    assert resumed(office) == ["provider"]
    office.later(hours=1)
    await office.send()
    assert len(office.accepted) == 25


async def test_items_a_stop_left_out_say_why(office: Office) -> None:
    for number in range(25):
        prepared(office.ledger, number)
    office.world.faults.arm("brevo.key_revoked")

    report = await office.send()

    skipped = {reason: count for reason, count in report.reasons.items() if reason.startswith("the stage was stopped")}
    assert sum(skipped.values()) == 24


@pytest.mark.rule("A1")
@pytest.mark.rule("A5")
async def test_a_window_that_closes_between_draft_and_sending_holds_the_mail_until_it_opens(office: Office) -> None:
    """Invariant I3: a quarter before five is too late, nine the next morning is not."""
    office.clock.move_to(MONDAY.replace(hour=15, minute=46))
    send = prepared(office.ledger, now=office.now)

    report = await office.send()

    assert (office.accepted, states(office)) == ([], {"ready": 1})
    assert next(iter(report.reasons)).startswith("Mon 16:46 in Europe/Berlin")
    office.clock.move_to(datetime(2026, 11, 24, 7, 59, 59, tzinfo=UTC))
    assert (await office.send()).items == 0
    office.clock.move_to(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    await office.send()
    assert office.accepted == [send.address]


@pytest.mark.rule("A10")
async def test_a_suppression_between_claim_and_intent_is_obeyed(office: Office) -> None:
    """Invariant I2: both are claimed together; while the first goes out, the second unsubscribes."""
    first, second = sorted((prepared(office.ledger, 1), prepared(office.ledger, 2)), key=lambda send: send.send_key)
    postman, provider = failing(office)

    async def unsubscribe(_: OutgoingMail) -> None:
        assert state_of(office.ledger, second.send_key) == "claimed"
        fact = Suppression("address", second.address_hash, SuppressionReason.UNSUBSCRIBED, office.now, "page", "1")
        office.ledger.suppressions.add([fact], now=office.now)

    postman.before = unsubscribe
    await office.send(provider)

    assert office.accepted == [first.address]
    assert state_of(office.ledger, second.send_key) == "cancelled"


async def test_a_do_not_contact_that_is_read_between_claim_and_intent_is_obeyed(office: Office) -> None:
    """Invariant I2: the flag is in the ledger before the next plan is made."""
    first, second = sorted((prepared(office.ledger, 1), prepared(office.ledger, 2)), key=lambda send: send.send_key)
    postman, provider = failing(office)

    async def read_the_base(_: OutgoingMail) -> None:
        fields = {"Email": second.address, "Do Not Contact": True}
        office.ledger.records.receive(
            [(second.lead_id, fields)], now=office.now, day=DAY, complete=False, barred={second.lead_id}
        )

    postman.before = read_the_base
    await office.send(provider)

    assert office.accepted == [first.address]
    (row,) = [row for row in office.ledger.sends.of_day(DAY) if row["send_key"] == second.send_key]
    assert (row["state"], row["reason"]) == ("cancelled", "the operator set do-not-contact")
    office.ledger.records.receive(
        [(second.lead_id, {"Email": second.address})], now=office.now, day=DAY, complete=False
    )
    prepared(office.ledger, 2)
    await office.send()
    assert office.accepted == [first.address, second.address], "it was unticked again, and written anew"


@pytest.mark.rule("A9")
async def test_caps_hold_within_a_run_and_over_runs(tmp_path: Path) -> None:
    """Invariant I7."""
    office = open_office(tmp_path, caps={"per_hour": 5, "per_day": 12})
    for number in range(30):
        prepared(office.ledger, number)
    sent = []
    for _ in range(12 * 6):
        await office.send()
        sent.append(len(office.accepted))
        office.later(minutes=10)

    assert sent[0] == 5
    assert sent[5] == 5
    assert max(sent) == 12
    times = [mail.at for mail in office.world.provider.mails.values()]
    assert all(sum(1 for other in times if at - HOUR < other <= at) <= 5 for at in times)
    office.close()


@pytest.mark.rule("A9")
async def test_the_ramp_counts_days_on_which_anything_was_sent(tmp_path: Path) -> None:
    office = open_office(tmp_path, caps={"ramp": [1, 2]})
    sent = []
    for day in range(4):
        office.clock.move_to(MONDAY + timedelta(days=day))
        for number in range(5):
            prepared(office.ledger, 10 * day + number, now=office.now)
        await office.send()
        sent.append(len(office.accepted))

    assert sent == [1, 3, 15, 20]
    office.close()


async def test_follow_ups_go_before_openers(office: Office) -> None:
    opener, bump = prepared(office.ledger, 1), prepared(office.ledger, 2, step="bump")

    await send_due(office.sender(), limit=1)

    assert office.accepted == [bump.address]
    assert state_of(office.ledger, opener.send_key) == "ready"


async def test_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    office = open_office(tmp_path, mode="dry_run", sender={"unsubscribe_url": "https://outreach.example/u"})
    prepared(office.ledger)

    report = await office.send()

    assert (dict(report.reasons), office.accepted) == ({"dry run: nothing is sent": 1}, [])
    assert "brevo|POST /v3/smtp/email" not in office.world.tally.requests
    office.close()


async def test_a_restored_ledger_sends_nothing(office: Office) -> None:
    prepared(office.ledger)
    await office.send()
    office.ledger.place.witness.unlink()
    prepared(office.ledger, 2)

    report = await office.send()

    assert len(office.accepted) == 1
    assert "the ledger's witness is gone" in next(iter(report.reasons))


async def test_a_run_that_is_cancelled_during_a_call_does_not_know_what_became_of_it(office: Office) -> None:
    prepared(office.ledger)

    with pytest.raises(asyncio.CancelledError):
        await office.send(failing(office, asyncio.CancelledError())[1])

    assert states(office) == {"unknown": 1}


@pytest.mark.rule("B5")
async def test_a_sender_that_dies_during_a_call_leaves_an_unknown_outcome(office: Office) -> None:
    """The process is gone between intent and record; the next run finds the lease run out (I1)."""
    prepared(office.ledger)
    with pytest.raises(KeyboardInterrupt):
        await office.send(failing(office, KeyboardInterrupt())[1])
    assert states(office) == {"sending": 1}

    await office.send()
    assert states(office) == {"sending": 1}
    office.later(minutes=6)
    await office.send()

    assert (states(office), office.accepted) == ({"unknown": 1}, [])


@pytest.mark.rule("B5")
async def test_a_sender_that_dies_before_its_intent_has_asked_nobody(office: Office) -> None:
    send = claimed(office.ledger)
    assert (await office.send()).items == 0

    office.later(minutes=6)
    await office.send()

    assert office.accepted == [send.address]


@pytest.mark.rule("B3")
async def test_an_exception_nobody_knows_is_never_repeated_for_a_send(office: Office) -> None:
    prepared(office.ledger)
    postman, provider = failing(office, RuntimeError("from a library"))

    report = await office.send(provider)
    await office.send(provider)

    assert (states(office), report.counts[State.FAILED], len(postman.asked)) == ({"unknown": 1}, 1, 1)


async def test_a_mail_written_too_long_ago_is_withdrawn_not_sent_in_a_burst(office: Office) -> None:
    send = prepared(office.ledger)
    office.later(days=2, minutes=1)

    await office.send()

    assert (office.accepted, state_of(office.ledger, send.send_key)) == ([], "cancelled")


async def test_the_table_shows_every_send_of_the_day_and_no_address(office: Office) -> None:
    """Invariant I8: each send is one row, whatever became of it."""
    for number in range(4):
        prepared(office.ledger, number)
    prepared(office.ledger, 9, kind="digest", step="day")
    office.later(minutes=5)
    await office.send(failing(office, BAD_ADDRESS)[1])

    frame = send_frame(office.ledger, office.campaign, DAY)

    assert frame["state"].value_counts().sort("state").rows() == [("accepted", 3), ("rejected", 1)]
    assert set(frame.filter(frame["state"] == "accepted")["lateness_minutes"]) == {5.0}
    assert "@" not in frame.drop("message_id").write_csv()


@pytest.mark.rule("B19")
async def test_a_pause_costs_a_glance_and_writes_no_journal(office: Office) -> None:
    """A weekend of ticks over hundreds of waiting mails must not fill the journal with the same reason."""
    for number in range(30):
        prepared(office.ledger, number)
    office.ledger.flags.raise_flag(FlagName.PAUSE, reason="lunch", actor="ada", now=office.now)
    before = office.ledger.verify()

    report = await office.send()

    assert (report.items, dict(report.reasons)) == (30, {"pause: lunch": 30})
    assert office.ledger.verify() == before


async def test_a_switch_thrown_during_a_run_stops_it_at_the_next_mail(office: Office) -> None:
    for number in range(5):
        prepared(office.ledger, number)
    postman, provider = failing(office)

    async def pause(_: OutgoingMail) -> None:
        office.ledger.flags.raise_flag(FlagName.PAUSE, reason="now", actor="ada", now=office.now)

    postman.before = pause
    await office.send(provider)

    assert len(office.accepted) == 1
    assert states(office) == {"accepted": 1, "ready": 4}

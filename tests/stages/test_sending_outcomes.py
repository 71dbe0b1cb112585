"""What becomes of a request that went wrong: rejected, ready, unknown or presumed, and never a second request."""

import asyncio

import pytest

from rules.outcomes import State
from tests.builders import DAY, claimed, prepared, used
from tests.stages.doubles import BAD_ADDRESS, CONNECT_REFUSED, TOO_FAST, failing
from tests.stages.office import Office, states


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

    office.later(minutes=20)
    await office.hear()

    (row,) = office.ledger.sends.of_day(DAY)
    (mail,) = office.world.provider.mails.values()
    assert (row["state"], row["message_id"]) == ("accepted", mail.message_id)
    office.later(minutes=20)
    await office.hear()
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

    office.later(minutes=20)
    await office.hear()

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
        office.later(hours=1)
        await office.hear()
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

"""Processes that are stopped and wake again, and several at once on one ledger."""

from collections import Counter
from datetime import timedelta

import pytest

from rules.sending import SendState
from tests.processes.crew import PAST_THE_LEASE, Crew
from tests.processes.town import LIES

TWO_MINUTES = timedelta(minutes=2)


@pytest.mark.slow
@pytest.mark.rule("A7")
@pytest.mark.rule("B5")
def test_a_sender_stopped_past_its_lease_at_the_socket_is_not_sent_for_by_another(crew: Crew) -> None:
    """SIGSTOP between intent and call, the lease runs out, another sender works, SIGCONT: one mail, and it is known."""
    crew.write(2)
    asleep = crew.worker(waits="request")
    assert asleep.told() == "request"
    asleep.stop()
    crew.town.later(PAST_THE_LEASE)
    crew.write(1)
    assert crew.worker().ended()["done"] >= 1
    assert Counter(crew.states().values())[SendState.UNKNOWN] == 1

    asleep.door.send("wake")
    asleep.go_on()

    assert asleep.ended()["done"] >= 1
    assert crew.audit() == {SendState.ACCEPTED: 3}


@pytest.mark.slow
@pytest.mark.rule("B5")
@pytest.mark.parametrize(
    ("span", "then"), [(TWO_MINUTES, SendState.ACCEPTED), (PAST_THE_LEASE, SendState.PRESUMED)], ids=["short", "long"]
)
def test_a_sender_that_slept_after_its_intent_does_not_ask_any_more(
    on_file: Crew, span: timedelta, then: SendState
) -> None:
    """It sees at the last moment that time has passed; a lease that ran out meanwhile leaves the mail unknown."""
    on_file.write(1)
    asleep = on_file.worker(waits="intent")
    assert asleep.told() == "intent"
    asleep.stop()
    on_file.town.later(span)
    if then is SendState.PRESUMED:
        on_file.worker().ended()
    asleep.door.send("wake")
    asleep.go_on()

    assert asleep.ended()["deferred"] == 1
    assert on_file.town.outbox() == {}
    assert on_file.settle() == {then: 1}


@pytest.mark.slow
@pytest.mark.rule("A7")
@pytest.mark.rule("A9")
def test_three_senders_at_once_share_the_caps_and_send_each_mail_once(crew: Crew) -> None:
    """Two of them meet a provider that lies; the day's cap counts what nobody knows, too."""
    crew.write(30)
    caps = {"caps": {"per_hour": 1_000, "per_day": 20, "company_minutes": 0}, "breakers": {"unclear_in_a_row": 1_000}}
    crew.town.lie([LIES["5xx after acceptance"], LIES["dropped before acceptance"]], probability=0.2)
    workers = [crew.worker(campaign=caps) for _ in range(3)]

    reports = [worker.ended() for worker in workers]

    assert all(isinstance(report, dict) for report in reports), reports
    stood = crew.audit()
    assert stood[SendState.ACCEPTED] + stood[SendState.UNKNOWN] == 20
    assert sum(crew.town.outbox().values()) <= 20

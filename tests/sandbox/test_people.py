"""What recipients do with mails: bounces, opt-outs, answers, scanners, working hours."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import Fate, Habits, World
from sandbox.world.mail import Correspondent, EventKind, MailEvent
from tests.sandbox.test_world import LAST_WORDS, MONDAY, a_mail

ANSWERS = [fate for fate in Fate if fate.value.startswith("reply_")]


def kinds_of(world: World, address: str) -> list[EventKind]:
    return [event.kind for event in world.provider.events if event.email == address]


def test_an_address_that_bounced_once_is_blocked_ever_after() -> None:
    world = World(3, start=MONDAY)
    world.script("gone@c.example", Fate.HARD_BOUNCE)
    for _ in range(2):
        world.accept(a_mail("gone@c.example"))
        world.advance(timedelta(days=1))
    assert kinds_of(world, "gone@c.example") == [
        EventKind.REQUESTS,
        EventKind.HARD_BOUNCE,
        EventKind.REQUESTS,
        EventKind.BLOCKED,
    ]
    assert world.provider.blocked["gone@c.example"].code == "hardBounce"


@pytest.mark.parametrize(
    ("fate", "code"),
    [(Fate.UNSUBSCRIBE, "unsubscribedViaEmail"), (Fate.COMPLAINT, "contactFlaggedAsSpam")],
)
def test_who_opts_out_is_blocked_and_answers_no_more(fate: Fate, code: str) -> None:
    world = World(3, start=MONDAY)
    world.script("ann@c.example", fate, on_mail=1)
    world.script("ann@c.example", Fate.REPLY_POSITIVE, on_mail=1, after=timedelta(days=5))
    world.accept(a_mail("ann@c.example"))
    world.advance(timedelta(days=9))
    assert world.provider.blocked["ann@c.example"].code == code
    assert len(world.mailbox) == 0


@pytest.mark.parametrize("fate", ANSWERS)
def test_an_answer_reaches_the_mailbox_once_even_if_follow_ups_are_sent(fate: Fate) -> None:
    world = World(3, start=MONDAY)
    world.script("ann@c.example", fate)
    for _ in range(3):
        world.accept(a_mail("ann@c.example"))
        world.advance(timedelta(days=7))
    expected = 3 if fate is Fate.REPLY_NEUTRAL else 1
    assert len(world.mailbox) == expected


@given(st.lists(st.sampled_from(list(Fate)), min_size=1, max_size=4), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_whatever_is_scripted_the_log_stays_in_order_and_complete(fates: list[Fate], seed: int) -> None:
    world = World(seed, start=MONDAY)
    for fate in fates:
        world.script("ann@c.example", fate)
    world.accept(a_mail("ann@c.example"))
    world.advance(timedelta(days=40))
    instants = [event.at for event in world.provider.events]
    assert instants == sorted(instants)
    assert not world.pending
    assert sum(event.kind in LAST_WORDS for event in world.provider.events) == 1


def test_a_scanner_follows_every_link_within_seconds_of_delivery() -> None:
    world = World(3, start=MONDAY)
    world.script("ann@c.example", Fate.SCANNER)
    world.accept(a_mail("ann@c.example"))
    world.advance(timedelta(days=1))
    by_kind: dict[EventKind, MailEvent] = {event.kind: event for event in world.provider.events}
    assert by_kind[EventKind.CLICK].at - by_kind[EventKind.DELIVERED].at < timedelta(seconds=10)


def test_people_answer_mostly_on_weekdays() -> None:
    world = World(5, start=MONDAY, habits=Habits(replies=1.0))
    for number in range(300):
        world.settle(f"p{number}@c{number}.example", country="Germany")
        world.accept(a_mail(f"p{number}@c{number}.example"))
    world.advance(timedelta(days=20))
    days = [letter.received_at.weekday() for letter in world.mailbox if b"\nAuto-Submitted" not in letter.raw]
    assert len(days) > 100
    assert sum(day < 5 for day in days) / len(days) > 0.9


def test_a_sender_that_is_not_valid_is_accepted_and_fails_afterwards() -> None:
    world = World(3, start=MONDAY)
    world.accept(a_mail("ann@c.example", sender=Correspondent("eve@elsewhere.example")))
    world.advance(timedelta(hours=1))
    assert kinds_of(world, "ann@c.example") == [EventKind.REQUESTS, EventKind.ERROR]
    assert "eve@elsewhere.example is not valid" in world.provider.events[-1].reason

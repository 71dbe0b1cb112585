"""The checkers I1 to I5 and I7: silent over a lawful history, and not over one that is broken in one place."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from simulation import facts
from simulation.checkers import at_most_once, business_hours, caps, content, intent_first, suppressed
from simulation.history import History, fingerprint
from tests.simulation.hand_made import TEXT, TUESDAY, Hand, changed, said_by, without


def lawful() -> History:
    """Two mails to two people, well apart."""
    hand = Hand()
    hand.mail(1)
    hand.later(hours=2).mail(2)
    return hand.end(hours=30)


def test_a_lawful_history_is_in_order() -> None:
    for module in (at_most_once, suppressed, business_hours, content, intent_first, caps):
        assert module.check(lawful()) == []
        assert module.check(History()) == []


# I1


def test_a_second_acceptance_of_a_step_is_a_double_whatever_its_key() -> None:
    hand = Hand()
    hand.mail(1)
    hand.later(days=1).approve(1, key="another-key")
    hand.take("another-key", settled=False)
    assert said_by(at_most_once.check, hand.history) == [
        "person1@firm1.example got the opener twice: first at 2026-11-24 09:00:00Z"
    ]


def test_the_same_address_in_capitals_is_the_same_person() -> None:
    hand = Hand()
    key = hand.mail(1)
    hand.take(key, settled=False, address="Person1@Firm1.example")
    assert len(at_most_once.check(hand.history)) == 1


def test_the_next_step_of_a_sequence_is_no_double() -> None:
    hand = Hand()
    hand.mail(1)
    hand.later(days=6).mail(1, step="bump", known=False)
    assert at_most_once.check(hand.history) == []


@pytest.mark.parametrize("after", ["ready", "claimed", "cancelled"])
@pytest.mark.parametrize("before", ["unknown", "presumed", "accepted"])
def test_what_was_asked_for_is_not_given_back_by_guess(before: str, after: str) -> None:
    hand = Hand()
    hand.state("k", before, after)
    assert "may go out again" in said_by(at_most_once.check, hand.history)[0]
    told = Hand()
    told.add(facts.OperatorActed, action="resolve", about="k", detail="not sent, again")
    told.state("k", before, after)
    assert at_most_once.check(told.history) == []


def test_a_request_that_never_left_may_be_made_again() -> None:
    hand = Hand()
    hand.state("k", "sending", "ready")
    assert at_most_once.check(hand.history) == []


# I2


def _suppressed(whom: str, *, kind: str = "address", until: datetime | None = None) -> History:
    hand = Hand()
    hand.person(1)
    hand.add(facts.SuppressionDurable, kind=kind, whom=whom, key=whom, reason="replied", source="mailbox", until=until)
    hand.later(minutes=5).mail(1)
    return hand.history


def test_a_request_after_a_suppression_of_the_address_or_the_company_is_wrong() -> None:
    assert "person1@firm1.example was suppressed" in said_by(suppressed.check, _suppressed("person1@firm1.example"))[0]
    assert "firm1.example was suppressed" in said_by(suppressed.check, _suppressed("firm1.example", kind="company"))[0]
    assert suppressed.check(_suppressed("person2@firm2.example")) == []


def test_a_suppression_that_passed_holds_nobody_back_and_one_that_lasts_does() -> None:
    assert suppressed.check(_suppressed("person1@firm1.example", until=TUESDAY + timedelta(minutes=1))) == []
    assert suppressed.check(_suppressed("person1@firm1.example", until=TUESDAY + timedelta(days=1)))


def test_a_suppression_after_the_request_or_a_breath_before_it_is_in_order() -> None:
    hand = Hand()
    hand.person(1)
    whom = "person1@firm1.example"
    hand.add(facts.SuppressionDurable, kind="address", whom=whom, key="h", reason="replied", source="mailbox")
    hand.later(seconds=1).mail(1)
    assert suppressed.check(hand.history) == []


def test_do_not_contact_holds_from_the_end_of_an_intake_that_began_after_it() -> None:
    hand = Hand()
    hand.person(1)
    hand.add(facts.ProcessStarted, job="intake", partition="d", today="d", who="intake-1#1")
    hand.add(facts.OperatorActed, action="do_not_contact", about="rec1", detail="person1@firm1.example")
    hand.add(facts.ProcessEnded, how="done", who="intake-1#1")
    hand.mail(1)
    assert suppressed.check(hand.history) == []
    hand.add(facts.ProcessStarted, job="intake", partition="d", today="d", who="intake-1#2")
    hand.add(facts.ProcessEnded, how="done", who="intake-1#2")
    hand.later(days=6).mail(1, step="bump", known=False)
    assert "do-not-contact was read" in said_by(suppressed.check, hand.history)[0]


def test_only_a_person_takes_a_suppression_back() -> None:
    def lifted(*, by_hand: bool) -> History:
        hand = Hand()
        hand.person(1)
        whom = "person1@firm1.example"
        hand.add(facts.SuppressionDurable, kind="address", whom=whom, key="h", reason="replied", source="mailbox")
        if by_hand:
            hand.add(facts.OperatorActed, action="lift", about=whom)
        hand.add(facts.SuppressionLifted, kind="address", whom=whom, key="h", reason="replied")
        hand.later(hours=1).mail(1)
        return hand.history

    assert suppressed.check(lifted(by_hand=True)) == []
    assert "was lifted, and by no person" in said_by(suppressed.check, lifted(by_hand=False))[0]


# I3


@pytest.mark.parametrize(
    ("at", "known", "why"),
    [
        (datetime(2026, 11, 22, 10, tzinfo=UTC), {}, "day off"),
        (datetime(2026, 12, 25, 10, tzinfo=UTC), {}, "day off"),
        (datetime(2027, 1, 6, 10, tzinfo=UTC), {"subdivision": "BY"}, "day off"),
        (datetime(2026, 11, 20, 8, tzinfo=UTC), {"zones": ("Asia/Riyadh",), "country": "SA"}, "day off"),
        (datetime(2026, 11, 24, 7, 59, tzinfo=UTC), {}, "outside"),
        (datetime(2026, 11, 24, 15, 46, tzinfo=UTC), {}, "outside"),
        (datetime(2026, 11, 24, 19, tzinfo=UTC), {"zones": ("Asia/Singapore",), "country": "SG"}, "outside"),
        (TUESDAY, {"zones": ("Europe/Berlin", "America/New_York")}, "outside"),
        (TUESDAY, {"zones": ()}, "nobody knows what time"),
    ],
)
def test_a_request_at_the_wrong_time_of_its_reader_is_wrong(at: datetime, known: dict[str, Any], why: str) -> None:
    hand = Hand(at=at)
    hand.mail(1, **known)
    assert why in said_by(business_hours.check, hand.history)[0]


@pytest.mark.parametrize(
    ("at", "known"),
    [
        (datetime(2026, 11, 22, 8, tzinfo=UTC), {"zones": ("Asia/Riyadh",), "country": "SA"}),
        (datetime(2027, 1, 6, 10, tzinfo=UTC), {}),
        (datetime(2026, 11, 24, 15, 44, tzinfo=UTC), {}),
        (datetime(2026, 7, 1, 7, tzinfo=UTC), {}),
    ],
)
def test_a_request_at_a_good_time_is_in_order(at: datetime, known: dict[str, Any]) -> None:
    hand = Hand(at=at)
    hand.mail(1, **known)
    assert business_hours.check(hand.history) == []


def test_strangers_and_the_senders_own_holidays() -> None:
    hand = Hand()
    hand.approve(1)
    hand.ask("opener-1")
    assert "nobody knows who" in said_by(business_hours.check, hand.history)[0]
    closed = changed(lawful(), facts.RunStarted, closed_days=(date(2026, 11, 24),))
    assert len(business_hours.check(closed)) == 2


def test_the_digest_goes_to_its_operator_at_any_hour() -> None:
    hand = Hand(at=datetime(2026, 11, 22, 5, tzinfo=UTC))
    hand.ask("digest", address="me@us.example", text="")
    assert business_hours.check(hand.history) == content.check(hand.history) == []


# I4


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"fingerprint": fingerprint("Your support", "something else")}, "not the approved one"),
        ({"subject": "  "}, "without a subject"),
        ({"text": "\n"}, "without a subject or a text"),
        ({"address": "person2@firm2.example"}, "approved for"),
        ({"html": '<a href="https://elsewhere.example/x">here</a>'}, "links to elsewhere.example"),
    ],
)
def test_what_goes_out_is_what_was_approved(said: dict[str, Any], why: str) -> None:
    assert why in said_by(content.check, changed(lawful(), facts.RequestStarted, **said))[0]


@pytest.mark.parametrize("gap", ["{{name}}", "{first_name}", "[First Name]", "Dear None,", "<<company>>", "undefined"])
def test_an_approved_mail_with_a_gap_in_it_is_wrong_too(gap: str) -> None:
    text = TEXT.replace("a thought", gap)
    hand = Hand()
    hand.person(1)
    key = hand.approve(1, text=text)
    hand.ask(key, text=text)
    assert "gap" in said_by(content.check, hand.history)[0]


def test_an_invented_link_and_a_mail_that_nobody_approved() -> None:
    hand = Hand()
    hand.mail(1)
    text = TEXT + " https://casino.example"
    key = hand.approve(2, text=text)
    hand.ask(key, number=2, text=text)
    hand.ask("nobody's", number=3)
    first, second = said_by(content.check, hand.history)
    assert "links to casino.example" in first
    assert "nobody approved" in second


def test_what_the_provider_took_is_held_against_the_approval_as_well() -> None:
    broken = changed(lawful(), facts.ProviderAccepted, fingerprint=fingerprint("Your support", "cut o"))
    assert "not the approved one" in said_by(content.check, broken)[0]


# I5


def test_a_request_needs_an_intent_of_its_own_before_it() -> None:
    assert "without a durable intent" in said_by(intent_first.check, without(lawful(), facts.IntentDurable))[0]
    hand = Hand()
    key = hand.mail(1)
    hand.ask(key)
    assert len(intent_first.check(hand.history)) == 1


def test_an_intent_after_the_call_comes_too_late() -> None:
    hand = Hand()
    key = hand.approve(1)
    hand.ask(key)
    hand.intend(key)
    assert "without a durable intent" in said_by(intent_first.check, hand.history)[0]


def test_an_acceptance_that_nobody_asked_for() -> None:
    assert "nobody asked for" in said_by(intent_first.check, without(lawful(), facts.RequestStarted))[0]


def test_an_epoch_is_used_once_unless_the_ledger_was_put_back() -> None:
    hand = Hand()
    key = hand.mail(1)
    hand.intend(key, epoch=2)
    hand.ask(key)
    assert intent_first.check(hand.history) == []
    hand.intend(key, epoch=2)
    assert "used for a second intent" in said_by(intent_first.check, hand.history)[0]
    restored = Hand()
    key = restored.mail(1)
    restored.add(facts.LedgerReplaced, how="restored", since=TUESDAY - timedelta(days=1))
    restored.intend(key, epoch=1)
    assert intent_first.check(restored.history) == []


# I7


def test_each_cap_is_counted() -> None:
    hand = Hand()
    for number in (1, 2, 3):
        hand.mail(number)
        hand.later(minutes=25)
    assert said_by(caps.check, hand.history) == ["3 mails in sixty minutes, at most 2 were allowed"]
    hand.later(hours=2).mail(4)
    assert said_by(caps.check, hand.history)[1:] == ["4 mails on 2026-11-24, at most 3 were allowed"]


def test_a_company_has_its_own_cap() -> None:
    hand = Hand()
    for number in (1, 2, 3):
        hand.mail(number, company="one.example")
        hand.later(hours=1, seconds=1)
    assert said_by(caps.check, hand.history) == ["3 mails to one.example on 2026-11-24, at most 2 were allowed"]


def test_the_ramp_counts_days_on_which_anything_was_tried() -> None:
    hand = Hand()
    hand.add(facts.CapsInForce, per_hour=10, per_day=10, ramp=(1, 2), per_company_per_day=5)
    hand.mail(1)
    hand.later(days=1).mail(2)
    hand.mail(3)
    assert caps.check(hand.history) == []
    hand.mail(4)
    assert said_by(caps.check, hand.history) == ["3 mails on 2026-11-25, at most 2 were allowed"]


def test_what_was_refused_or_lost_used_nothing_up_and_a_day_is_the_operators() -> None:
    hand = Hand(at=datetime(2026, 11, 24, 22, 30, tzinfo=UTC))
    for number in (1, 2, 3):
        key = hand.approve(number)
        hand.intend(key, number=number)
        hand.ask(key, number=number)
        hand.state(key, "sending", "unknown")
    hand.mail(4)
    assert caps.check(hand.history) == []
    hand.later(hours=1).mail(5)
    hand.later(hours=1).mail(6)
    hand.later(hours=1).mail(7)
    assert caps.check(hand.history) == []


def test_other_caps_hold_from_their_moment_on() -> None:
    hand = Hand()
    hand.mail(1)
    hand.later(hours=2).add(facts.CapsInForce, per_hour=2, per_day=1, ramp=(), per_company_per_day=2)
    hand.mail(2)
    assert said_by(caps.check, hand.history) == ["2 mails on 2026-11-24, at most 1 were allowed"]


def test_a_process_keeps_to_the_limits_it_began_with_and_the_next_one_does_not() -> None:
    """One that stood still while its operator lowered the caps read them when it began."""
    hand = Hand()
    hand.mail(1)
    hand.add(facts.ProcessStarted, job="outreach", partition="2026-11-24", today="2026-11-24", who="outreach-1#2")
    hand.later(hours=2).add(facts.CapsInForce, per_hour=2, per_day=1, ramp=(), per_company_per_day=2)
    hand.intend(hand.approve(2), number=2, who="outreach-1#2")
    hand.take("opener-2", number=2, settled=False)
    assert caps.check(hand.history) == []
    hand.add(facts.ProcessStarted, job="outreach", partition="2026-11-24", today="2026-11-24", who="outreach-1#3")
    hand.intend(hand.approve(3), number=3, who="outreach-1#3")
    hand.take("opener-3", number=3, settled=False)
    assert said_by(caps.check, hand.history) == ["3 mails on 2026-11-24, at most 1 were allowed"]


def test_nothing_is_sent_while_a_switch_stops_it() -> None:
    hand = Hand()
    hand.add(facts.SwitchChanged, name="writer", on=True, reason="no credits")
    hand.mail(1)
    assert caps.check(hand.history) == []
    hand.later(hours=2).add(facts.SwitchChanged, name="pause", on=True, reason="looking")
    hand.mail(2)
    assert "pause stops sending: looking" in said_by(caps.check, hand.history)[0]
    off = Hand()
    off.add(facts.SwitchChanged, name="pause", on=True, reason="looking")
    off.add(facts.SwitchChanged, name="pause", on=False, reason="looked")
    off.mail(1)
    assert caps.check(off.history) == []

"""What the intent transaction knows when it decides: facts read inside it, so that nothing can slip in between."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from resources.ledger.flags import STOPS_SENDING, FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.schema import send
from resources.ledger.sends import Claim
from resources.ledger.suppressions import Suppression, SuppressionReason
from rules.business_hours import BusinessHours
from rules.hashing import address_hash
from rules.holidays_calendar import STANDARD_CALENDAR
from rules.mail import Mail
from rules.sending import Answer, Decision, SendFacts, SendPolicy, may_send
from tests.builders import BERLIN, DAY, HOUR, MONDAY, PEPPER, claimed, new_send, prepared, sending, state_of, used

POLICY = SendPolicy(
    BusinessHours(), STANDARD_CALENDAR, hour_cap=5, day_cap=8, company_cap=2, next_day=MONDAY + timedelta(days=1)
)


def facts_of(ledger: Ledger, claim: Claim) -> SendFacts:
    """What the guard is given; the send goes back to ready."""
    seen: list[SendFacts] = []

    def look(facts: SendFacts) -> Decision:
        seen.append(facts)
        return Decision.later("only looking", MONDAY)

    ledger.sends.intend(claim, now=MONDAY, day=DAY, decide=look)
    return seen[0]


def suppressed(
    number: int, reason: SuppressionReason = SuppressionReason.UNSUBSCRIBED, *, days: int = 0
) -> Suppression:
    key = address_hash(f"person{number}@firm{number}.example", PEPPER)
    until = MONDAY + timedelta(days=days) if days else None
    return Suppression("address", key, reason, MONDAY, "test", f"{number}", until)


def test_a_mail_nobody_objects_to_is_seen_as_it_is(ledger: Ledger) -> None:
    assert facts_of(ledger, claimed(ledger)) == SendFacts(
        now=MONDAY, places=BERLIN, suppressed=None, suppressed_until=None, halted=None, content_matches=True,
        in_last_hour=0, today=0, company_today=0, ready_at=MONDAY,
    )  # fmt: skip


@pytest.mark.rule("A10")
def test_a_suppression_that_came_after_the_claim_is_seen(ledger: Ledger, second: Ledger) -> None:
    """Invariant I2: between claim and intent somebody else's word arrives."""
    claim = claimed(ledger)
    second.suppressions.add([suppressed(1)], now=MONDAY)

    decision = ledger.sends.intend(claim, now=MONDAY, day=DAY, decide=lambda facts: may_send(facts, POLICY))

    assert decision == Decision.never("unsubscribed")
    assert state_of(ledger, claim.send_key) == "cancelled"


def test_a_word_of_a_colleague_pauses_the_company_until_it_passes(ledger: Ledger) -> None:
    until = MONDAY + timedelta(days=14)
    pause = Suppression("company", "firm1.example", SuppressionReason.COLLEAGUE_REPLIED, MONDAY, "reply", "r1", until)
    ledger.suppressions.add([pause], now=MONDAY)

    facts = facts_of(ledger, claimed(ledger))
    assert (facts.suppressed, facts.suppressed_until) == ("colleague_replied", until)
    assert may_send(facts, POLICY) == Decision.later("colleague_replied", until)


def test_the_suppression_for_good_counts_before_one_that_passes(ledger: Ledger) -> None:
    ledger.suppressions.add([suppressed(1, SuppressionReason.OUT_OF_OFFICE, days=3)], now=MONDAY)
    claim = claimed(ledger)
    ledger.suppressions.add([suppressed(1, SuppressionReason.COMPLAINT)], now=MONDAY)

    facts = facts_of(ledger, claim)
    assert (facts.suppressed, facts.suppressed_until) == ("complaint", None)


def test_a_passed_absence_is_no_objection(ledger: Ledger) -> None:
    ledger.suppressions.add([suppressed(1, SuppressionReason.OUT_OF_OFFICE, days=3)], now=MONDAY)
    claim = claimed(ledger, now=MONDAY + timedelta(days=4))

    decision = ledger.sends.intend(
        claim, now=MONDAY + timedelta(days=4), day="2026-11-27", decide=lambda facts: may_send(facts, POLICY)
    )
    assert decision == Decision.go()


@pytest.mark.rule("B19")
@pytest.mark.parametrize("name", list(FlagName))
def test_a_switch_thrown_after_the_claim_stops_the_mail(ledger: Ledger, second: Ledger, name: FlagName) -> None:
    claim = claimed(ledger)
    second.flags.raise_flag(name, reason="because", actor="operator", now=MONDAY)

    halted = facts_of(ledger, claim).halted
    assert halted == (f"{name.value}: because" if name in STOPS_SENDING else None)


@pytest.mark.rule("A9")
def test_caps_are_counted_inside_the_transaction_across_processes(ledger: Ledger, second: Ledger) -> None:
    """Invariant I7: each sees what the other has just decided."""
    claims = [claimed(book, number) for number, book in enumerate([ledger, second] * 4)]
    books = [second, ledger] * 4

    decisions = [
        book.sends.intend(claim, now=MONDAY, day=DAY, decide=lambda facts: may_send(facts, POLICY))
        for book, claim in zip(books, claims, strict=True)
    ]

    assert [decision.answer for decision in decisions] == [Answer.GO] * 5 + [Answer.LATER] * 3
    assert decisions[5] == Decision.later("the hour's cap of 5 is reached", MONDAY + timedelta(minutes=10))
    assert used(ledger, now=MONDAY, day=DAY) == (5, 5)


def test_an_hour_is_sixty_minutes_and_a_day_is_the_operators(ledger: Ledger) -> None:
    sending(ledger, 1, now=MONDAY - HOUR)
    sending(ledger, 2, now=MONDAY - HOUR + timedelta(seconds=1))
    sending(ledger, 3, now=MONDAY - timedelta(days=1), day="2026-11-22")

    facts = facts_of(ledger, claimed(ledger, 4))
    assert (facts.in_last_hour, facts.today) == (1, 2)
    assert used(ledger, now=MONDAY, day=DAY) == (1, 2)


@pytest.mark.rule("A9")
def test_an_unknown_outcome_uses_up_the_caps_and_a_refusal_does_not(ledger: Ledger) -> None:
    broken, refused = sending(ledger, 1), sending(ledger, 2)
    ledger.sends.unknown(broken, reason="the connection broke", now=MONDAY)
    ledger.sends.rejected(refused, reason="400", now=MONDAY)

    facts = facts_of(ledger, claimed(ledger, 3))
    assert (facts.in_last_hour, facts.today) == (1, 1)


def test_the_operators_own_mail_uses_up_no_cap(ledger: Ledger) -> None:
    sending(ledger, 1, kind="digest")

    assert facts_of(ledger, claimed(ledger, 2)).today == 0
    assert ledger.sends.ready(now=MONDAY + timedelta(days=1))[0]["kind"] == "outreach"


def test_a_company_is_counted_over_all_its_people(ledger: Ledger) -> None:
    for number in (1, 2):
        sending(ledger, number, company_key="firm.example")

    facts = facts_of(ledger, claimed(ledger, 3, company_key="firm.example"))
    assert facts.company_today == 2
    assert may_send(facts, POLICY) == Decision.later("the company's cap of 2 a day is reached", POLICY.next_day)


@pytest.mark.parametrize("changed", ["in the database", "on the way"])
def test_what_is_not_what_was_approved_is_seen(ledger: Ledger, changed: str) -> None:
    """Invariant I4: the content is compared by its hash in the transaction that decides."""
    claim = claimed(ledger)
    if changed == "in the database":
        with ledger.transactions.write() as (connection, _):
            connection.execute(update(send).values(body="Buy now."))
    else:
        claim = replace(claim, mail=Mail("Another subject", claim.mail.text))

    facts = facts_of(ledger, claim)
    assert not facts.content_matches
    assert may_send(facts, POLICY).answer is Answer.NEVER


@pytest.mark.rule("A4")
@pytest.mark.parametrize(("subject", "body"), [("", "text"), ("  ", "text"), ("subject", ""), ("subject", "   ")])
def test_the_database_itself_refuses_half_a_mail(ledger: Ledger, subject: str, body: str) -> None:
    key = prepared(ledger).send_key
    with pytest.raises(IntegrityError), ledger.transactions.write() as (connection, _):
        connection.execute(update(send).where(send.c.send_key == key).values(subject=subject, body=body))


def test_the_database_itself_refuses_an_acceptance_without_a_message_id(ledger: Ledger) -> None:
    key = prepared(ledger).send_key
    with pytest.raises(IntegrityError), ledger.transactions.write() as (connection, _):
        connection.execute(update(send).where(send.c.send_key == key).values(state="accepted"))


@pytest.mark.rule("A7")
def test_the_database_itself_refuses_a_second_mail_to_a_person_for_a_step(ledger: Ledger) -> None:
    """Invariant I1: under another key, from another record, for the same address."""
    prepared(ledger, 1)
    twin = new_send(2, address="person1@firm1.example", send_key="spring.opener.other")

    assert ledger.sends.prepare([twin], now=MONDAY) == 0
    assert ledger.sends.prepare([new_send(1, step="bump")], now=MONDAY) == 1
    with pytest.raises(IntegrityError), ledger.transactions.write() as (connection, _):
        connection.execute(update(send).values(step="opener"))

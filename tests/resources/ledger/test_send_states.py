"""The send protocol, state by state: every operation on every state either does its transition or does nothing.

What must hold: only what was provably never asked for can become ready, and an outcome once known is never lost.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from resources.ledger.fake.ledger import FakeLedger
from resources.ledger.ledger import Ledger
from resources.ledger.resolutions import UNRESOLVED, Word
from resources.ledger.sends import LEASE, Claim
from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.ledger.unknowns import UnknownSend
from rules.sending import Decision, SendState
from tests.builders import (
    DAY,
    HOUR,
    MONDAY,
    accepted,
    claimed,
    go,
    new_send,
    prepared,
    send_row,
    sending,
    state_of,
    used,
)

LATER = MONDAY + LEASE + timedelta(seconds=1)
"""When every lease has run out."""

READY, CLAIMED, SENDING = SendState.READY, SendState.CLAIMED, SendState.SENDING
ACCEPTED, REJECTED, UNKNOWN = SendState.ACCEPTED, SendState.REJECTED, SendState.UNKNOWN
PRESUMED, CANCELLED = SendState.PRESUMED, SendState.CANCELLED


def put(ledger: Ledger, number: int, state: SendState) -> Claim:
    """A send in a state, reached the way it is reached in life; with the claim of its last holder."""
    if state in (READY, CANCELLED):
        send = prepared(ledger, number)
        if state is CANCELLED:
            assert ledger.sends.cancel([send.send_key], reason="withdrawn", actor="operator", now=MONDAY) == 1
        return Claim(send.send_key, 0, send.step, send.lead_id, send.address, send.to_name, send.mail, None)
    if state is CLAIMED:
        return claimed(ledger, number)
    if state is ACCEPTED:
        return accepted(ledger, number)
    claim = sending(ledger, number)
    if state is REJECTED:
        ledger.sends.rejected(claim, reason="400", now=MONDAY)
    if state in (UNKNOWN, PRESUMED):
        ledger.sends.unknown(claim, reason="the connection broke", now=MONDAY)
    if state is PRESUMED:
        item = UnknownSend(claim.send_key, claim.lead_id, "", MONDAY, 3)
        ledger.sends.looked_up(item, message_id=None, now=MONDAY + timedelta(days=1))
    return claim


def look_up(ledger: Ledger, claim: Claim, *, message_id: str | None, days: int = 0) -> None:
    item = UnknownSend(claim.send_key, claim.lead_id, "", MONDAY, 0)
    ledger.sends.looked_up(item, message_id=message_id, now=MONDAY + timedelta(days=days))


def suppress(ledger: Ledger, claim: Claim) -> None:
    key = send_row(ledger, claim.send_key)["address_hash"]
    fact = Suppression("address", key, SuppressionReason.UNSUBSCRIBED, MONDAY, "test", claim.send_key)
    ledger.suppressions.add([fact], now=MONDAY)


def intend(decision: Decision) -> Callable[[Ledger, Claim], object]:
    return lambda ledger, claim: ledger.sends.intend(claim, now=MONDAY, day=DAY, decide=lambda _: decision)


def resolved(word: Word, *, message_id: str | None = None) -> Callable[[Ledger, Claim], object]:
    def say(ledger: Ledger, claim: Claim) -> None:
        for state in UNRESOLVED:
            ledger.sends.resolve(
                claim.send_key, word=word, before=state, message_id=message_id, actor="ada", now=LATER
            )  # fmt: skip

    return say


Operation = Callable[[Ledger, Claim], object]

OPERATIONS: dict[str, tuple[Operation, dict[SendState, SendState]]] = {
    "claim": (
        lambda ledger, claim: ledger.sends.claim([claim.send_key], holder="other", now=MONDAY),
        {READY: CLAIMED},
    ),
    "claim by another after every lease ran out": (
        lambda ledger, claim: ledger.sends.claim([claim.send_key], holder="other", now=LATER),
        {READY: CLAIMED},
    ),
    "intend, go": (intend(Decision.go()), {CLAIMED: SENDING}),
    "intend, later": (intend(Decision.later("closed", MONDAY + HOUR)), {CLAIMED: READY}),
    "intend, never": (intend(Decision.never("unsubscribed")), {CLAIMED: CANCELLED}),
    "accepted": (
        lambda ledger, claim: ledger.sends.accepted(claim, message_id="<m@relay>", now=LATER),
        {SENDING: ACCEPTED, UNKNOWN: ACCEPTED, PRESUMED: ACCEPTED, REJECTED: ACCEPTED},
    ),
    "rejected": (
        lambda ledger, claim: ledger.sends.rejected(claim, reason="400", now=LATER),
        {SENDING: REJECTED},
    ),
    "ready again": (
        lambda ledger, claim: ledger.sends.ready_again(claim, reason="refused", now=LATER, not_before=LATER),
        {SENDING: READY},
    ),
    "unknown": (
        lambda ledger, claim: ledger.sends.unknown(claim, reason="broke off", now=LATER),
        {SENDING: UNKNOWN},
    ),
    "release": (lambda ledger, claim: ledger.sends.release(claim, now=MONDAY), {CLAIMED: READY}),
    "reap, leases running": (lambda ledger, _: ledger.sends.reap(now=MONDAY), {}),
    "reap, leases run out": (lambda ledger, _: ledger.sends.reap(now=LATER), {CLAIMED: READY, SENDING: UNKNOWN}),
    "looked up, found": (
        lambda ledger, claim: look_up(ledger, claim, message_id="<m@relay>"),
        {UNKNOWN: ACCEPTED, PRESUMED: ACCEPTED, REJECTED: ACCEPTED},
    ),
    "looked up at once, not found": (
        lambda ledger, claim: look_up(ledger, claim, message_id=None),
        {},
    ),
    "looked up a day later, not found": (
        lambda ledger, claim: look_up(ledger, claim, message_id=None, days=1),
        {UNKNOWN: PRESUMED},
    ),
    "a person says accepted, with its id": (
        resolved(Word.ACCEPTED, message_id="<m@relay>"),
        {UNKNOWN: ACCEPTED, PRESUMED: ACCEPTED},
    ),
    "a person says accepted": (resolved(Word.ACCEPTED), {UNKNOWN: PRESUMED}),
    "a person says not sent": (resolved(Word.NOT_SENT), {UNKNOWN: REJECTED, PRESUMED: REJECTED}),
    "a person says again": (resolved(Word.AGAIN), {UNKNOWN: READY, PRESUMED: READY}),
    "cancel": (
        lambda ledger, claim: ledger.sends.cancel([claim.send_key], reason="withdrawn", actor="operator", now=MONDAY),
        {READY: CANCELLED},
    ),
    "suppressed": (suppress, {READY: CANCELLED}),
}
"""Each operation with the transitions it does; on every other state it must do nothing."""


@pytest.mark.rule("A7")
@pytest.mark.rule("B41")
@pytest.mark.parametrize("before", list(SendState))
def test_every_operation_does_its_transition_or_nothing(ledger: Ledger, before: SendState) -> None:
    """Invariants I1 and I5 over the whole table of states and operations."""
    after = {}
    for number, (name, (operation, transitions)) in enumerate(OPERATIONS.items()):
        claim = put(ledger, number, before)
        assert state_of(ledger, claim.send_key) == before
        operation(ledger, claim)
        after[name] = (state_of(ledger, claim.send_key), transitions.get(before, before))
        retire(ledger, claim)
    assert {name: got for name, (got, _) in after.items()} == {name: due for name, (_, due) in after.items()}
    assert ledger.verify() > 0


def retire(ledger: Ledger, claim: Claim) -> None:
    """Take a send out of reach of the operations on the next ones, which may concern every send at once."""
    if isinstance(ledger, FakeLedger):
        with ledger.books as books:
            books.change_send(books.sends[claim.send_key], lease_until=None)
        return
    with ledger.transactions.write() as (connection, _):
        connection.exec_driver_sql(f"UPDATE send SET lease_until = NULL WHERE send_key = '{claim.send_key}'")  # noqa: S608 - our own key


@pytest.mark.rule("A7")
def test_an_old_holder_can_do_nothing_after_its_claim_was_taken_over(ledger: Ledger, second: Ledger) -> None:
    """The stale claimer of the model check: without the epoch it would send a second time (I1)."""
    old = claimed(ledger)
    ledger.sends.reap(now=LATER)
    (new,) = second.sends.claim([old.send_key], holder="other", now=LATER)

    assert (new.epoch, old.epoch) == (2, 1)
    assert ledger.sends.intend(old, now=LATER, day=DAY, decide=go) == Decision.never("another holder has it")
    ledger.sends.release(old, now=LATER)
    assert state_of(ledger, old.send_key) == CLAIMED
    assert second.sends.intend(new, now=LATER, day=DAY, decide=go) == Decision.go()
    ledger.sends.rejected(old, reason="late", now=LATER)
    ledger.sends.ready_again(old, reason="late", now=LATER, not_before=LATER)
    ledger.sends.unknown(old, reason="late", now=LATER)
    ledger.sends.accepted(old, message_id="<wrong@relay>", now=LATER)
    assert state_of(ledger, old.send_key) == SENDING


@pytest.mark.rule("A7")
def test_two_claimers_get_each_send_once(ledger: Ledger, second: Ledger) -> None:
    keys = [prepared(ledger, number).send_key for number in range(6)]

    first = ledger.sends.claim(keys[:4], holder="one", now=MONDAY)
    rest = second.sends.claim(list(reversed(keys)), holder="two", now=MONDAY)

    assert [claim.send_key for claim in first] == keys[:4]
    assert [claim.send_key for claim in rest] == [keys[5], keys[4]]


def test_a_send_is_not_claimed_before_its_time(ledger: Ledger) -> None:
    send = prepared(ledger, not_before=MONDAY + HOUR)

    assert ledger.sends.ready(now=MONDAY) == []
    assert ledger.sends.claim([send.send_key], holder="one", now=MONDAY) == []
    assert len(ledger.sends.ready(now=MONDAY + HOUR)) == 1
    assert len(ledger.sends.claim([send.send_key], holder="one", now=MONDAY + HOUR)) == 1


@pytest.mark.rule("B5")
def test_an_expired_claim_goes_back_and_an_expired_sending_never_does(ledger: Ledger) -> None:
    """Invariant I1: a dead sender may have sent; a dead claimer has asked nobody."""
    held, gone = claimed(ledger, 1), sending(ledger, 2)

    assert ledger.sends.reap(now=MONDAY + LEASE) == (0, 0)
    assert ledger.sends.reap(now=LATER) == (1, 1)

    assert state_of(ledger, held.send_key) == READY
    row = send_row(ledger, gone.send_key)
    assert (row["state"], row["reason"], row["intent_at"]) == (UNKNOWN, "the sender died during the call", MONDAY)
    for days in range(30):
        ledger.sends.reap(now=LATER + timedelta(days=days))
        assert ledger.sends.claim([gone.send_key], holder="other", now=LATER + timedelta(days=days)) == []


def test_a_late_answer_still_settles_what_was_given_up(ledger: Ledger) -> None:
    claim = sending(ledger)
    ledger.sends.reap(now=LATER)
    ledger.sends.accepted(claim, message_id="<m@relay>", now=LATER)

    row = send_row(ledger, claim.send_key)
    assert (row["state"], row["message_id"], row["reason"], row["next_check_at"]) == (
        ACCEPTED, "<m@relay>", None, None,
    )  # fmt: skip


@pytest.mark.rule("A9")
def test_a_send_that_was_provably_not_taken_gives_its_place_in_the_caps_back(ledger: Ledger) -> None:
    claim = sending(ledger)
    assert used(ledger, now=MONDAY, day=DAY) == (1, 1)

    ledger.sends.ready_again(claim, reason="connect refused", now=MONDAY, not_before=MONDAY + HOUR)

    assert used(ledger, now=MONDAY, day=DAY) == (0, 0)
    row = send_row(ledger, claim.send_key)
    assert (row["intent_at"], row["intent_day"], row["holder"], row["not_before"]) == (None, None, None, MONDAY + HOUR)
    (again,) = ledger.sends.claim([claim.send_key], holder="other", now=MONDAY + HOUR)
    assert again.epoch == 2


@pytest.mark.rule("A11")
def test_the_whole_way_of_a_mail_is_in_the_journal(ledger: Ledger) -> None:
    """Invariant I5: the intent stands in the journal before the acceptance."""
    claim = accepted(ledger)

    story = ledger.story("rec1")
    assert [entry["kind"] for entry in story] == ["send.ready", "send.sending", "send.accepted"]
    assert all(entry["subject"] == claim.send_key for entry in story)
    assert not any("@firm" in entry["detail"] for entry in story)


def test_what_is_prepared_twice_is_there_once_and_as_it_was(ledger: Ledger) -> None:
    first = prepared(ledger)
    other = new_send(1, variant="second")

    assert ledger.sends.prepare([other, other], now=MONDAY + HOUR) == 0
    row = send_row(ledger, first.send_key)
    assert (row["variant"], row["ready_at"]) == ("first", MONDAY)


@pytest.mark.parametrize("why", ["withdrawn", "its slot passed"])
def test_what_was_withdrawn_before_anybody_asked_for_it_can_be_written_anew(ledger: Ledger, why: str) -> None:
    """Nothing of it can have gone out: a lead must not be lost because a breaker held its mail over a weekend (I9)."""
    old = claimed(ledger)
    ledger.sends.intend(old, now=MONDAY, day=DAY, decide=lambda _: Decision.never(why))

    assert ledger.sends.prepare([new_send(1, variant="second", not_before=LATER)], now=LATER) == 1

    row = send_row(ledger, old.send_key)
    assert (row["state"], row["variant"], row["reason"], row["ready_at"]) == (READY, "second", None, LATER)
    (new,) = ledger.sends.claim([old.send_key], holder="other", now=LATER)
    assert ledger.sends.intend(old, now=LATER, day=DAY, decide=go) == Decision.never("another holder has it")
    assert ledger.sends.intend(new, now=LATER, day=DAY, decide=go) == Decision.go()


@pytest.mark.parametrize("state", [state for state in SendState if state is not CANCELLED])
def test_nothing_else_is_ever_written_anew(ledger: Ledger, state: SendState) -> None:
    put(ledger, 1, state)

    assert ledger.sends.prepare([new_send(1, variant="second")], now=LATER) == 0
    (row,) = ledger.sends.of_day(DAY)
    assert (row["state"], row["variant"]) == (state, "first")

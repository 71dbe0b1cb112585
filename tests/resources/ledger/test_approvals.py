"""Drafts in a person's hands: decided once, by the hash of the text that was read, and ready to the letter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from resources.ledger.approvals import Held
from resources.ledger.ledger import Ledger
from rules.approval import ApprovalState, Trial
from rules.mail import Mail
from tests.builders import DAY, HOUR, MONDAY, new_send

LATER = MONDAY + HOUR


def draft(number: int = 1, *, text: str = "Hello Grace,\n\nhow do ships find you?", prompt: str = "1-abc") -> Held:
    send = replace(new_send(number, prompt=prompt), mail=Mail("A question", f"{text}\n\n--\n12 Harbour Street"))
    return Held(
        send=send, written=text, prompt=prompt, because="the first 10", grounds={"step": "opener"},
        first_hash=send.mail.digest,
    )  # fmt: skip


def test_a_held_draft_is_not_ready_and_comes_back_whole(ledger: Ledger) -> None:
    one = draft()
    assert ledger.approvals.hold(one, now=MONDAY) is ApprovalState.WAITING
    (back,) = ledger.approvals.waiting()
    assert replace(back, held_at=None) == one
    assert ledger.sends.ready(now=LATER) == []
    assert ledger.approvals.trial("1-abc") == Trial(0, 1)
    assert ledger.approvals.held_on(DAY) == 1


@pytest.mark.rule("A11")
def test_an_approved_draft_is_ready_to_the_letter_and_the_journal_knows_by_whom(ledger: Ledger) -> None:
    one = draft()
    ledger.approvals.hold(one, now=MONDAY)
    assert ledger.approvals.approve(one.code, actor="ada", day="2026-11-24", now=LATER) is not None
    (ready,) = ledger.sends.ready(now=LATER)
    assert (ready["content_hash"], ready["body"], ready["day"]) == (
        one.send.mail.digest, one.send.mail.text, "2026-11-24",
    )  # fmt: skip
    kinds = {entry["kind"]: entry["actor"] for entry in ledger.story("rec1")}
    assert kinds["draft.approved"] == "ada"
    assert ledger.approvals.trial("1-abc") == Trial(1, 0)
    ledger.verify()


def test_a_decision_is_taken_once(ledger: Ledger, second: Ledger) -> None:
    one = draft()
    ledger.approvals.hold(one, now=MONDAY)
    assert ledger.approvals.reject(one.code, reason="too long", actor="ada", now=LATER) is not None
    assert second.approvals.approve(one.code, actor="bob", day=DAY, now=LATER) is None
    assert second.approvals.edit(one.code, Mail("x", "y"), written="y", actor="bob", now=LATER) is None
    assert ledger.sends.ready(now=LATER) == []
    assert ledger.approvals.hold(one, now=LATER) is ApprovalState.REJECTED


def test_an_edited_text_waits_under_its_own_code_and_the_old_code_says_nothing(ledger: Ledger) -> None:
    one = draft()
    ledger.approvals.hold(one, now=MONDAY)
    changed = ledger.approvals.edit(one.code, Mail("Better", "Hello"), written="Hello", actor="ada", now=LATER)
    assert changed is not None
    assert ledger.approvals.approve(one.code, actor="ada", day=DAY, now=LATER) is None
    assert ledger.approvals.approve(changed.code, actor="ada", day=DAY, now=LATER) is not None
    (ready,) = ledger.sends.ready(now=LATER)
    assert (ready["subject"], ready["body"]) == ("Better", "Hello")


def test_what_was_approved_stays_approved_when_its_slot_passed(ledger: Ledger) -> None:
    one = draft()
    ledger.approvals.hold(one, now=MONDAY)
    ledger.approvals.approve(one.code, actor="ada", day=DAY, now=MONDAY)
    ledger.sends.cancel([one.send.send_key], reason="stale", actor="sender", now=LATER)
    again = replace(one, send=replace(one.send, day="2026-11-26"))
    assert ledger.approvals.hold(again, now=LATER + timedelta(days=3)) is ApprovalState.APPROVED
    (ready,) = ledger.sends.ready(now=LATER + timedelta(days=3))
    assert ready["day"] == "2026-11-26"


def test_a_withdrawn_draft_may_wait_again_and_another_text_replaces_it(ledger: Ledger) -> None:
    one = draft()
    ledger.approvals.hold(one, now=MONDAY)
    assert ledger.approvals.withdraw([one.send.send_key, "nobody"], reason="late", now=LATER) == 1
    assert ledger.approvals.waiting() == []
    assert ledger.approvals.hold(one, now=LATER) is ApprovalState.WAITING
    other = draft(text="Hello Grace,\n\nwho answers at night?", prompt="2-def")
    assert ledger.approvals.hold(other, now=LATER) is ApprovalState.WAITING
    assert [held.code for held in ledger.approvals.waiting()] == [other.code]
    assert ledger.approvals.of([one.send.send_key])[one.send.send_key].prompt == "2-def"
    assert [held.code for held in ledger.approvals.of_lead("rec1")] == [other.code]

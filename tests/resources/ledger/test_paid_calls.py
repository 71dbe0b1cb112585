"""Paid calls: the raw answer is durable before anybody reads it, and bought once for the same inputs."""

from datetime import timedelta

import pytest

from resources.ledger.ledger import Ledger
from resources.ledger.work import Item
from resources.models.gateway import Finish
from tests.builders import DAY, MONDAY, answer

ITEM = Item("drafts", "rec1:opener", "hash-1", DAY, "rec1")


@pytest.mark.rule("B36")
@pytest.mark.rule("B28")
def test_an_answer_is_kept_whole(ledger: Ledger) -> None:
    said = answer({"subject": "A", "body": "B"}, detail=None)
    ledger.work.paid(ITEM, attempt=1, answer=said, now=MONDAY)

    assert ledger.work.bought(ITEM) == [said]


@pytest.mark.parametrize("finish", list(Finish))
def test_an_answer_that_cannot_be_used_is_kept_as_well(ledger: Ledger, finish: Finish) -> None:
    said = answer(None, finish=finish, detail="I would rather not")
    ledger.work.paid(ITEM, attempt=1, answer=said, now=MONDAY)

    assert ledger.work.bought(ITEM) == [said]


@pytest.mark.rule("B20")
def test_the_first_answer_to_an_attempt_stays(ledger: Ledger) -> None:
    ledger.work.paid(ITEM, attempt=1, answer=answer("first"), now=MONDAY)
    ledger.work.paid(ITEM, attempt=1, answer=answer("again"), now=MONDAY)
    ledger.work.paid(ITEM, attempt=2, answer=answer("second"), now=MONDAY)

    assert [said.text for said in ledger.work.bought(ITEM)] == ["first", "second"]


@pytest.mark.rule("B30")
def test_other_inputs_were_not_bought(ledger: Ledger) -> None:
    ledger.work.paid(ITEM, attempt=1, answer=answer("first"), now=MONDAY)

    assert ledger.work.bought(Item("drafts", ITEM.key, "hash-2", DAY)) == []
    assert ledger.work.bought(Item("research", ITEM.key, "hash-1", DAY)) == []


@pytest.mark.rule("B29")
def test_money_is_counted_by_day_and_by_lead(ledger: Ledger) -> None:
    other = Item("drafts", "rec2:opener", "h", "2026-11-24", "rec2")
    company = Item("research", "firm.example", "h", DAY)
    ledger.work.paid(ITEM, attempt=1, answer=answer("a", cost=0.02), now=MONDAY)
    ledger.work.paid(ITEM, attempt=2, answer=answer("b", cost=0.03), now=MONDAY)
    ledger.work.paid(company, attempt=1, answer=answer("c", cost=0.5), now=MONDAY)
    ledger.work.paid(other, attempt=1, answer=answer("d", cost=0.07), now=MONDAY + timedelta(days=1))

    assert ledger.work.spent(day=DAY) == pytest.approx(0.55)
    assert ledger.work.spent(day="2026-11-25") == 0.0
    assert ledger.work.spent_by_lead() == {"rec1": pytest.approx(0.05), "rec2": pytest.approx(0.07)}
    assert [call["attempt"] for call in ledger.work.calls(lead_id="rec1")] == [1, 2]
    assert len(ledger.work.calls(day=DAY)) == 3


def test_an_answer_with_hostile_characters_is_not_lost(ledger: Ledger) -> None:
    """What was paid for is kept, whatever characters the model found (Postgres stores no NUL, UTF-8 no half emoji)."""
    ledger.work.paid(ITEM, attempt=1, answer=answer("a NUL \x00 and half an emoji \ud83d", detail="\x00"), now=MONDAY)

    (kept,) = ledger.work.bought(ITEM)
    assert kept.text is not None
    assert kept.text.startswith("a NUL ")
    assert kept.usage.cost_usd == 0.01

"""Budgets as breakers: what was spent and what is on its way counts, for the run, the day and the lead (rule B29)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from resources.ledger.purse import Limit
from resources.ledger.work import Item
from resources.models.gateway import ModelRequest, Task
from rules.model_settings import Budget
from rules.outcomes import Deferred, State
from stages.asking import Asker
from stages.spending import HOLD, Purse
from tests.builders import DAY, MONDAY, answer
from tests.stages.doubles import ScriptedModel
from tests.stages.office import Office, lead, open_office

QUESTION = ModelRequest(
    task=Task.WRITING, model="gpt-6-luna", instructions="Write.", document="{}", schema_name="mail",
    schema={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
)  # fmt: skip
FIRST = Item("drafts", "rec1:opener@1", "h", DAY, "rec1")
SECOND = Item("drafts", "rec2:opener@1", "h", DAY, "rec2")


async def due(office: Office, count: int) -> list[dict[str, Any]]:
    office.add(*(lead(number) for number in range(1, count + 1)))
    await office.receive()
    return await office.picked()


def purse(office: Office, *, run: str = "run-1", **limits: float) -> Purse:
    budget = Budget.model_validate({"per_run_usd": 9, "per_day_usd": 9, "per_lead_usd": 9} | limits)
    until = MONDAY + timedelta(hours=1)
    return Purse(budget, ledger=office.ledger, day=DAY, until=until, expected_usd=0.1, run=run)


def told(found: object) -> str:
    assert isinstance(found, Deferred)
    return found.reason


@pytest.mark.rule("B29")
def test_a_purse_is_empty_by_day_by_run_and_by_lead(office: Office) -> None:
    bought = Item("drafts", "rec1:opener@0", "h", DAY, "rec1")
    office.ledger.work.paid(bought, attempt=1, answer=answer("x", cost=0.4), now=MONDAY, run="run-1")

    refusals = [
        limited.refuse(FIRST, attempt=1, now=MONDAY)
        for limited in (
            purse(office, per_day_usd=0.45),
            purse(office, per_run_usd=0.45),
            purse(office, per_lead_usd=0.45),
        )
    ]

    assert [told(refusal) for refusal in refusals] == [
        "the day's budget of $0.45 is spent", "the run's budget of $0.45 is spent",
        "the lead's budget of $0.45 is spent",
    ]  # fmt: skip
    assert purse(office, per_lead_usd=0.45).refuse(SECOND, attempt=1, now=MONDAY) is None
    assert purse(office, run="run-2", per_run_usd=0.45).refuse(FIRST, attempt=1, now=MONDAY) is None


@pytest.mark.rule("B29")
def test_calls_in_flight_of_every_process_count_at_their_expected_price(office: Office) -> None:
    here, there = purse(office, per_day_usd=0.15), purse(office, run="run-2", per_day_usd=0.15)

    assert here.refuse(FIRST, attempt=1, now=MONDAY) is None
    assert told(there.refuse(SECOND, attempt=1, now=MONDAY)) == "the day's budget of $0.15 is spent"
    office.ledger.work.paid(FIRST, attempt=1, answer=answer("x", cost=0.01), now=MONDAY, run="run-1")
    assert there.refuse(SECOND, attempt=1, now=MONDAY) is None


@pytest.mark.rule("A7")
def test_one_question_is_asked_by_one_worker_and_taken_over_when_that_one_died(office: Office) -> None:
    assert purse(office).refuse(FIRST, attempt=1, now=MONDAY) is None
    assert told(purse(office).refuse(FIRST, attempt=1, now=MONDAY)) == "another worker is asking the same question"

    assert purse(office).refuse(FIRST, attempt=1, now=MONDAY + HOLD) is None
    assert office.ledger.purses.uncertain(day=DAY, now=MONDAY + HOLD) == pytest.approx(0.1)
    office.ledger.work.paid(FIRST, attempt=1, answer=answer("x"), now=MONDAY + HOLD)
    assert purse(office).refuse(FIRST, attempt=1, now=MONDAY + HOLD) is Limit.BOUGHT


@pytest.mark.rule("B29")
async def test_a_call_that_ended_without_an_answer_is_free_unless_it_may_have_been_charged(office: Office) -> None:
    office.world.faults.arm("openai.server_error", count=1)
    asker = Asker(office.writer, office.ledger, office.clock, purse(office))

    with pytest.raises(Exception, match="server"):
        await asker.ask(FIRST, QUESTION, attempt=1)
    assert office.ledger.purses.uncertain(day=DAY, now=office.now) == 0

    office.world.faults.arm("openai.lost", count=1)
    with pytest.raises(Exception, match="broke off"):
        await asker.ask(FIRST, QUESTION, attempt=1)
    assert office.ledger.purses.uncertain(day=DAY, now=office.now) == pytest.approx(0.1)


@pytest.mark.rule("B29")
async def test_research_and_drafts_of_one_run_share_its_budget(tmp_path: Path) -> None:
    office = open_office(tmp_path, budget={"per_run_usd": 0.025}, drafting={"concurrency": 1})
    rows, people = await due(office, 3), await office.people()
    spent = await office.research(rows, people, run="r")
    model = ScriptedModel([answer({"subject": "A", "body": "B"}, cost=0.01)])
    office.writer = model

    report = await office.draft(rows, people, run="r")

    assert 0.006 < spent.cost_usd < 0.025
    assert (report.counts[State.DEFERRED], model.asked) == (3, [])
    assert set(report.reasons) == {"the run's budget of $0.03 is spent"}
    office.close()

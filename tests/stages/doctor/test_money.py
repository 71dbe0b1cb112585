"""Money as the doctor sees it: days to the end of a balance, and bills that are not what our prices say."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from resources.ledger.work import Item
from rules.model_settings import Balance
from stages.doctor.findings import State
from tests.builders import DAY, MONDAY, answer
from tests.stages.doctor.practice import lines
from tests.stages.office import Office, open_office


def with_balance(folder: Path, dollars: float) -> Office:
    return open_office(folder, balance={"counted_on": date(2026, 11, 16), "openai_usd": dollars})


def spend(office: Office, dollars: float) -> None:
    said = replace(answer("x", cost=dollars), service="openai", model="gpt-6.1-sol")
    office.ledger.work.paid(Item("drafts", "rec1:opener@1", "h", DAY, "rec1"), attempt=1, answer=said, now=MONDAY)


@pytest.mark.rule("A12")
async def test_a_balance_warns_days_before_it_ends_and_names_what_to_do(tmp_path: Path) -> None:
    office = with_balance(tmp_path, 12.0)
    idle = (await lines(office, only="writer"))["writer.money"]
    spend(office, 10.0)
    soon = (await lines(office, only="writer"))["writer.money"]

    assert (idle.state, idle.sentence.partition(";")[0]) == (
        State.OK, "$12.00 left at $0.00 a day: nothing is being spent",
    )  # fmt: skip
    assert (soon.state, soon.sentence) == (State.WARN, "$2.00 left at $10.00 a day: about 0 days")
    assert "balance.openai_usd" in soon.fix
    office.close()


@pytest.mark.rule("B29")
async def test_a_bill_that_is_far_from_our_prices_is_a_warning(office: Office) -> None:
    assert (await lines(office, only="writer"))["writer.billing"].sentence == "no bill"
    spend(office, 1.0)

    line = (await lines(office, only="writer"))["writer.billing"]

    assert line.state is State.WARN
    assert "openai billed +" in line.sentence
    assert "prices.py" in line.fix


def test_a_balance_without_its_day_is_refused_with_the_fix() -> None:
    with pytest.raises(ValidationError, match=r"balance\.counted_on is missing: add the day"):
        Balance(openai_usd=5.0)

"""What mails cost, all in, by prompt version; when money runs out; prices that moved (rule B29)."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from resources.ledger.work import Item
from resources.models.gateway import ModelAnswer, Usage
from rules.outcomes import Done
from stages.costing import day_costs, economics, plots
from stages.forecasting import price_drift, runways
from stages.replying import pull_replies
from tests.builders import DAY, MONDAY, answer
from tests.stages.office import Office, lead, open_office


def said(cost: float, *, service: str = "openai", tokens: tuple[int, int, int] = (1200, 800, 300)) -> ModelAnswer:
    usage = Usage(*tokens, 0, cost)
    plain = answer("x")
    return ModelAnswer(plain.raw, "x", plain.finish, None, "gpt-6.1-sol", usage, (), service)


def pay(office: Office, stage: str, key: str, cost: float, *, day: str = DAY, service: str = "openai") -> None:
    person = key.partition(":")[0] if stage == "drafts" else None
    item = Item(stage, key, "h", day, person)
    office.ledger.work.paid(item, attempt=1, answer=said(cost, service=service), now=MONDAY)
    if stage == "drafts":
        office.ledger.work.record(item, Done({"written": True}, cost), now=MONDAY)


@pytest.mark.rule("B29")
async def test_the_parts_add_up_to_what_was_spent_and_the_world_billed(office: Office) -> None:
    office.add(lead(1), lead(2))
    await office.receive()
    await office.outreach()

    frame = day_costs(office.ledger, DAY)

    billed = sum(office.world.tally.spent.values())
    assert frame["cost_usd"].sum() == pytest.approx(billed, abs=1e-4)
    assert frame["cost_usd"].sum() == pytest.approx(office.ledger.work.spent(day=DAY))
    by_stage = {row["stage"]: row for row in frame.iter_rows(named=True)}
    assert (by_stage["drafts"]["results"], by_stage["research"]["results"]) == (2, 2)
    assert by_stage["research"]["searches"] == 2
    assert by_stage["drafts"]["version"].startswith("1")
    told = plots(frame)
    assert told["cost_per_draft_usd"] == pytest.approx(told["cost_usd"] / 2)
    assert set(told) >= {"drafts_usd", "research_usd", "calls", "input_tokens", "cached_share"}


@pytest.mark.rule("B29")
async def test_a_positive_reply_costs_what_everything_before_it_cost(office: Office) -> None:
    office.add(lead(1), lead(2))
    await office.receive()
    office.world.script("grace@harbour1.com", "reply_positive", after=timedelta(minutes=30))
    await office.outreach()
    office.later(hours=3)
    await pull_replies(office.mailbox, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper="p")

    (row,) = economics(office.ledger)

    assert (row["drafts"], row["leads"], row["positive_replies"]) == (2, 2, 1)
    assert row["per_positive_reply_usd"] == pytest.approx(2 * row["per_lead_usd"], abs=1e-5)
    assert row["all_in_usd"] == pytest.approx(office.ledger.work.spent(day=DAY), abs=1e-5)


def test_versions_share_what_belongs_to_none_of_them_and_replays_are_counted_apart(office: Office) -> None:
    for number in range(3):
        pay(office, "drafts", f"rec{number}:opener@1", 0.01)
    pay(office, "drafts", "rec9:opener@2", 0.05)
    pay(office, "research", "firm.example@1", 0.04)
    pay(office, "replay", "rec1:opener@3", 9.0)

    first, second = economics(office.ledger)

    assert (first["version"], first["all_in_usd"], first["per_draft_usd"]) == ("1", 0.06, 0.02)
    assert (second["version"], second["all_in_usd"], second["per_positive_reply_usd"]) == ("2", 0.06, None)


def test_nothing_spent_is_nothing_to_divide(office: Office) -> None:
    assert economics(office.ledger) == []
    frame = day_costs(office.ledger, DAY)
    assert plots(frame) == {"cost_usd": 0.0, "calls": 0, "input_tokens": 0, "output_tokens": 0, "searches": 0}


def balanced(folder: Path, **amounts: object) -> Office:
    return open_office(folder, balance={"counted_on": date(2026, 11, 16), "openai_usd": 20.0, **amounts})


@pytest.mark.rule("A12")
def test_a_balance_is_told_in_days_from_what_was_spent_lately(tmp_path: Path) -> None:
    office = balanced(tmp_path, perplexity_usd=50.0)
    for offset in range(7):
        pay(office, "drafts", f"rec{offset}:opener@1", 2.0, day=f"2026-11-{16 + offset}")

    mine, other = runways(office.ledger, office.campaign, now=office.now)

    assert (mine.service, mine.left_usd, mine.rate_usd, mine.days) == ("openai", 6.0, 2.0, 3.0)
    assert mine.sentence == "$6.00 left at $2.00 a day: about 3 days"
    assert (other.days, other.sentence) == (None, "$50.00 left at $0.00 a day: nothing is being spent")
    assert (mine.ends_within(7), mine.ends_within(3), other.ends_within(7)) == (True, False, False)
    office.close()


def test_without_a_balance_there_is_no_forecast(office: Office) -> None:
    pay(office, "drafts", "rec1:opener@1", 2.0)
    assert runways(office.ledger, office.campaign, now=office.now) == []


@pytest.mark.rule("B29")
def test_a_bill_that_is_not_our_table_of_prices_is_noticed(office: Office) -> None:
    assert price_drift(office.ledger, "openai", since=DAY) is None
    ours = (400 * 2 + 800 * 0.1 + 300 * 10) / 1_000_000
    pay(office, "drafts", "rec1:opener@1", ours)
    assert price_drift(office.ledger, "openai", since=DAY) == pytest.approx(0.0)

    pay(office, "drafts", "rec2:opener@1", 1.4 * ours)
    assert price_drift(office.ledger, "openai", since=DAY) == pytest.approx(0.2)
    assert price_drift(office.ledger, "perplexity", since=DAY) is None

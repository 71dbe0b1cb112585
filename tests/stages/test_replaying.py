"""A day's drafts written again with another prompt: the research of then, nothing sent, nothing paid twice."""

from pathlib import Path
from typing import Any

import pytest

from resources.ledger.flags import FlagName
from resources.models.gateway import ModelAnswer
from rules.campaign import Campaign
from stages.replay_summary import as_document, rows, side_numbers, worth_reading
from stages.replaying import NothingToReplay, Replay, ServiceIsOff, replay
from stages.research_reading import STAGE as RESEARCH
from tests.builders import DAY, PEPPER, answer
from tests.stages.doubles import ScriptedModel
from tests.stages.office import Office, lead, open_office


async def drafted(office: Office, count: int = 3) -> None:
    office.add(*(lead(number) for number in range(1, count + 1)))
    await office.receive()
    rows_due = await office.picked()
    await office.research(rows_due)
    await office.draft(rows_due)


def other_prompt(campaign: Campaign, version: str = "shorter") -> Campaign:
    manner = "Write a very short business mail about the reader. Claim nothing you were not told. Ask one question."
    drafting = campaign.drafting.model_copy(update={"manner": manner, "prompt_version": version})
    return campaign.model_copy(update={"drafting": drafting})


async def replayed(office: Office, **changes: Any) -> Replay:
    tried = changes.pop("tried", None) or other_prompt(office.campaign)
    return await replay(
        DAY, now_used=office.campaign, tried=tried, ledger=office.ledger, model=office.writer, clock=office.clock,
        pepper=PEPPER, **changes,
    )  # fmt: skip


@pytest.mark.rule("B30")
async def test_the_same_leads_are_written_to_again_and_nobody_gets_it(office: Office) -> None:
    await drafted(office)
    sends = office.ledger.sends.of_day(DAY)
    searches = len([call for call in office.ledger.work.calls() if call["stage"] == RESEARCH])

    found = await replayed(office)

    assert [pair.step for pair in found.pairs] == ["opener"] * 3
    assert {pair.after.state for pair in found.pairs} == {"done"}
    assert all(pair.before.text != pair.after.text or pair.before.text for pair in found.pairs)
    assert found.prompts[1].startswith("shorter-")
    assert found.prompts[0] != found.prompts[1]
    assert office.ledger.sends.of_day(DAY) == sends
    assert len([call for call in office.ledger.work.calls() if call["stage"] == RESEARCH]) == searches
    assert {call["version"] for call in office.ledger.work.calls() if call["stage"] == "replay"} == {found.prompts[1]}


@pytest.mark.rule("B20")
@pytest.mark.rule("B29")
async def test_a_replay_pays_once_and_its_price_is_nobodys_draft(office: Office) -> None:
    await drafted(office)
    lead_costs = {call["lead_id"] for call in office.ledger.work.calls() if call["stage"] == "drafts"}
    paid = office.paid

    first = await replayed(office)
    again = await replayed(office)

    assert first.paid_usd > 0
    assert (again.paid_usd, office.paid) == (0.0, paid + 3)
    assert [pair.after for pair in again.pairs] == [pair.after for pair in first.pairs]
    assert office.ledger.work.spent(day=DAY) == pytest.approx(sum(office.world.tally.spent.values()), abs=1e-4)
    assert len(lead_costs) == 3
    office.later(days=1)
    assert (await replayed(office)).paid_usd == 0.0


async def test_a_limit_takes_the_first_of_the_day(office: Office) -> None:
    await drafted(office, 4)
    found = await replayed(office, limit=2)
    assert len(found.pairs) == 2


@pytest.mark.rule("B29")
async def test_a_replay_keeps_within_the_runs_budget_and_says_what_was_not_written(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    await drafted(office)
    poor = other_prompt(office.campaign)
    poor = poor.model_copy(update={"budget": poor.budget.model_copy(update={"per_run_usd": 0.01})})

    found = await replayed(office, tried=poor)

    told = as_document(found)
    assert (told["after"]["not_written"], found.paid_usd) == (3, 0.0)
    assert "the run's budget of $0.01 is spent" in found.pairs[0].after.reason
    office.close()


async def test_a_replay_that_used_a_persons_budget_up_does_not_keep_their_mail_from_being_written(
    tmp_path: Path,
) -> None:
    office = open_office(tmp_path, budget={"per_lead_usd": 0.05})
    await drafted(office, 1)
    for number in range(4):
        office.writer = ScriptedModel([dear(0.04)])
        await replayed(office, tried=other_prompt(office.campaign, f"v{number}"))
    assert office.ledger.work.spent(day=DAY) > 0.15
    office.close()


def dear(cost: float) -> ModelAnswer:
    return answer({"subject": "Hello", "body": "Nothing.", "claims": []}, cost=cost)


@pytest.mark.rule("B12")
async def test_what_the_gate_refuses_on_either_side_is_counted_by_check(office: Office) -> None:
    await drafted(office, 2)
    priced = {"subject": "A question", "body": "Dear Grace,\n\nit costs only $ 500 today. Shall we?", "claims": []}
    office.writer = ScriptedModel([answer(priced)])

    found = await replayed(office)

    told = as_document(found)
    assert (told["before"]["accepted"], told["after"]["accepted"], told["after"]["refused"]) == (2, 0, 2)
    assert told["after"]["unsupported"] == 2
    assert sum(told["after"]["first_try_findings"].values()) >= 2
    assert {"figure", "link"} & set(told["after"]["first_try_findings"])
    assert found.pairs[0].after.text == priced["body"]
    assert found.pairs[0].after.reason
    shown = {label: (before, after) for label, before, after in rows(told)}
    assert shown["accepted by the gate"] == ("2", "0")
    assert shown["dollars per accepted draft"][1] == "-"


async def test_follow_ups_get_the_thread_of_then(office: Office) -> None:
    await drafted(office, 1)
    await office.send()
    office.later(days=7)
    await office.receive(full=True)
    model = ScriptedModel([answer({"subject": "A", "body": "B", "claims": []})])
    office.writer = model

    found = await replayed(office)

    assert [pair.step for pair in found.pairs] == ["opener"]
    assert '"thread":[]' in model.asked[0].document


@pytest.mark.rule("A3")
async def test_a_writer_that_refuses_us_stops_the_replay_and_is_latched(office: Office) -> None:
    await drafted(office)
    office.world.faults.arm("openai.insufficient_quota")

    with pytest.raises(ServiceIsOff, match="outbound resume"):
        await replayed(office)
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.WRITER]
    with pytest.raises(ServiceIsOff, match="writer is off since"):
        await replayed(office)


async def test_a_day_without_drafts_says_so(office: Office) -> None:
    with pytest.raises(NothingToReplay, match=r"no draft of 2026-11-23 can be written again: none was written"):
        await replayed(office)


async def test_the_most_different_pairs_come_first(office: Office) -> None:
    await drafted(office, 3)
    good = (await replayed(office)).pairs
    refused = good[2].after.__class__("rejected", "a price", "s", "t", 2, ("code",), 0.0, 0.01)
    mixed = [*good[:2], good[2].__class__(*(good[2].lead_id, "opener", "c", "v", good[2].before, refused))]

    assert worth_reading(mixed, 1) == [mixed[2]]
    assert side_numbers([]) == side_numbers([]) | {"drafts": 0, "accepted": 0, "words": None, "per_accepted_usd": None}

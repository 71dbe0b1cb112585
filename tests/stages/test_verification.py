"""Whether each address belongs to its company: cheap tiers first, one paid question, the operator's word above all."""

import json
from typing import Any

import pytest

from resources.models.gateway import Finish
from rules.outcomes import State
from stages.leads import all_leads
from stages.verification import Change, verification_frame, verify_leads
from tests.builders import DAY, answer
from tests.stages.doubles import ScriptedModel
from tests.stages.office import Office, lead, open_office


async def verify(office: Office, *, buy: bool = True) -> Any:
    return await verify_leads(
        all_leads(office.ledger, office.campaign), ledger=office.ledger, campaign=office.campaign,
        clock=office.clock, open_model=office.open_writer if buy else None,
    )  # fmt: skip


FOREIGN = lead(1, Email="grace@quayside-logistics.net")


def judgement(office: Office, verdict: str, *, confidence: float = 0.95) -> ScriptedModel:
    """A model that gives every question this verdict."""

    class Judge(ScriptedModel):
        async def answer(self, request: Any) -> Any:
            asked = json.loads(request.document)["questions"]
            found = [{"id": each["id"], "verdict": verdict, "confidence": confidence, "reason": "r"} for each in asked]
            self.answers = [answer({"answers": found}, cost=0.001)]
            return await ScriptedModel.answer(self, request)

    model = Judge([])
    office.writer = model
    return model


@pytest.mark.rule("A6")
@pytest.mark.rule("A13")
async def test_the_free_tier_answers_without_a_model(office: Office) -> None:
    office.add(lead(1), lead(2, Email="g@harbour2.com"), lead(3, Email="someone@gmail.com"), lead(4, Email="bad"))
    await office.receive()
    model = judgement(office, "match")

    report, judged, _ = await verify(office)

    assert model.asked == []
    assert sorted(judged["verdict"].to_list()) == ["match", "match", "unverifiable"]
    assert (report.counts[State.DONE], report.counts[State.REJECTED]) == (3, 1)
    assert office.paid == 0


@pytest.mark.rule("A6")
@pytest.mark.rule("B20")
@pytest.mark.parametrize(("said", "confidence", "verdict"), [
    ("match", 0.95, "match"), ("mismatch", 0.95, "mismatch"), ("mismatch", 0.4, "unverifiable"),
])  # fmt: skip
async def test_the_residue_is_asked_once_and_the_answer_stands(
    office: Office, said: str, confidence: float, verdict: str
) -> None:
    office.add(FOREIGN)
    await office.receive()
    model = judgement(office, said, confidence=confidence)

    _, judged, _ = await verify(office)
    again, second, _ = await verify(office)

    assert (judged["verdict"].to_list(), second["verdict"].to_list()) == ([verdict], [verdict])
    assert judged["tier"].to_list() == [3]
    assert len(model.asked) == 1
    assert again.cost_usd == 0
    assert "Grace" not in model.asked[0].document


async def test_a_past_day_buys_no_answer(office: Office) -> None:
    """Invariant I11."""
    office.add(FOREIGN)
    await office.receive()
    model = judgement(office, "match")

    report, judged, _ = await verify(office, buy=False)

    assert (judged["verdict"].to_list(), model.asked) == (["pending"], [])
    assert report.reasons == {"waits for the model's answer": 1}


@pytest.mark.rule("B32")
@pytest.mark.rule("B36")
@pytest.mark.parametrize(
    "said",
    [
        answer(None, finish=Finish.REFUSED, detail="no"),
        answer('{"answers": [', finish=Finish.TRUNCATED),
        answer({"answers": []}),
        answer({"answers": [{"id": "other", "verdict": "match", "confidence": 1, "reason": "r"}]}),
        answer("match"),
    ],
)
async def test_an_answer_that_is_none_decides_nothing_and_is_kept(office: Office, said: Any) -> None:
    office.add(FOREIGN)
    await office.receive()
    office.writer = ScriptedModel([said])

    report, judged, _ = await verify(office)

    assert judged["verdict"].to_list() == ["pending"]
    assert report.counts[State.REJECTED] == 1
    assert [call["finish"] for call in office.ledger.work.calls()] == [said.finish]


async def test_a_batch_whose_answer_was_refused_is_asked_again_one_by_one(office: Office) -> None:
    """One cut answer must not keep twenty pairs pending for good (I9)."""
    office.add(*(lead(number, Email=f"grace@quayside{number}-logistics.net") for number in range(3)))
    await office.receive()
    office.writer = ScriptedModel([answer('{"answers": [', finish=Finish.TRUNCATED)])
    assert set((await verify(office))[1]["verdict"]) == {"pending"}

    model = judgement(office, "mismatch")
    _, judged, _ = await verify(office)

    assert (set(judged["verdict"]), len(model.asked)) == ({"mismatch"}, 3)
    assert len(office.ledger.work.calls()) == 4


async def test_the_operators_word_counts_more_than_every_tier(office: Office) -> None:
    (record,) = office.add(lead(1))
    await office.receive()
    assert (await verify(office))[1]["verdict"].to_list() == ["match"]
    office.later(hours=1)
    office.change(record, Attribution_Override="mismatch")
    await office.receive()

    _, judged, changes = await verify(office)

    assert judged["verdict"].to_list() == ["mismatch"]
    assert changes == [Change(record, was="match", now="mismatch", why="operator_lead", mailed=False)]


async def test_the_operators_word_about_a_domain_counts_for_every_colleague(office: Office) -> None:
    first, second = office.add(FOREIGN, {**FOREIGN, "Email": FOREIGN["Email"].replace("@", ".two@"), "Name": "Bo Two"})
    office.change(first, Attribution_Override="match domain")
    await office.receive()

    _, judged, _ = await verify(office, buy=False)

    assert dict(judged.select("lead_id", "verdict").iter_rows()) == {first: "match", second: "match"}


@pytest.mark.rule("A11")
@pytest.mark.rule("B39")
async def test_a_verdict_is_written_down_when_it_is_new_or_changes(office: Office) -> None:
    (record,) = office.add(lead(1))
    await office.receive()
    for _ in range(3):
        await verify(office)

    assert [entry["kind"] for entry in office.ledger.story(record)] == ["verdict.done"]
    (row,) = verification_frame((await verify(office))[1]).iter_rows(named=True)
    assert (row["verdict"], row["tier"], row["day"]) == ("match", 1, DAY)
    assert row["evidence"]
    assert row["rule_version"]


@pytest.mark.rule("B29")
async def test_verification_has_a_budget_too(tmp_path: Any) -> None:
    office = open_office(tmp_path, budget={"per_run_usd": 0.001})
    office.add(FOREIGN)
    await office.receive()
    model = judgement(office, "match")

    report, judged, _ = await verify(office)

    assert (model.asked, judged["verdict"].to_list()) == ([], ["pending"])
    assert report.counts[State.DEFERRED] == 1
    office.close()

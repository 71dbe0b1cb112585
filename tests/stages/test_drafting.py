"""Drafts: one paid call per due item, judged in code; what did not pass is kept with its reason and the raw answer."""

import pytest

from resources.models.gateway import Finish, LanguageModel, ModelAnswer, Task
from rules.failures import FailureKind, ServiceFailure
from rules.outcomes import State
from stages.drafting import draft_frame
from tests.builders import DAY, answer
from tests.crashes import Killed, dying
from tests.stages.drafts import GOOD, PRICED, ready_to_draft, scripted
from tests.stages.office import Office, lead


@pytest.mark.rule("B35")
@pytest.mark.rule("B33")
async def test_what_is_asked_is_static_first_and_says_what_it_is(office: Office) -> None:
    model = scripted(office, answer(GOOD))
    rows = await ready_to_draft(office, 3)

    await office.draft(rows)

    assert len({request.instructions for request in model.asked}) == 1
    assert len({request.document for request in model.asked}) == 3
    assert {request.task for request in model.asked} == {Task.WRITING}
    assert all("grace@" not in request.document for request in model.asked)


@pytest.mark.rule("A4")
async def test_a_good_draft_is_ready_with_footer_and_a_way_out(office: Office) -> None:
    rows = await ready_to_draft(office)
    scripted(office, answer(GOOD, cost=0.02))

    report = await office.draft(rows)

    (send,) = office.ledger.sends.ready(now=office.now)
    assert (report.counts[State.DONE], report.cost_usd) == (1, 0.02)
    assert send["subject"] == GOOD["subject"]
    assert send["body"].startswith(GOOD["body"])
    assert "12 Harbour Street, Hamburg" in send["body"]
    assert f"http://127.0.0.1:8027/unsubscribe?t={send['send_key']}." in send["body"]
    (row,) = draft_frame(office.ledger, DAY).iter_rows(named=True)
    assert (row["state"], row["step"], row["attempts"], row["content_hash"]) == (
        "done",
        "opener",
        1,
        send["content_hash"],
    )


async def test_one_repair_with_the_reason_and_then_it_is_approved(office: Office) -> None:
    rows = await ready_to_draft(office)
    model = scripted(office, answer(PRICED), answer(GOOD))

    report = await office.draft(rows)

    assert (report.counts[State.DONE], report.cost_usd, len(model.asked)) == (1, 0.02, 2)
    assert "repair" not in model.asked[0].document
    assert "the writer invented a price" in model.asked[1].document
    assert draft_frame(office.ledger, DAY)["attempts"].to_list() == [2]


@pytest.mark.rule("B1")
@pytest.mark.rule("B32")
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer(None, finish=Finish.REFUSED, detail="I cannot"), "the model refused: I cannot"),
        (answer(None, finish=Finish.EMPTY), "the answer is empty: nothing usable came back"),
        (answer('{"subject": "A', finish=Finish.TRUNCATED), "the answer is truncated: nothing usable came back"),
        (answer(GOOD, finish=Finish.TRUNCATED, detail="max tokens"), "the answer is truncated: max tokens"),
        (answer(None, finish=Finish.FAILED, detail="upstream"), "the answer is failed: upstream"),
        (answer(""), "the answer is complete: nothing usable came back"),
        (answer("Dear Grace, here is your mail"), "the answer is no whole JSON document"),
        (answer([GOOD]), "the answer does not have exactly subject, body and claims"),
        (answer({**GOOD, "notes": "x"}), "the answer does not have exactly subject, body and claims"),
        (answer({"subject": "x", "claims": []}), "the answer does not have exactly subject, body and claims"),
        (answer({**GOOD, "body": None}), "subject and body are not both text"),
        (answer({**GOOD, "body": "  "}), "the text is empty"),
        (answer({**GOOD, "subject": ""}), "the subject is empty"),
        (answer({**GOOD, "body": GOOD["body"] + " {{offer}}"}), "the text holds a placeholder: '{{'"),
        (answer({**GOOD, "subject": "For [Company Name]"}), "the subject holds a placeholder: '[Company Name]'"),
        (answer(PRICED), "the writer invented a price: '$ 5'"),
    ],
)
async def test_an_answer_that_is_no_mail_is_refused_and_kept_raw(
    office: Office, said: ModelAnswer, reason: str
) -> None:
    rows = await ready_to_draft(office)
    scripted(office, said)

    report = await office.draft(rows)

    assert (report.counts[State.REJECTED], report.reasons) == (1, {reason: 1})
    assert office.ledger.sends.ready(now=office.now) == []
    (row,) = draft_frame(office.ledger, DAY).iter_rows(named=True)
    assert (row["state"], row["reason"], row["cost_usd"]) == ("rejected", reason, 0.02)
    (entry,) = office.ledger.work.outcomes("drafts")
    assert office.ledger.work.bought(entry.item) == [said, said]
    assert await office.picked() == []


@pytest.mark.rule("B20")
@pytest.mark.rule("B36")
async def test_a_crash_between_the_paid_answer_and_its_outcome_pays_nothing_again(lasting: Office) -> None:
    """The process dies after the answer was stored and before anybody wrote down what became of it."""
    office = lasting
    rows = await ready_to_draft(office, 4)
    model = scripted(office, answer(PRICED), answer(GOOD))
    with pytest.raises(BaseExceptionGroup) as end, dying(office.ledger, on="INSERT INTO work "):
        await office.draft(rows)
    assert end.group_contains(Killed)
    bought = len([call for call in office.ledger.work.calls() if call["stage"] == "drafts"])

    again = await office.draft(rows)

    assert again.counts[State.DONE] == 4
    calls = [call for call in office.ledger.work.calls() if call["stage"] == "drafts"]
    assert len(calls) == len(model.asked)
    assert bought >= 1
    assert len({(call["item"], call["attempt"]) for call in calls}) == len(calls)


@pytest.mark.rule("B20")
async def test_a_crash_between_the_outcome_and_the_ready_mail_loses_nothing(lasting: Office) -> None:
    office = lasting
    rows = await ready_to_draft(office)
    model = scripted(office, answer(GOOD))
    with pytest.raises(BaseExceptionGroup), dying(office.ledger, on="INSERT INTO send "):
        await office.draft(rows)

    rows = await office.picked()
    await office.draft(rows)

    assert len(model.asked) == 1
    assert len(office.ledger.sends.ready(now=office.now)) == 1


@pytest.mark.rule("B30")
async def test_a_stale_plan_pays_for_nothing_that_is_written_or_gone_already(office: Office) -> None:
    rows = await ready_to_draft(office, 2)
    model = scripted(office, answer(GOOD))
    await office.draft(rows)
    again = await office.draft(rows)
    await office.send()
    office.later(minutes=1)
    later = await office.draft(rows)

    assert len(model.asked) == 2
    for report in (again, later):
        assert (report.items, report.reasons) == (2, {"it was written before this plan was read": 2})


@pytest.mark.rule("B8")
async def test_without_research_nothing_is_written_and_nothing_is_paid(office: Office) -> None:
    office.add(lead(1))
    await office.receive()
    model = scripted(office, answer(GOOD))

    report = await office.draft(await office.picked())

    assert (report.reasons, model.asked) == ({"its company is not researched": 1}, [])


async def test_a_lost_connection_is_a_failure_and_not_an_answer(office: Office) -> None:
    rows = await ready_to_draft(office)
    lost = ServiceFailure.of(FailureKind.TRANSIENT, "openai", "broken_off", "the connection broke")
    model: LanguageModel = scripted(office, lost)

    report = await office.draft(rows)

    assert (report.counts[State.FAILED], model is office.writer) == (1, True)
    assert [call for call in office.ledger.work.calls() if call["stage"] == "drafts"] == []

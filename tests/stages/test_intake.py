"""From the base into the ledger, and whether each address belongs to its company."""

import json
from datetime import timedelta
from typing import Any

import pytest

from resources.models.gateway import Finish
from rules.airtable_fields import AirtableFields
from rules.failures import FailureKind, ServiceFailure
from rules.outcomes import State
from stages.intake import FULL_EVERY, FULL_STAMP, READ_STAMP, receive_records
from stages.leads import all_leads, lead_frame
from stages.verification import Change, verification_frame, verify_leads
from tests.builders import DAY, MONDAY, answer
from tests.stages.doubles import ScriptedModel
from tests.stages.office import Office, lead, open_office


async def receive(office: Office, *, full: bool = False) -> Any:
    return await receive_records(
        office.base, ledger=office.ledger, campaign=office.campaign, clock=office.clock, full=full
    )


async def verify(office: Office, *, buy: bool = True) -> Any:
    return await verify_leads(
        all_leads(office.ledger, office.campaign), ledger=office.ledger, campaign=office.campaign,
        clock=office.clock, open_model=office.open_writer if buy else None,
    )  # fmt: skip


async def test_the_first_look_is_whole_and_the_next_ones_see_what_changed(office: Office) -> None:
    first, *_ = office.add(*(lead(number) for number in range(3)))
    office.later(hours=1)
    report = await receive(office)
    assert (report.full, report.listed, report.received.new) == (True, 3, 3)

    office.later(hours=1)
    office.change(first, Title="Head of Everything")
    office.add(lead(7))
    office.later(minutes=30)
    report = await receive(office)

    assert (report.full, report.listed, report.received.new, report.received.changed) == (False, 2, 1, 1)
    office.later(hours=1)
    assert (await receive(office)).listed == 0


@pytest.mark.rule("A2")
async def test_a_look_costs_pages_not_records(office: Office) -> None:
    office.add(*(lead(number) for number in range(230)))
    await receive(office)
    pages = sum(
        n for what, n in office.world.tally.requests.items() if what.startswith("airtable|GET") and "meta" not in what
    )
    assert pages == 3


async def test_a_change_just_before_the_last_look_is_not_missed(office: Office) -> None:
    """The base's clock is not ours: the last ten minutes are read again."""
    (record,) = office.add(lead(1))
    await receive(office)
    office.later(minutes=5)
    office.change(record, Title="New")
    office.ledger.flags.stamp(READ_STAMP, at=office.now + timedelta(minutes=4))
    office.later(minutes=10)

    assert (await receive(office)).received.changed == 1


async def test_once_a_day_the_whole_view_is_read_and_finds_what_is_gone(office: Office) -> None:
    first, second = office.add(lead(1), lead(2))
    await receive(office)
    office.later(hours=2)
    office.change(second, Email=None)
    assert (await receive(office)).received.gone == 0

    office.later(seconds=FULL_EVERY.total_seconds())
    report = await receive(office)

    assert (report.full, report.received.gone) == (True, 1)
    gone = {record.record_id: record.in_view for record in office.ledger.records.everything()}
    assert gone == {first: True, second: False}


@pytest.mark.rule("A8")
async def test_a_listing_that_breaks_makes_nothing_look_gone(office: Office) -> None:
    office.add(*(lead(number) for number in range(230)))
    await receive(office)
    office.world.faults.arm("airtable.iterator_lost")

    with pytest.raises(ServiceFailure):
        await receive(office, full=True)

    assert all(record.in_view for record in office.ledger.records.everything())
    stamp = office.ledger.flags.stamped(FULL_STAMP)
    assert stamp is not None
    assert stamp[0] == MONDAY


@pytest.mark.rule("B7")
@pytest.mark.parametrize(
    ("key", "field"), [("email", "Email"), ("do_not_contact", "Do Not Contact"), ("audit", "Audit")]
)
async def test_a_renamed_field_stops_the_stage_with_its_name_and_the_mapping(
    office: Office, key: str, field: str
) -> None:
    office.world.faults.arm("airtable.renamed_field", match=field)

    with pytest.raises(ServiceFailure) as stopped:
        await receive(office)

    assert stopped.value.failure.kind is FailureKind.SYSTEMIC
    assert f"table 'Leads' has no field {field!r} (airtable.fields.{key})" in str(stopped.value)
    assert "[airtable.fields] in campaign.toml" in str(stopped.value)
    assert office.ledger.records.everything() == []


async def test_a_renamed_view_stops_the_stage_with_the_views_there_are(office: Office) -> None:
    office.world.faults.arm("airtable.renamed_view", match="Queue")
    with pytest.raises(ServiceFailure, match=r"has no view 'Queue' \(airtable\.view\); it has"):
        await receive(office)


async def test_another_name_in_the_mapping_is_believed(tmp_path: Any) -> None:
    office = open_office(tmp_path, airtable={"fields": {"title": "Notes"}})
    office.add(lead(1, Notes="Head of Notes", Title="Other"))
    await receive(office)

    assert [found.title for found in all_leads(office.ledger, office.campaign)] == ["Head of Notes"]
    assert AirtableFields().title == "Title"
    office.close()


@pytest.mark.rule("B25")
async def test_a_lead_belongs_to_the_day_it_was_first_seen(office: Office) -> None:
    (record,) = office.add(lead(1))
    await receive(office)
    office.later(days=2)
    office.change(record, Title="New")
    await receive(office)

    (row,) = lead_frame(all_leads(office.ledger, office.campaign)).iter_rows(named=True)
    assert (row["day"], row["title"], row["status"], row["zones"]) == (DAY, "New", "accepted", ["Europe/Berlin"])


FOREIGN = lead(1, Email="grace@quayside-logistics.net")
"""A person whose address is at another company's domain: nothing but a model or a person can say whose it is."""


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
    await receive(office)
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
    await receive(office)
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
    await receive(office)
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
    await receive(office)
    office.writer = ScriptedModel([said])

    report, judged, _ = await verify(office)

    assert judged["verdict"].to_list() == ["pending"]
    assert report.counts[State.REJECTED] == 1
    assert [call["finish"] for call in office.ledger.work.calls()] == [said.finish]


async def test_a_batch_whose_answer_was_refused_is_asked_again_one_by_one(office: Office) -> None:
    """One cut answer must not keep twenty pairs pending for good (I9)."""
    office.add(*(lead(number, Email=f"grace@quayside{number}-logistics.net") for number in range(3)))
    await receive(office)
    office.writer = ScriptedModel([answer('{"answers": [', finish=Finish.TRUNCATED)])
    assert set((await verify(office))[1]["verdict"]) == {"pending"}

    model = judgement(office, "mismatch")
    _, judged, _ = await verify(office)

    assert (set(judged["verdict"]), len(model.asked)) == ({"mismatch"}, 3)
    assert len(office.ledger.work.calls()) == 4


async def test_the_operators_word_counts_more_than_every_tier(office: Office) -> None:
    (record,) = office.add(lead(1))
    await receive(office)
    assert (await verify(office))[1]["verdict"].to_list() == ["match"]
    office.later(hours=1)
    office.change(record, Attribution_Override="mismatch")
    await receive(office)

    _, judged, changes = await verify(office)

    assert judged["verdict"].to_list() == ["mismatch"]
    assert changes == [Change(record, was="match", now="mismatch", why="operator_lead", mailed=False)]


async def test_the_operators_word_about_a_domain_counts_for_every_colleague(office: Office) -> None:
    first, second = office.add(FOREIGN, {**FOREIGN, "Email": FOREIGN["Email"].replace("@", ".two@"), "Name": "Bo Two"})
    office.change(first, Attribution_Override="match domain")
    await receive(office)

    _, judged, _ = await verify(office, buy=False)

    assert dict(judged.select("lead_id", "verdict").iter_rows()) == {first: "match", second: "match"}


@pytest.mark.rule("A11")
@pytest.mark.rule("B39")
async def test_a_verdict_is_written_down_when_it_is_new_or_changes(office: Office) -> None:
    (record,) = office.add(lead(1))
    await receive(office)
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
    await receive(office)
    model = judgement(office, "match")

    report, judged, _ = await verify(office)

    assert (model.asked, judged["verdict"].to_list()) == ([], ["pending"])
    assert report.counts[State.DEFERRED] == 1
    office.close()

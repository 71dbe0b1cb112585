"""A new prompt goes to a person first: what waits is seen everywhere, what is approved goes out to the letter."""

from pathlib import Path
from typing import Any

import pytest

from resources.ledger.approvals import Held
from rules.outcomes import State
from stages import approving
from stages.approving import DecisionRefused
from stages.drafting import draft_frame
from stages.mirroring import write_mirror
from stages.queueing import kept_plan
from stages.status import fold_status
from stages.story import find_lead, tell
from tests.builders import DAY, PEPPER
from tests.stages.office import Office, lead, open_office

WAITS: dict[str, Any] = {"in_sandbox": True, "first": 2, "daily_percent": 0}


async def reading_office(folder: Path, people: int, **approval: Any) -> Office:
    office = open_office(folder, approval={**WAITS, **approval})
    office.add(*(lead(number) for number in range(1, people + 1)))
    await office.receive()
    return office


async def drafted(office: Office) -> list[Held]:
    rows = await office.picked()
    await office.research(rows)
    await office.draft(rows)
    return approving.waiting(office.ledger)


def decide(office: Office, held: Held) -> None:
    approving.approve(held.code, ledger=office.ledger, campaign=office.campaign, clock=office.clock, actor="ada")


async def test_a_new_prompt_is_written_twice_read_and_then_trusted(tmp_path: Path) -> None:
    office = await reading_office(tmp_path, 5)
    held = await drafted(office)
    assert len(held) == 2
    assert len([call for call in office.ledger.work.calls() if call["stage"] == "drafts"]) == 2
    assert (await office.send()).items == 0
    assert office.accepted == []

    for one in held:
        decide(office, one)
    assert await drafted(office) == []
    await office.send()
    assert len(office.accepted) == 5
    office.close()


@pytest.mark.rule("A11")
async def test_what_waits_is_told_in_the_plan_the_story_the_table_and_the_base(tmp_path: Path) -> None:
    office = await reading_office(tmp_path, 1)
    (held,) = await drafted(office)
    assert await office.picked() == []
    (row,) = kept_plan(office.ledger, DAY).iter_rows(named=True)
    assert (row["standing"], row["reason"]) == (
        "waiting", f"its draft waits for approval: `outbound drafts show {held.code}`",
    )  # fmt: skip
    story = tell(
        find_lead("Grace Hopper1", ledger=office.ledger, campaign=office.campaign),
        ledger=office.ledger, pepper=PEPPER, today=DAY,
    )  # fmt: skip
    assert [draft["code"] for draft in story.drafts] == [held.code]
    assert draft_frame(office.ledger, DAY)["approval"].to_list() == ["waiting"]
    status = fold_status(await office.judged(), kept_plan(office.ledger, DAY), ledger=office.ledger)
    await write_mirror(office.base, status, ledger=office.ledger, campaign=office.campaign, clock=office.clock)
    (record,) = await office.base.records()
    shown = str(record.fields["Draft"])
    assert shown.startswith(f"Draft {held.code}: write `approve {held.code}`")
    assert held.written in shown
    office.close()


async def test_a_word_in_the_base_counts_for_the_text_it_names_only(tmp_path: Path) -> None:
    office = await reading_office(tmp_path, 1)
    (held,) = await drafted(office)
    office.change(held.send.lead_id, Approval="approve 00000000")
    office.later(minutes=5)
    await office.receive(full=True)
    await office.plan()
    assert len(approving.waiting(office.ledger)) == 1

    office.change(held.send.lead_id, Approval=f"approve {held.code}")
    office.later(minutes=5)
    await office.receive(full=True)
    await office.plan()
    assert approving.waiting(office.ledger) == []
    await office.send()
    assert office.accepted == [held.send.address]
    office.close()


async def test_a_refused_draft_is_not_written_again_and_says_so(tmp_path: Path) -> None:
    office = await reading_office(tmp_path, 1)
    (held,) = await drafted(office)
    office.change(held.send.lead_id, Approval=f"reject {held.code}: too eager")
    office.later(minutes=5)
    await office.receive(full=True)
    assert await drafted(office) == []
    (row,) = kept_plan(office.ledger, DAY).iter_rows(named=True)
    assert (row["standing"], row["reason"]) == ("excluded", "a person refused the draft: too eager")
    office.close()


async def test_nonsense_in_the_base_is_named_with_the_right_words(tmp_path: Path) -> None:
    office = await reading_office(tmp_path, 1)
    (held,) = await drafted(office)
    office.change(held.send.lead_id, Approval="looks fine")
    office.later(minutes=5)
    await office.receive(full=True)
    (problem,) = approving.settle(office.ledger, office.campaign, now=office.now)
    assert f"write `approve {held.code}`" in problem
    office.close()


async def test_an_edited_draft_passes_the_gate_and_goes_out_as_edited(tmp_path: Path) -> None:
    office = await reading_office(tmp_path, 1)
    (held,) = await drafted(office)

    def edit(text: str) -> Held:
        done = approving.edit(
            held.code, text=text, ledger=office.ledger, campaign=office.campaign, clock=office.clock, actor="ada"
        )
        return done.held

    with pytest.raises(DecisionRefused, match="does not pass the gate"):
        edit(held.written + "\n\nSee https://evil.example")
    changed = edit(held.written.replace("Grace,", "Grace, good day,"))
    assert changed.code != held.code
    with pytest.raises(DecisionRefused, match="no draft"):
        decide(office, held)
    decide(office, changed)
    await office.send()
    (mail,) = office.world.provider.mails.values()
    assert "Grace, good day," in str(mail.mail.text)
    assert "12 Harbour Street" in str(mail.mail.text)
    office.close()


async def test_a_draft_nobody_decided_on_is_withdrawn_and_waits_again_for_nothing(tmp_path: Path) -> None:
    office = await reading_office(tmp_path, 1)
    await drafted(office)
    paid = office.paid
    office.later(hours=49)
    await office.receive(full=True)
    await office.plan()
    assert approving.waiting(office.ledger) == []
    (held,) = await drafted(office)
    assert (office.paid, held.state.value) == (paid, "waiting")
    office.close()


async def test_a_lead_that_must_not_be_mailed_takes_its_draft_along(tmp_path: Path) -> None:
    office = await reading_office(tmp_path, 1)
    (held,) = await drafted(office)
    office.change(held.send.lead_id, Do_Not_Contact=True)
    office.later(minutes=5)
    await office.receive(full=True)
    await office.plan()
    assert approving.waiting(office.ledger) == []
    assert office.ledger.approvals.of_lead(held.send.lead_id)[0].reason == (
        "opener excluded: the operator set do-not-contact"
    )
    office.close()


@pytest.mark.rule("B30")
async def test_a_changed_prompt_makes_unsent_drafts_stale_and_only_those(tmp_path: Path) -> None:
    office = open_office(tmp_path, caps={"per_hour": 1, "per_day": 1})
    office.add(lead(1))
    await office.receive()
    await drafted(office)
    await office.send()
    office.campaign = office.campaign.model_copy(
        update={"caps": office.campaign.caps.model_copy(update={"per_hour": 9, "per_day": 9})}
    )
    office.add(lead(2))
    office.later(minutes=5)
    await office.receive(full=True)
    await drafted(office)
    before = {send["lead_id"]: send["prompt"] for send in office.ledger.sends.of_day(DAY)}
    offer = office.campaign.offer.model_copy(update={"tone": "dry"})
    office.campaign = office.campaign.model_copy(update={"offer": offer})

    await office.plan()
    states = {send["lead_id"]: send["state"] for send in office.ledger.sends.of_day(DAY)}
    assert sorted(states.values()) == ["accepted", "cancelled"]
    report = await office.draft(await office.picked())
    assert report.counts[State.DONE] == 1
    after = {send["lead_id"]: send["prompt"] for send in office.ledger.sends.of_day(DAY)}
    changed = {lead_id for lead_id in after if after[lead_id] != before[lead_id]}
    assert changed == {lead_id for lead_id, state in states.items() if state == "cancelled"}
    office.close()

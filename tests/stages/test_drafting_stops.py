"""What stops or slows the writing: money, keys, rate limits, stumbles."""

from typing import Any

import pytest

from rules.failures import FailureKind
from rules.outcomes import State
from tests.builders import answer
from tests.stages.drafts import GOOD, PRICED, ready_to_draft, scripted
from tests.stages.office import Office, lead, open_office, resumed


@pytest.mark.rule("B29")
async def test_an_empty_purse_defers_and_says_until_when(tmp_path: Any) -> None:
    office = open_office(tmp_path, budget={"per_day_usd": 0.05, "per_run_usd": 0.05}, drafting={"concurrency": 1})
    rows = await ready_to_draft(office, 4)
    model = scripted(office, answer(GOOD, cost=0.02))

    report = await office.draft(rows)

    assert (report.counts[State.DONE], report.counts[State.DEFERRED]) == (len(model.asked), 4 - len(model.asked))
    assert len(model.asked) == 1
    assert set(report.reasons) == {"the day's budget of $0.05 is spent"}
    entries = [
        entry.outcome for entry in office.ledger.work.outcomes("drafts") if entry.outcome.state is State.DEFERRED
    ]
    assert {str(outcome.until) for outcome in entries} == {"2026-11-23 23:00:00+00:00"}  # type: ignore[union-attr] # deferred
    office.close()


@pytest.mark.rule("B29")
async def test_calls_in_flight_cannot_overdraw_the_purse_together(tmp_path: Any) -> None:
    office = open_office(tmp_path, budget={"per_run_usd": 0.07}, drafting={"concurrency": 8})
    rows = await ready_to_draft(office, 6)
    model = scripted(office, answer(GOOD, cost=0.02))

    report = await office.draft(rows, run="of its own")

    assert len(model.asked) == 3
    assert report.counts[State.DEFERRED] == 3
    office.close()


@pytest.mark.rule("B29")
async def test_a_lead_has_a_budget_of_its_own(tmp_path: Any) -> None:
    office = open_office(tmp_path, budget={"per_lead_usd": 0.05})
    rows = await ready_to_draft(office)
    model = scripted(office, answer(PRICED, cost=0.04))

    report = await office.draft(rows)

    assert len(model.asked) == 1
    assert report.reasons == {"the lead's budget of $0.05 is spent": 1}
    office.close()


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    "fault",
    ["openai.insufficient_quota", "openai.billing_hard_limit", "openai.key_revoked", "openai.model_gone"],
)
async def test_money_and_key_stop_the_stage_at_the_first_call(office: Office, fault: str) -> None:
    """Half the leads are not drafted, and it is said: the report carries the failure that fails the run."""
    rows = await ready_to_draft(office, 12)
    office.world.faults.arm(fault)
    before = office.world.tally.requests.get("openai|POST /v1/responses", 0)

    report = await office.draft(rows)

    assert report.systemic is not None
    assert report.systemic.kind is FailureKind.SYSTEMIC
    assert (report.items, report.conserved, report.counts[State.DONE]) == (12, True, 0)
    assert office.world.tally.requests["openai|POST /v1/responses"] - before <= office.campaign.drafting.concurrency
    assert office.ledger.sends.ready(now=office.now) == []


@pytest.mark.rule("A3")
@pytest.mark.rule("B4")
@pytest.mark.parametrize("service", ["openai", "perplexity"])
async def test_a_model_that_refused_us_is_not_asked_again_until_somebody_resumes(office: Office, service: str) -> None:
    office.add(*(lead(number) for number in range(3)))
    await office.receive()
    rows = await office.picked()
    if service == "openai":
        await office.research(rows)
    work = office.draft if service == "openai" else office.research
    office.world.faults.arm(f"{service}.insufficient_quota")
    assert (await work(rows)).systemic is not None
    office.world.faults.disarm()
    paid = office.paid

    again = await work(rows)

    assert (office.paid, again.conserved, again.counts[State.DONE]) == (paid, True, 0)
    assert len(office.ledger.flags.raised()) == 1
    resumed(office)
    assert (await work(rows)).counts[State.DONE] == 3


@pytest.mark.rule("B4")
async def test_a_rate_limit_only_slows_down(office: Office) -> None:
    rows = await ready_to_draft(office, 6)
    office.world.faults.arm("openai.rate_limited", count=9)

    report = await office.draft(rows)

    assert (report.counts[State.DONE], report.systemic) == (6, None)


@pytest.mark.rule("B16")
async def test_a_stumble_is_tried_again_and_a_fall_is_written_down(office: Office) -> None:
    rows = await ready_to_draft(office)
    office.world.faults.arm("openai.server_error", count=2)
    assert (await office.draft(rows)).counts[State.DONE] == 1

    office.add(lead(2))
    await office.receive(full=True)
    rows = await office.picked()
    await office.research(rows)
    office.world.faults.arm("openai.server_error")
    report = await office.draft(rows)

    assert report.counts[State.FAILED] == 1
    assert len(office.ledger.work.failures("drafts", FailureKind.TRANSIENT)) == 1
    office.world.faults.disarm()
    assert (await office.draft(await office.picked())).counts[State.DONE] == 1

"""Research: bought once per company while fresh, on its own site first, read as often as wanted for nothing."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from resources.ledger.schema import work
from resources.models.gateway import ModelAnswer, ModelRequest
from rules.hashing import canonical
from rules.outcomes import Done, Rejected, State
from rules.research.reading import READING_VERSION, quote_key
from stages.research_reading import known_boilerplate, read_day_again, research_frame, settle_day
from stages.researching import fresh_research
from tests.builders import DAY, answer
from tests.crashes import dying
from tests.stages.doubles import ScriptedModel
from tests.stages.office import Office, lead, open_office, resumed

NOT_FOUND = {"is_this_company": False, "what_they_do": "", "facts": [], "recent_news": [], "avoid": []}


def found(number: int = 1, *quotes: str, what: str = "They keep ships afloat.") -> dict[str, Any]:
    """An answer about the harbour of this number."""
    said = quotes or (f"harbour {number} keeps its own pilots",)
    facts = [
        {"claim": f"Harbour {number}: {quote}", "quote": quote, "source_url": "https://firm.example/about"}
        for quote in said
    ]
    return {**NOT_FOUND, "is_this_company": True, "what_they_do": what, "facts": facts}


async def due(office: Office, count: int = 1) -> list[dict[str, Any]]:
    office.add(*(lead(number) for number in range(1, count + 1)))
    await office.receive()
    return await office.picked()


def scripted(office: Office, *answers: Any) -> ScriptedModel:
    model = ScriptedModel([said if isinstance(said, BaseException) else answer(said) for said in answers])
    office.researcher = model
    return model


class Librarian:
    """Answers about whichever company is asked for, with the quotes listed for it."""

    def __init__(self, **quotes: tuple[str, ...]) -> None:
        self.quotes = quotes
        self.asked: list[str] = []

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        site = json.loads(request.document)["company"]["site"]
        self.asked.append(site)
        number = int("".join(sign for sign in site if sign.isdigit()))
        return answer(found(number, *self.quotes.get(f"harbour{number}", ())))

    async def models(self) -> list[Any]:
        return []


@pytest.mark.rule("B20")
@pytest.mark.rule("A13")
async def test_a_company_is_researched_once_for_all_its_people(office: Office) -> None:
    office.add(*(lead(1, Name=f"P{number}", Email=f"p{number}@harbour1.com") for number in range(2)), lead(2))
    await office.receive()
    rows = await office.picked()

    report = await office.research(rows)
    again = await office.research(rows)

    assert (report.items, report.counts[State.DONE], again.counts[State.DONE]) == (2, 2, 2)
    assert (office.paid, again.cost_usd) == (2, 0)
    assert 0 not in research_frame(office.ledger, DAY)["fact_count"].to_list()


@pytest.mark.rule("B39")
async def test_the_companys_own_site_is_searched_first_and_the_whole_web_where_that_brings_nothing(
    office: Office,
) -> None:
    rows = await due(office)
    model = scripted(office, NOT_FOUND, found())

    report = await office.research(rows)

    assert [request.search_domains for request in model.asked] == [("harbour1.com",), ()]
    assert len({request.instructions for request in model.asked}) == 1
    (row,) = research_frame(office.ledger, DAY).iter_rows(named=True)
    assert (row["state"], row["searched"], row["source"]) == ("done", "whole web", "press")
    assert row["cost_usd"] == report.cost_usd == 0.02


async def test_where_the_own_site_tells_enough_nothing_else_is_searched(office: Office) -> None:
    rows = await due(office)
    model = scripted(office, found())

    await office.research(rows)

    assert len(model.asked) == 1
    assert research_frame(office.ledger, DAY)["searched"].to_list() == ["own site"]


@pytest.mark.rule("B36")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("perplexity.incomplete", "the answer is truncated"),
        ("perplexity.failed", "the answer is failed"),
        ("perplexity.no_results", "the pages found are not about Harbour 1 Works"),
    ],
)
async def test_research_that_is_none_is_refused_kept_raw_and_not_bought_again(
    office: Office, fault: str, reason: str
) -> None:
    rows = await due(office)
    office.world.faults.arm(fault)

    report = await office.research(rows)

    assert (report.counts[State.REJECTED], report.systemic) == (1, None), report
    assert next(iter(report.reasons)).startswith(reason)
    (entry,) = office.ledger.work.outcomes("research")
    assert len(office.ledger.work.bought(entry.item)) == 2
    office.world.faults.disarm()
    assert await office.picked() == []
    again = await office.research(rows)
    assert again.counts[State.SKIPPED] == 1
    assert len(office.ledger.work.calls()) == 2


@pytest.mark.rule("B20")
async def test_research_survives_a_crash_before_its_outcome(lasting: Office) -> None:
    office = lasting
    rows = await due(office, 2)
    with pytest.raises(BaseExceptionGroup), dying(office.ledger, on="INSERT INTO work "):
        await office.research(rows)

    report = await office.research(rows)

    assert (report.counts[State.DONE], office.paid) == (2, 2)


@pytest.mark.rule("B5")
async def test_a_call_whose_process_died_is_made_again_when_its_hold_has_passed(lasting: Office) -> None:
    office = lasting
    rows = await due(office)
    with pytest.raises(BaseExceptionGroup), dying(office.ledger, on="INSERT INTO paid_call"):
        await office.research(rows)

    at_once = await office.research(rows)
    office.later(minutes=6)
    later = await office.research(rows)

    assert at_once.reasons == {"another worker is asking the same question": 1}
    assert later.counts[State.DONE] == 1


@pytest.mark.rule("A7")
async def test_two_workers_at_once_buy_each_company_once(office: Office) -> None:
    rows, people = await due(office, 6), await office.people()
    model = Librarian()
    office.researcher = model

    await asyncio.gather(office.research(rows, people), office.research(rows, people))

    assert sorted(model.asked) == [f"harbour{number}.com" for number in range(1, 7)]


async def test_stale_research_is_bought_anew(office: Office) -> None:
    rows = await due(office)
    await office.research(rows)
    assert office.paid == 1

    office.later(days=office.campaign.research.fresh_days + 3)
    await office.receive(full=True)
    await office.research(await office.picked())

    assert office.paid == 2


@pytest.mark.rule("B36")
@pytest.mark.rule("B30")
async def test_a_new_way_of_reading_reads_what_was_bought_and_buys_nothing(office: Office) -> None:
    rows = await due(office)
    model = scripted(office, found())
    await office.research(rows)
    (entry,) = office.ledger.work.outcomes("research")
    assert isinstance(entry.outcome, Done)
    as_read_before = canonical({**entry.outcome.value, "rule_version": "1", "facts": []})
    with office.ledger.transactions.write() as (connection, _):
        connection.execute(update(work).where(work.c.stage == "research").values(value=as_read_before))

    office.later(days=2)
    changed = read_day_again(office.ledger, DAY, now=office.now)

    (again,) = office.ledger.work.outcomes("research", day=DAY)
    assert (changed, again.outcome, again.at) == (1, entry.outcome, entry.at)
    assert entry.outcome.value["rule_version"] == READING_VERSION
    assert len(model.asked) == len(office.ledger.work.calls()) == 1
    assert read_day_again(office.ledger, DAY, now=office.now) == 0


@pytest.mark.rule("B36")
async def test_a_refusal_is_read_again_too(office: Office) -> None:
    rows = await due(office)
    scripted(office, found())
    await office.research(rows)
    (entry,) = office.ledger.work.outcomes("research")
    office.ledger.work.record(entry.item, Rejected("an older reading did not like it", 0.01), now=entry.at)

    assert read_day_again(office.ledger, DAY, now=office.now) == 1
    assert set(fresh_research(office.ledger, office.campaign, ["harbour1.com"], clock=office.clock)) == {"harbour1.com"}


@pytest.mark.rule("B11")
@pytest.mark.rule("B12")
async def test_a_quote_that_stands_at_several_companies_is_left_out_of_all_of_them_for_ever(office: Office) -> None:
    everywhere = "we put our customers first"
    own = {f"harbour{number}": (everywhere, f"pilot {number} lives on board") for number in (1, 2)}
    rows = await due(office, 4)
    model = Librarian(**own, harbour3=(everywhere,), harbour4=(everywhere, "pilot 4 lives on board"))
    office.researcher = model

    await office.research(rows[:3])
    await office.research(rows)

    frame = research_frame(office.ledger, DAY).sort("company_key")
    assert frame["state"].to_list() == ["done", "done", "rejected", "done"]
    assert frame["fact_count"].to_list() == [1, 1, 0, 1]
    assert frame["reason"].to_list()[2] == "the answer holds no fact with a quote and a source (1 boilerplate)"
    assert known_boilerplate(office.ledger) == {quote_key(everywhere)}
    assert len(model.asked) == len(set(model.asked)) + 0 == 4


@pytest.mark.rule("B12")
async def test_an_answer_unlike_all_others_of_the_day_is_refused_with_its_length(office: Office) -> None:
    rows = await due(office, 22)
    long = tuple(f"{'a sentence that was copied from a page and goes on ' * 7}{number}" for number in range(25))
    office.researcher = Librarian(harbour7=long)

    await office.research(rows)

    refused = [entry for entry in office.ledger.work.outcomes("research") if isinstance(entry.outcome, Rejected)]
    assert [entry.item.key for entry in refused] == ["harbour7.com@1"]
    assert "characters of research where the day's 22 companies have" in refused[0].outcome.reason  # type: ignore[union-attr] # refused
    assert settle_day(office.ledger, DAY, now=office.now) == 0


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    "fault",
    [
        "perplexity.insufficient_quota", "perplexity.key_revoked", "perplexity.html_401", "perplexity.unknown_field",
        "openai.insufficient_quota", "openai.credit_balance_exhausted", "openai.organization_spend_limit_exceeded",
        "openai.project_spend_limit_exceeded", "openai.organization_usage_limit_exceeded", "openai.billing_hard_limit",
        "openai.key_revoked", "openai.model_gone", "openai.schema_refused",
    ],
)  # fmt: skip
async def test_a_provider_that_refuses_us_is_asked_once_and_again_after_one_word(tmp_path: Path, fault: str) -> None:
    provider = fault.partition(".")[0]
    model = "gpt-6-luna" if provider == "openai" else "perplexity/sonar"
    office = open_office(tmp_path, research={"provider": provider, "model": model, "concurrency": 1})
    office.researcher = office.writer if provider == "openai" else office.researcher
    rows = await due(office, 5)
    office.world.faults.arm(fault)

    report = await office.research(rows)
    asked = sum(office.world.tally.requests.values())
    silent = await office.research(rows)

    assert report.systemic is not None
    assert (report.counts[State.FAILED], report.counts[State.SKIPPED]) == (1, 4)
    assert sum(office.world.tally.requests.values()) == asked
    assert "`outbound resume` goes on" in next(iter(silent.reasons))
    office.world.faults.disarm()
    assert resumed(office) == ["researcher"]
    assert (await office.research(rows)).counts[State.DONE] == 5
    office.close()


async def test_research_by_the_chat_model_ends_in_the_same_facts_with_its_fee(tmp_path: Path) -> None:
    office = open_office(tmp_path, research={"provider": "openai", "model": "gpt-6-luna"})
    office.researcher = office.writer

    report = await office.research(await due(office, 2))

    frame = research_frame(office.ledger, DAY)
    assert (report.counts[State.DONE], frame["source"].to_list()) == (2, ["own site"] * 2)
    assert min(frame["fact_count"]) >= 2
    assert min(frame["cost_usd"]) >= 0.01
    assert {call["service"] for call in office.ledger.work.calls()} == {"openai"}
    office.close()

"""Language models, in memory and over HTTP: answers, costs, and every way they fail."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from resources.models import openai, perplexity
from resources.models.client import connect
from resources.models.fake import fake_openai, fake_perplexity
from resources.models.gateway import Finish, ModelRequest
from resources.models.responses import ResponsesModel
from rules.failures import Failure, FailureKind, ServiceFailure
from tests.resources.conftest import Town

FLOW, TRANSIENT = FailureKind.FLOW_CONTROL, FailureKind.TRANSIENT
PERMANENT, SYSTEMIC = FailureKind.PERMANENT, FailureKind.SYSTEMIC


async def failure_of(model: ResponsesModel, request: ModelRequest) -> Failure:
    with pytest.raises(ServiceFailure) as raised:
        await model.answer(request)
    return raised.value.failure


@pytest.mark.rule("B29")
async def test_a_mail_is_written_to_the_schema_and_has_a_price(
    writer: ResponsesModel, mail_question: ModelRequest
) -> None:
    answer = await writer.answer(mail_question)

    assert answer.finish is Finish.COMPLETE
    assert set(json.loads(answer.text or "")) == {"subject", "body"}
    assert json.loads(answer.raw)["status"] == "completed"
    assert answer.usage.cost_usd > 0
    assert answer.usage.output_tokens > 0


@pytest.mark.rule("B35")
async def test_the_static_part_is_read_from_the_cache_the_second_time(
    writer: ResponsesModel, mail_question: ModelRequest
) -> None:
    first = await writer.answer(mail_question)
    second = await writer.answer(replace(mail_question, document='{"recipient": {"first_name": "Ada"}}'))

    assert first.usage.cached_tokens == 0
    assert second.usage.cached_tokens >= 1024


@pytest.mark.rule("B34")
async def test_research_brings_facts_with_sources_and_the_search_is_paid(
    searching: tuple[ResponsesModel, ModelRequest], town: Town
) -> None:
    model, question = searching

    answer = await model.answer(question)

    assert answer.finish is Finish.COMPLETE
    found = json.loads(answer.text or "")
    pages = {source.url for source in answer.sources}
    assert found["facts"]
    assert {fact["source_url"] for fact in found["facts"]} <= pages
    assert answer.usage.searches == 1
    assert answer.usage.cost_usd >= 0.0025
    billed = town.call(lambda world: sum(world.tally.spent.values()))
    assert answer.usage.cost_usd == pytest.approx(billed, rel=0.01)


async def test_a_search_is_kept_to_the_sites_it_was_told(searching: tuple[ResponsesModel, ModelRequest]) -> None:
    model, question = searching

    answer = await model.answer(replace(question, search_domains=("elsewhere.example",)))

    assert json.loads(answer.text or "")["facts"] == []
    assert answer.sources == ()


async def test_what_perplexity_hands_over_holds_every_quote(
    researcher: ResponsesModel, company_question: ModelRequest
) -> None:
    answer = await researcher.answer(company_question)

    snippets = " ".join(source.snippet for source in answer.sources)
    assert all(fact["quote"] in snippets for fact in json.loads(answer.text or "")["facts"])


@pytest.mark.rule("B21")
async def test_the_models_of_the_key_are_listed_with_the_day_they_end(
    writer: ResponsesModel, researcher: ResponsesModel
) -> None:
    models = {info.model: info.shutdown for info in await writer.models()}

    assert models["gpt-5"] == date(2026, 12, 11)
    assert models["gpt-6.1-sol"] is None
    assert "perplexity/sonar" in {info.model for info in await researcher.models()}


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("insufficient_quota", SYSTEMIC),
        ("credit_balance_exhausted", SYSTEMIC),
        ("organization_spend_limit_exceeded", SYSTEMIC),
        ("project_spend_limit_exceeded", SYSTEMIC),
        ("organization_usage_limit_exceeded", SYSTEMIC),
        ("billing_hard_limit", SYSTEMIC),
        ("key_revoked", SYSTEMIC),
        ("model_gone", SYSTEMIC),
        ("schema_refused", SYSTEMIC),
        ("rate_limited", FLOW),
        ("slow_down", FLOW),
        ("request_too_large", PERMANENT),
        ("context_exceeded", PERMANENT),
        ("content_flagged", PERMANENT),
        ("server_error", TRANSIENT),
        ("overloaded", TRANSIENT),
        ("lost", TRANSIENT),
    ],
)
async def test_every_failure_of_openai_is_told_apart_and_made_once(
    writer: ResponsesModel, town: Town, mail_question: ModelRequest, fault: str, kind: FailureKind
) -> None:
    town.arm(f"openai.{fault}")

    failure = await failure_of(writer, mail_question)

    assert failure.kind is kind
    assert failure.service == "openai"
    requests = town.call(lambda world: sum(world.tally.requests.values()))
    assert requests == 1


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("insufficient_quota", SYSTEMIC),
        ("key_revoked", SYSTEMIC),
        ("html_401", SYSTEMIC),
        ("unknown_field", SYSTEMIC),
        ("rate_limited", FLOW),
        ("structured_output_failed", TRANSIENT),
        ("bad_gateway", TRANSIENT),
        ("lost", TRANSIENT),
    ],
)
async def test_every_failure_of_perplexity_is_told_apart(
    researcher: ResponsesModel, town: Town, company_question: ModelRequest, fault: str, kind: FailureKind
) -> None:
    town.arm(f"perplexity.{fault}")

    failure = await failure_of(researcher, company_question)

    assert failure.kind is kind
    assert failure.service == "perplexity"


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("fault", "finish"),
    [("refusal", Finish.REFUSED), ("cut_short", Finish.TRUNCATED), ("empty_answer", Finish.EMPTY)],
)
async def test_an_answer_that_is_none_is_not_complete(
    writer: ResponsesModel, town: Town, mail_question: ModelRequest, fault: str, finish: Finish
) -> None:
    town.arm(f"openai.{fault}")

    answer = await writer.answer(mail_question)

    assert answer.finish is finish
    assert answer.detail
    assert answer.raw


@pytest.mark.rule("B23")
@pytest.mark.parametrize(
    ("fault", "finish", "sources"),
    [
        ("failed", Finish.FAILED, False),
        ("incomplete", Finish.TRUNCATED, False),
        ("no_results", Finish.COMPLETE, False),
        ("no_dates", Finish.COMPLETE, True),
    ],
)
async def test_research_that_failed_found_nothing_or_has_no_dates_says_so(
    researcher: ResponsesModel, town: Town, company_question: ModelRequest, fault: str, finish: Finish, *, sources: bool
) -> None:
    town.arm(f"perplexity.{fault}")

    answer = await researcher.answer(company_question)

    assert answer.finish is finish
    assert bool(answer.sources) is sources
    assert all(source.date is None for source in answer.sources)


async def test_a_model_past_its_last_day_is_systemic(
    writer: ResponsesModel, town: Town, mail_question: ModelRequest
) -> None:
    old = replace(mail_question, model="gpt-5-mini")
    assert (await writer.answer(old)).finish is Finish.COMPLETE

    town.call(lambda world: world.advance(timedelta(days=30)))
    failure = await failure_of(writer, old)

    assert failure.kind is SYSTEMIC
    assert failure.code == "model_not_found"
    assert "deprecated" in failure.message


@pytest.mark.rule("B27")
@pytest.mark.rule("B29")
async def test_what_is_too_much_or_has_no_price_is_refused_before_it_is_paid(
    writer: ResponsesModel, town: Town, mail_question: ModelRequest
) -> None:
    assert (await failure_of(writer, replace(mail_question, document="word " * 40_000))).code == "input_over_budget"
    assert (await failure_of(writer, replace(mail_question, model="gpt-9-nova"))).code == "unknown_price"
    assert town.call(lambda world: sum(world.tally.requests.values())) == 0


async def test_a_wrong_key_is_systemic(town: Town, mail_question: ModelRequest, company_question: ModelRequest) -> None:
    for dialect, fake, prefix, question in (
        (openai.DIALECT, fake_openai, "openai", mail_question),
        (perplexity.DIALECT, fake_perplexity, "perplexity", company_question),
    ):
        if town.url is None:
            assert (await failure_of(fake(town.app, api_key="wrong"), question)).kind is SYSTEMIC
            continue
        async with connect("wrong", dialect, base_url=f"{town.url}/{prefix}/v1", requests_per_second=0) as model:
            assert (await failure_of(model, question)).kind is SYSTEMIC


async def test_an_unreachable_or_silent_service_is_transient(http: Town, mail_question: ModelRequest) -> None:
    async with connect("sk-1", openai.DIALECT, base_url="http://127.0.0.1:9/v1") as model:
        failure = await failure_of(model, mail_question)
        assert (failure.kind, failure.code) == (TRANSIENT, "unreachable")

    http.arm("openai.slow", value=5)
    url = f"{http.url}/openai/v1"
    async with connect("sk-1", openai.DIALECT, base_url=url, timeout_seconds=0.1) as model:
        failure = await failure_of(model, mail_question)
    assert (failure.kind, failure.code) == (TRANSIENT, "timeout")

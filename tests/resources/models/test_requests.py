"""What is sent to a model: parameters by task, static parts first, inputs within a budget, a known price."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.models import openai, perplexity
from resources.models.budget import check_input, estimated_tokens
from resources.models.gateway import ModelRequest, Task
from resources.models.parameters import parameters
from resources.models.prices import PRICES, ModelPrice, Tokens, cost, known_price
from rules.failures import FailureKind, ServiceFailure

REQUEST = ModelRequest(
    task=Task.WRITING,
    model="gpt-6.1-sol",
    instructions="Write one mail.",
    document='{"recipient": {"first_name": "Grace"}}',
    schema_name="mail",
    schema={"type": "object", "properties": {"subject": {"type": "string"}}, "required": ["subject"]},
    cache_key="spring",
)


@pytest.mark.rule("B35")
@given(document=st.text(min_size=1, max_size=200))
@pytest.mark.parametrize("build", [openai.request_body, perplexity.request_body])
def test_what_is_static_comes_first_and_is_byte_identical(build: object, document: str) -> None:
    assert callable(build)
    one, two = (json.dumps(build(replace(REQUEST, document=each))) for each in (document, "another"))
    static = json.dumps(build(REQUEST)).partition('"input": ')[0]

    assert one.startswith(static)
    assert two.startswith(static)
    assert one[len(static) :] == f'"input": {json.dumps(document)}}}'


@pytest.mark.rule("B32")
@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("model", [*PRICES, "openai/gpt-6-luna", "gpt-7-something"])
def test_no_answer_has_a_length_cap(task: Task, model: str) -> None:
    for build in (openai.request_body, perplexity.request_body):
        body = build(replace(REQUEST, task=task, model=model))
        assert not [name for name in body if "max" in name]


@pytest.mark.rule("B33")
def test_parameters_follow_the_task_and_never_contain_what_the_model_refuses() -> None:
    assert parameters(Task.JUDGEMENT, "gpt-4.1-mini") == {"temperature": 0.0}
    assert parameters(Task.WRITING, "gpt-4o")["temperature"] > 0.5
    assert parameters(Task.RESEARCH, "perplexity/sonar") == {"temperature": 0.0}
    for model in ("gpt-5-mini", "gpt-6.1-sol", "openai/gpt-6-luna", "o3-mini", "gpt-7-something"):
        assert set(parameters(Task.WRITING, model)) == {"reasoning"}


def test_an_openai_request_keeps_nothing_there_and_is_strict() -> None:
    body = openai.request_body(REQUEST)

    assert body["store"] is False
    assert body["text"]["format"]["strict"] is True
    assert body["prompt_cache_key"] == "spring"
    assert "prompt_cache_key" not in openai.request_body(replace(REQUEST, cache_key=""))


@pytest.mark.rule("B34")
def test_a_research_request_forces_the_search_itself() -> None:
    wanted = replace(REQUEST, task=Task.RESEARCH, model="perplexity/sonar", search_domains=("firm.example",))

    body = perplexity.request_body(wanted)

    assert body["tools"] == [{"type": "web_search", "filters": {"search_domain_filter": ["firm.example"]}}]
    assert body["tool_choice"] == {"type": "web_search"}
    assert body["response_format"]["type"] == "json_schema"
    known = {"model", "instructions", "tools", "tool_choice", "response_format", "temperature", "store", "input"}
    assert set(body) == known
    assert "filters" not in perplexity.request_body(replace(wanted, search_domains=()))["tools"][0]
    with pytest.raises(ValueError, match="20"):
        perplexity.request_body(replace(wanted, search_domains=("a.example",) * 21))


@pytest.mark.rule("B34")
def test_openai_is_made_to_search_and_to_name_the_pages_it_looked_at() -> None:
    wanted = replace(REQUEST, task=Task.RESEARCH, model="gpt-6-luna", search_domains=("firm.example",))

    body = openai.request_body(wanted)

    assert body["tools"] == [{"type": "web_search", "filters": {"allowed_domains": ["firm.example"]}}]
    assert (body["tool_choice"], body["include"]) == ("required", ["web_search_call.action.sources"])
    assert "filters" not in openai.request_body(replace(wanted, search_domains=()))["tools"][0]
    assert "tools" not in openai.request_body(REQUEST)


@pytest.mark.rule("B27")
@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("word " * 30_000, "input_over_budget"),
        ("data:image/png;base64,iVBORw0KGgo=", "binary_input"),
        ("A1b2" * 400, "binary_input"),
        ("text\0text", "binary_input"),
        ("<html><body>page</body></html>", "markup_input"),
        ("before <script>alert(1)</script>", "markup_input"),
    ],
)
def test_what_is_no_text_or_too_much_of_it_is_refused_before_it_is_paid_for(document: str, code: str) -> None:
    with pytest.raises(ServiceFailure) as refused:
        check_input(replace(REQUEST, document=document))

    assert refused.value.failure.kind is FailureKind.PERMANENT
    assert refused.value.failure.code == code


@pytest.mark.rule("B27")
def test_tokens_are_estimated_on_the_high_side_of_four_letters_each() -> None:
    prose = "We read about your new quay in Lübeck and wondered how you schedule the cranes. " * 20

    assert len(prose) / 5 < estimated_tokens(prose) < len(prose) / 2
    assert estimated_tokens("日本語の文章です") >= 8
    assert estimated_tokens("") == 0
    assert check_input(REQUEST) == estimated_tokens(REQUEST.instructions) + estimated_tokens(REQUEST.document)


@pytest.mark.rule("B29")
def test_a_call_is_priced_by_what_was_fresh_cached_written_and_searched() -> None:
    price = ModelPrice(2, 0.2, 10, cache_write=2.5, search=0.0025)
    tokens = Tokens(input=1_000_000, cached=300_000, written=200_000, output=100_000, searches=2)

    assert cost(price, tokens) == pytest.approx(0.5 * 2 + 0.3 * 0.2 + 0.2 * 2.5 + 0.1 * 10 + 0.005)


@pytest.mark.rule("B29")
def test_a_model_without_a_price_is_refused_and_the_error_names_the_table() -> None:
    with pytest.raises(ServiceFailure) as refused:
        known_price("gpt-9-nova")

    assert refused.value.failure.kind is FailureKind.SYSTEMIC
    assert "resources/models/prices.py" in refused.value.failure.message
    assert known_price("gpt-9-nova", {"gpt-9-nova": ModelPrice(1, 1, 1)}).output == 1


def test_snapshots_and_resold_models_cost_what_their_family_costs() -> None:
    assert known_price("gpt-4.1-2025-04-14") == PRICES["gpt-4.1"]
    assert known_price("openai/gpt-6-luna").output == PRICES["gpt-6-luna"].output
    assert known_price("openai/gpt-6-luna").search == 0.0025
    for price in PRICES.values():
        assert 0 < price.cached <= price.input < price.output

"""Answers of the Responses protocol, as received."""

import json
from pathlib import Path
from typing import Any

import pytest

from resources.models.answers import read_answer
from resources.models.errors import openai_failure
from resources.models.gateway import Finish, ModelAnswer
from resources.models.perplexity_errors import perplexity_failure
from resources.models.prices import ModelPrice
from rules.failures import FailureKind, ServiceFailure

PRICE = ModelPrice(2, 0.2, 10, search=0.0025)
CAPTURES = Path(__file__).parents[4] / "shared/specs/perplexity/agent_api_captures_2026-10-09.json"


def body(**changes: Any) -> dict[str, Any]:
    message = {"type": "message", "content": [{"type": "output_text", "text": '{"a":1}'}]}
    known = {"status": "completed", "model": "gpt-6.1-sol-2026-09-01", "output": [message]}
    usage = {"input_tokens": 1000, "output_tokens": 100, "input_tokens_details": {"cached_tokens": 400}}
    return {**known, "usage": usage, **changes}


def read(content: Any) -> ModelAnswer:
    raw = content if isinstance(content, str) else json.dumps(content)
    return read_answer(raw, price=PRICE, requested="gpt-6.1-sol", service="openai", classify=openai_failure)


@pytest.mark.rule("B36")
def test_a_completed_answer_keeps_its_raw_body_and_its_cost() -> None:
    answer = read(body())

    assert answer.finish is Finish.COMPLETE
    assert answer.text == '{"a":1}'
    assert json.loads(answer.raw) == body()
    assert answer.model == "gpt-6.1-sol-2026-09-01"
    assert answer.usage.cost_usd == pytest.approx((600 * 2 + 400 * 0.2 + 100 * 10) / 1e6)


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("changes", "finish", "detail"),
    [
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            Finish.TRUNCATED,
            "max_output",
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            Finish.REFUSED,
            "content_filter",
        ),
        ({"status": "incomplete", "incomplete_details": None, "output": []}, Finish.TRUNCATED, "no reason"),
        ({"output": []}, Finish.EMPTY, "no text"),
        ({"output": [{"type": "message", "content": [{"type": "output_text", "text": " "}]}]}, Finish.EMPTY, "no text"),
        (
            {"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "Sorry"}]}]},
            Finish.REFUSED,
            "Sorry",
        ),
        ({"status": "failed", "error": {"code": "server_error", "message": "broke"}}, Finish.FAILED, "broke"),
        ({"status": "failed", "error": None}, Finish.FAILED, "failed"),
        ({"status": "cancelled", "output": []}, Finish.FAILED, "cancelled"),
        ({"status": "queued", "output": [], "usage": None}, Finish.FAILED, "queued"),
    ],
)
def test_only_a_completed_answer_with_text_is_complete(changes: dict[str, Any], finish: Finish, detail: str) -> None:
    answer = read(body(**changes))

    assert answer.finish is finish
    assert answer.detail is not None
    assert detail in answer.detail


@pytest.mark.parametrize("content", ["", "<html/>", "[]", "{}", '{"status": 5}', '"completed"'])
def test_a_success_that_is_no_answer_is_transient(content: str) -> None:
    with pytest.raises(ServiceFailure) as raised:
        read(content)

    assert raised.value.failure.kind is FailureKind.TRANSIENT


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": "insufficient_quota", "message": "x"}, FailureKind.SYSTEMIC),
        ({"code": 401, "type": "insufficient_quota", "message": "x"}, FailureKind.SYSTEMIC),
        ({"code": "rate_limit_exceeded", "message": "Please try again in 2s"}, FailureKind.FLOW_CONTROL),
    ],
)
def test_a_200_that_failed_for_everybody_is_raised(error: dict[str, Any], kind: FailureKind) -> None:
    with pytest.raises(ServiceFailure) as raised:
        read(body(status="failed", error=error))

    assert raised.value.failure.kind is kind


def test_a_searching_model_brings_its_sources_once_each_and_its_own_bill() -> None:
    found = {"url": "https://a.example", "title": "A", "snippet": "s", "date": "2026-01-02"}
    bare = {"url": "https://b.example", "title": "B", "snippet": ""}
    usage = {
        "input_tokens": 10,
        "output_tokens": 5,
        "tool_calls_details": {"search_web": {"invocation": 2, "cost_usd": 0.005}},
        "cost": {"currency": "USD", "total_cost": 0.0061},
    }
    searched = {"type": "search_results", "results": [found, bare, found, {"url": ""}]}

    answer = read(body(output=[searched, *body()["output"]], usage=usage))

    assert [(source.url, source.date) for source in answer.sources] == [
        ("https://a.example", "2026-01-02"),
        ("https://b.example", None),
    ]
    assert answer.usage.searches == 2
    assert answer.usage.cost_usd == 0.0061


def test_without_a_bill_searches_are_priced_by_the_table() -> None:
    usage = {"input_tokens": 0, "output_tokens": 0, "tool_calls_details": {"search_web": {"invocation": 4}}}

    assert read(body(usage=usage)).usage.cost_usd == pytest.approx(0.01)


@pytest.mark.skipif(not CAPTURES.exists(), reason=f"no captured answers at {CAPTURES}")
def test_real_captured_answers_are_read() -> None:
    captured = json.loads(CAPTURES.read_text())

    def perplexity(content: Any) -> ModelAnswer:
        return read_answer(
            json.dumps(content), price=PRICE, requested="m", service="perplexity", classify=perplexity_failure
        )

    plain = perplexity(captured["agent_fast (200)"])
    structured = perplexity(captured["agent_structured_output (200)"]["response"])
    cut = perplexity(captured["agent_incomplete_truncated (200)"])

    assert (plain.finish, len(plain.sources), plain.usage.cost_usd) == (Finish.COMPLETE, 2, 0.00125)
    assert json.loads(structured.text or "") == {"city": "Paris", "population": 2050000}
    assert (cut.finish, cut.text) == (Finish.TRUNCATED, None)
    assert (
        perplexity_failure(
            401, json.dumps(captured["models_unauthenticated (GET /v1/models without key, HTTP 401)"]), {}
        ).kind
        is FailureKind.SYSTEMIC
    )

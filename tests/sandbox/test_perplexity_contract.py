"""The Perplexity stand-in through the openai SDK with extra_body, and over plain HTTP where the SDK hides the wire."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI

from sandbox.serving import Running
from tests.sandbox.research_request import ASK, FORMAT, KEY, answer, post

SHARED = Path(__file__).parents[3] / "shared" / "specs" / "perplexity" / "agent_api_captures_2026-10-09.json"


async def test_the_openai_sdk_reaches_it_with_extra_body(perplexity: AsyncOpenAI) -> None:
    answer = await perplexity.responses.create(
        model="perplexity/sonar",
        input=ASK["input"],
        tools=[{"type": "web_search"}],
        extra_body={"response_format": FORMAT},
    )
    assert len(json.loads(answer.output_text)["facts"]) == 3
    assert answer.status == "completed"


def test_every_quote_stands_in_a_search_result_on_the_companys_own_site(http: httpx.Client) -> None:
    body = post(http).json()
    search, message = body["output"]
    assert (search["type"], message["type"]) == ("search_results", "message")
    for fact in answer(body)["facts"]:
        page = next(result for result in search["results"] if result["url"] == fact["source_url"])
        assert fact["quote"] in page["snippet"]
        assert page["url"].startswith("https://www.alder-instruments.example")


def test_a_company_is_the_same_every_time_and_unlike_another(http: httpx.Client) -> None:
    other = json.dumps({"company": {"name": "Birch Foods", "site": "birch.example"}})
    assert answer(post(http).json()) == answer(post(http).json())
    assert answer(post(http).json())["facts"] != answer(post(http, input=other).json())["facts"]


def test_without_a_search_nothing_is_known(http: httpx.Client) -> None:
    body = post(http, tools=None).json()
    assert [item["type"] for item in body["output"]] == ["message"]
    assert answer(body)["facts"] == []
    assert "tool_calls_details" not in body["usage"]
    elsewhere = [{"type": "web_search", "filters": {"search_domain_filter": ["other.example"]}}]
    assert post(http, tools=elsewhere).json()["output"][0]["results"] == []


def test_the_cost_adds_up(http: httpx.Client) -> None:
    cost = post(http).json()["usage"]["cost"]
    assert cost["tool_calls_cost"] == 0.0025
    assert cost["total_cost"] == pytest.approx(cost["input_cost"] + cost["output_cost"] + 0.0025)
    assert post(http, preset="fast", model=None, tools=None).json()["usage"]["cost"]["tool_calls_cost"] == 0.001


def test_rate_headers_stand_on_everyanswer(http: httpx.Client) -> None:
    headers = post(http).headers
    assert headers["x-ratelimit-limit"] == "50"
    assert int(headers["x-ratelimit-reset"]) > 1_600_000_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input": ""}, "validation failed: input cannot be empty"),
        ({"max_steps": 0}, "validation failed: max steps must be at least 1"),
        ({"model": "sonar"}, 'validation failed: model "sonar" is not supported'),
        (
            {"model": "anthropic/claude-x"},
            "validation failed: max_output_tokens is required when using Anthropic models",
        ),
        (
            {"response_format": {"type": "json_schema"}},
            'validation failed: response_format.json_schema is required when type is "json_schema"',
        ),
        (
            {"tools": [{"type": "web_search", "filters": {"search_recency_filter": "eon"}}]},
            "validation failed: tools[0]: search recency filter must be one of: hour day week month year",
        ),
        ({"search_mode": "web"}, 'invalid request body: json: unknown field "search_mode"'),
        ({"text": {"format": {}}}, 'invalid request body: json: unknown field "text"'),
        (
            {"tools": [{"type": "web_search", "filters": {"top_k": 3}}]},
            'invalid request body: json: unknown field "top_k"',
        ),
    ],
)
def test_a_request_that_is_not_exactly_right_is_refused(
    http: httpx.Client, changes: dict[str, Any], message: str
) -> None:
    answer = post(http, **changes)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["message"], error["type"], error["code"]) == (message, "invalid_request", 400)


def test_a_schema_whose_root_is_no_object_is_refused(http: httpx.Client) -> None:
    wrong = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "bogus"}}}
    error = post(http, response_format=wrong).json()["error"]
    assert error["type"] == "invalid_parameter"
    assert error["message"].startswith("json_schema.schema must have a root type of 'object' (got type=\"bogus\").")


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/sonar"])
def test_sonar_is_closed_and_says_where_to_go(http: httpx.Client, path: str) -> None:
    answer = http.post(f"/perplexity{path}", json={"model": "sonar"}, headers=KEY)
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "chat_completions_not_available")
    assert http.post(f"/perplexity{path}", json={}).status_code == 401
    assert http.post("/perplexity/v1/chat/completions", json={}, headers=KEY).content == b""


def test_stored_answers_can_be_fetched_and_others_not(http: httpx.Client) -> None:
    kept, unkept = post(http).json(), post(http, store=False).json()
    assert http.get(f"/perplexity/v1/agent/{kept['id']}", headers=KEY).json() == kept
    assert http.get(f"/perplexity/v1/agent/{unkept['id']}", headers=KEY).status_code == 404
    malformed = http.get("/perplexity/v1/agent/nonsense", headers=KEY)
    assert (malformed.status_code, malformed.json()["error"]["message"]) == (400, "invalid response id")


def test_a_background_run_is_queued_then_finished(http: httpx.Client, town: Running) -> None:
    queued = post(http, background=True).json()
    assert (queued["status"], queued["usage"], queued["output"]) == ("queued", None, [])
    url = f"/perplexity/v1/agent/{queued['id']}"
    assert http.get(url, headers=KEY).json()["status"] == "in_progress"
    town.call(lambda world: world.advance(timedelta(minutes=2)))
    assert http.get(url, headers=KEY).json()["status"] == "completed"
    second = post(http, background=True).json()
    url = f"/perplexity/v1/agent/{second['id']}"
    assert http.post(f"{url}/cancel", headers=KEY).json()["status"] == "cancelling"
    assert http.get(url, headers=KEY).json()["status"] == "cancelled"
    assert http.post(f"{url}/cancel", headers=KEY).status_code == 400


def test_models_have_prices(http: httpx.Client) -> None:
    models = {model["id"]: model for model in http.get("/perplexity/v1/models", headers=KEY).json()["data"]}
    assert models["perplexity/sonar"]["pricing"]["input"] == 0.25


def test_shapes_are_those_of_the_captures(http: httpx.Client) -> None:
    if not SHARED.exists():
        pytest.skip("the recorded answers are not beside this checkout")
    captures = json.loads(SHARED.read_text(encoding="utf-8"))
    recorded = captures["agent_structured_output (200)"]["response"]
    body = post(http).json()
    assert set(body) == set(recorded)
    assert set(body["usage"]) == set(recorded["usage"])
    assert set(body["output"][0]["results"][0]) == set(recorded["output"][0]["results"][0])
    assert set(body["output"][1]) == set(recorded["output"][1])
    for name, changes in (("agent_empty_input_400", {"input": ""}), ("agent_max_steps_zero_400", {"max_steps": 0})):
        assert post(http, **changes).json() == captures[name]

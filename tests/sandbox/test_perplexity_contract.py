"""The Perplexity stand-in through the openai SDK with extra_body, and over plain HTTP where the SDK hides the wire."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import openai as sdk
import pytest
from openai import AsyncOpenAI

from sandbox.keys import SANDBOX_PERPLEXITY_KEY
from sandbox.serving import Running

SHARED = Path(__file__).parents[3] / "shared" / "specs" / "perplexity" / "agent_api_captures_2026-10-09.json"
KEY = {"authorization": f"Bearer {SANDBOX_PERPLEXITY_KEY}"}
RESEARCH: dict[str, Any] = {
    "type": "object",
    "properties": {
        "what_they_do": {"type": "string"},
        "facts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("claim", "quote", "source_url")},
                "required": ["claim", "quote", "source_url"],
            },
        },
        "recent_news": {
            "type": "array",
            "items": {"type": "object", "properties": {name: {"type": "string"} for name in ("title", "date")}},
        },
        "avoid": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["what_they_do", "facts", "recent_news", "avoid"],
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "research", "schema": RESEARCH, "strict": True}}
ASK: dict[str, Any] = {
    "model": "perplexity/sonar",
    "input": json.dumps({"company": {"name": "Alder Instruments", "site": "https://www.alder-instruments.example"}}),
    "tools": [{"type": "web_search"}],
    "response_format": FORMAT,
}


def _post(http: httpx.Client, **changes: Any) -> httpx.Response:
    body = {name: value for name, value in (ASK | changes).items() if value is not None}
    return http.post("/perplexity/v1/agent", json=body, headers=KEY)


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(body["output"][-1]["content"][0]["text"]))


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
    body = _post(http).json()
    search, message = body["output"]
    assert (search["type"], message["type"]) == ("search_results", "message")
    for fact in _answer(body)["facts"]:
        page = next(result for result in search["results"] if result["url"] == fact["source_url"])
        assert fact["quote"] in page["snippet"]
        assert page["url"].startswith("https://www.alder-instruments.example")


def test_a_company_is_the_same_every_time_and_unlike_another(http: httpx.Client) -> None:
    other = json.dumps({"company": {"name": "Birch Foods", "site": "birch.example"}})
    assert _answer(_post(http).json()) == _answer(_post(http).json())
    assert _answer(_post(http).json())["facts"] != _answer(_post(http, input=other).json())["facts"]


def test_without_a_search_nothing_is_known(http: httpx.Client) -> None:
    body = _post(http, tools=None).json()
    assert [item["type"] for item in body["output"]] == ["message"]
    assert _answer(body)["facts"] == []
    assert "tool_calls_details" not in body["usage"]
    elsewhere = [{"type": "web_search", "filters": {"search_domain_filter": ["other.example"]}}]
    assert _post(http, tools=elsewhere).json()["output"][0]["results"] == []


def test_the_cost_adds_up(http: httpx.Client) -> None:
    cost = _post(http).json()["usage"]["cost"]
    assert cost["tool_calls_cost"] == 0.0025
    assert cost["total_cost"] == pytest.approx(cost["input_cost"] + cost["output_cost"] + 0.0025)
    assert _post(http, preset="fast", model=None, tools=None).json()["usage"]["cost"]["tool_calls_cost"] == 0.001


def test_rate_headers_stand_on_every_answer(http: httpx.Client) -> None:
    headers = _post(http).headers
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
    answer = _post(http, **changes)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["message"], error["type"], error["code"]) == (message, "invalid_request", 400)


def test_a_schema_whose_root_is_no_object_is_refused(http: httpx.Client) -> None:
    wrong = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "bogus"}}}
    error = _post(http, response_format=wrong).json()["error"]
    assert error["type"] == "invalid_parameter"
    assert error["message"].startswith("json_schema.schema must have a root type of 'object' (got type=\"bogus\").")


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/sonar"])
def test_sonar_is_closed_and_says_where_to_go(http: httpx.Client, path: str) -> None:
    answer = http.post(f"/perplexity{path}", json={"model": "sonar"}, headers=KEY)
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "chat_completions_not_available")
    assert http.post(f"/perplexity{path}", json={}).status_code == 401
    assert http.post("/perplexity/v1/chat/completions", json={}, headers=KEY).content == b""


def test_stored_answers_can_be_fetched_and_others_not(http: httpx.Client) -> None:
    kept, unkept = _post(http).json(), _post(http, store=False).json()
    assert http.get(f"/perplexity/v1/agent/{kept['id']}", headers=KEY).json() == kept
    assert http.get(f"/perplexity/v1/agent/{unkept['id']}", headers=KEY).status_code == 404
    malformed = http.get("/perplexity/v1/agent/nonsense", headers=KEY)
    assert (malformed.status_code, malformed.json()["error"]["message"]) == (400, "invalid response id")


def test_a_background_run_is_queued_then_finished(http: httpx.Client, town: Running) -> None:
    queued = _post(http, background=True).json()
    assert (queued["status"], queued["usage"], queued["output"]) == ("queued", None, [])
    url = f"/perplexity/v1/agent/{queued['id']}"
    assert http.get(url, headers=KEY).json()["status"] == "in_progress"
    town.call(lambda world: world.advance(timedelta(minutes=2)))
    assert http.get(url, headers=KEY).json()["status"] == "completed"
    second = _post(http, background=True).json()
    url = f"/perplexity/v1/agent/{second['id']}"
    assert http.post(f"{url}/cancel", headers=KEY).json()["status"] == "cancelling"
    assert http.get(url, headers=KEY).json()["status"] == "cancelled"
    assert http.post(f"{url}/cancel", headers=KEY).status_code == 400


def test_models_have_prices(http: httpx.Client) -> None:
    models = {model["id"]: model for model in http.get("/perplexity/v1/models", headers=KEY).json()["data"]}
    assert models["perplexity/sonar"]["pricing"]["input"] == 0.25


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("insufficient_quota", 401, "insufficient_quota"),
        ("key_revoked", 401, "invalid_api_key"),
        ("unknown_field", 400, "invalid_request"),
        ("rate_limited", 429, "request_rate_limit_exceeded"),
        ("structured_output_failed", 500, "upstream_structured_output_failed"),
        ("bad_gateway", 502, "bad_gateway"),
    ],
)
def test_a_fault_has_its_status_and_type(http: httpx.Client, town: Running, fault: str, status: int, kind: str) -> None:
    town.call(lambda world: world.faults.arm(f"perplexity.{fault}", count=1))
    answer = _post(http)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
    assert _post(http).status_code == 200


def test_failed_and_incomplete_are_answers_with_status_200(http: httpx.Client, town: Running) -> None:
    town.call(lambda world: world.faults.arm("perplexity.failed", count=1))
    failed = _post(http)
    assert (failed.status_code, failed.json()["status"]) == (200, "failed")
    assert failed.json()["error"]["message"]
    town.call(lambda world: world.faults.arm("perplexity.incomplete", count=1))
    body = _post(http).json()
    assert (body["status"], body["output"]) == ("incomplete", [])
    assert body["incomplete_details"] == {"reason": "max_output_tokens"}


def test_a_search_may_find_nothing_or_undated_pages_or_a_quote_nobody_said(http: httpx.Client, town: Running) -> None:
    town.call(lambda world: world.faults.arm("perplexity.no_results", count=1))
    nothing = _post(http).json()
    assert nothing["output"][0]["results"] == []
    assert _answer(nothing)["facts"] == []
    town.call(lambda world: world.faults.arm("perplexity.no_dates", count=1))
    assert all("date" not in result for result in _post(http).json()["output"][0]["results"])
    town.call(lambda world: world.faults.arm("perplexity.foreign_quote", count=1))
    body = _post(http).json()
    snippets = " ".join(result["snippet"] for result in body["output"][0]["results"])
    assert _answer(body)["facts"][0]["quote"] not in snippets


def test_an_old_gateway_answers_with_a_page_and_a_lost_answer_was_paid(http: httpx.Client, town: Running) -> None:
    town.call(lambda world: world.faults.arm("perplexity.html_401", count=1))
    page = _post(http)
    assert (page.status_code, "openresty" in page.text) == (401, True)
    town.call(lambda world: world.faults.arm("perplexity.lost", count=1))
    with pytest.raises(httpx.RemoteProtocolError):
        _post(http)
    assert sum(town.world.tally.paid.values()) == 1


async def test_a_slow_answer_runs_into_the_clients_timeout(perplexity: AsyncOpenAI, town: Running) -> None:
    town.call(lambda world: world.faults.arm("perplexity.slow", count=1, value=2.0))
    with pytest.raises(sdk.APITimeoutError):
        await perplexity.with_options(timeout=0.2).responses.create(model="perplexity/sonar", input="x")


def test_fifty_requests_fit_at_once_and_the_next_does_not(http: httpx.Client, town: Running) -> None:
    town.house.paced = True
    answers = [http.get("/perplexity/v1/models", headers=KEY).status_code for _ in range(55)]
    assert answers[:50] == [200] * 50
    assert 429 in answers


def test_shapes_are_those_of_the_captures(http: httpx.Client) -> None:
    if not SHARED.exists():
        pytest.skip("the recorded answers are not beside this checkout")
    captures = json.loads(SHARED.read_text(encoding="utf-8"))
    recorded = captures["agent_structured_output (200)"]["response"]
    body = _post(http).json()
    assert set(body) == set(recorded)
    assert set(body["usage"]) == set(recorded["usage"])
    assert set(body["output"][0]["results"][0]) == set(recorded["output"][0]["results"][0])
    assert set(body["output"][1]) == set(recorded["output"][1])
    for name, changes in (("agent_empty_input_400", {"input": ""}), ("agent_max_steps_zero_400", {"max_steps": 0})):
        assert _post(http, **changes).json() == captures[name]

"""Every way the Perplexity stand-in can fail or mislead."""

import httpx
import openai as sdk
import pytest
from openai import AsyncOpenAI

from sandbox.serving import Running
from tests.sandbox.research_request import KEY, answer, post


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
    answer = post(http)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
    assert post(http).status_code == 200


def test_failed_and_incomplete_are_answers_with_status_200(http: httpx.Client, town: Running) -> None:
    town.call(lambda world: world.faults.arm("perplexity.failed", count=1))
    failed = post(http)
    assert (failed.status_code, failed.json()["status"]) == (200, "failed")
    assert failed.json()["error"]["message"]
    town.call(lambda world: world.faults.arm("perplexity.incomplete", count=1))
    body = post(http).json()
    assert (body["status"], body["output"]) == ("incomplete", [])
    assert body["incomplete_details"] == {"reason": "max_output_tokens"}


def test_a_search_may_find_nothing_or_undated_pages_or_a_quote_nobody_said(http: httpx.Client, town: Running) -> None:
    town.call(lambda world: world.faults.arm("perplexity.no_results", count=1))
    nothing = post(http).json()
    assert nothing["output"][0]["results"] == []
    assert answer(nothing)["facts"] == []
    town.call(lambda world: world.faults.arm("perplexity.no_dates", count=1))
    assert all("date" not in result for result in post(http).json()["output"][0]["results"])
    town.call(lambda world: world.faults.arm("perplexity.foreign_quote", count=1))
    body = post(http).json()
    snippets = " ".join(result["snippet"] for result in body["output"][0]["results"])
    assert answer(body)["facts"][0]["quote"] not in snippets


def test_an_old_gateway_answers_with_a_page_and_a_lost_answer_was_paid(http: httpx.Client, town: Running) -> None:
    town.call(lambda world: world.faults.arm("perplexity.html_401", count=1))
    page = post(http)
    assert (page.status_code, "openresty" in page.text) == (401, True)
    town.call(lambda world: world.faults.arm("perplexity.lost", count=1))
    with pytest.raises(httpx.RemoteProtocolError):
        post(http)
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

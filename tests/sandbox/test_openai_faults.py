"""Every way the OpenAI stand-in can fail, as the official SDK reports it."""

import json
from datetime import timedelta
from typing import Any

import openai as sdk
import pytest
from openai import AsyncOpenAI

from sandbox.openai.errors import MONEY_CODES
from sandbox.serving import Running

LETTER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "body"],
    "properties": {"subject": {"type": "string"}, "body": {"type": "string"}},
}


async def _ask(client: AsyncOpenAI) -> Any:
    return await client.responses.create(
        model="gpt-6-luna",
        input=json.dumps({"step": "opener", "recipient": {"first_name": "Ann"}}),
        text={"format": {"type": "json_schema", "name": "letter", "schema": LETTER, "strict": True}},
    )


@pytest.mark.parametrize("code", MONEY_CODES)
async def test_money_comes_as_429_of_type_insufficient_quota(openai: AsyncOpenAI, town: Running, code: str) -> None:
    town.call(lambda world: world.faults.arm(f"openai.{code}", count=1))
    with pytest.raises(sdk.RateLimitError) as e:
        await _ask(openai)
    assert (e.value.type, e.value.code) == ("insufficient_quota", code)
    assert "retry-after" not in e.value.response.headers
    await _ask(openai)


@pytest.mark.parametrize(
    ("fault", "status", "kind", "code"),
    [
        ("rate_limited", 429, "tokens", "rate_limit_exceeded"),
        ("request_too_large", 429, "tokens", "rate_limit_exceeded"),
        ("slow_down", 503, "server_error", "slow_down"),
        ("billing_hard_limit", 400, "invalid_request_error", "billing_hard_limit_reached"),
        ("key_revoked", 401, "invalid_request_error", "invalid_api_key"),
        ("model_gone", 404, "invalid_request_error", "model_not_found"),
        ("schema_refused", 400, "invalid_request_error", None),
        ("context_exceeded", 400, "invalid_request_error", "context_length_exceeded"),
        ("content_flagged", 400, "invalid_request_error", "cyber_policy"),
        ("server_error", 500, "server_error", None),
        ("overloaded", 503, "service_unavailable_error", "server_is_overloaded"),
    ],
)
async def test_a_fault_comes_with_its_status_type_and_code(
    *, openai: AsyncOpenAI, town: Running, fault: str, status: int, kind: str, code: str | None
) -> None:
    town.call(lambda world: world.faults.arm(f"openai.{fault}", count=1))
    with pytest.raises(sdk.APIStatusError) as e:
        await _ask(openai)
    assert (e.value.status_code, e.value.type, e.value.code) == (status, kind, code)
    await _ask(openai)


async def test_a_rate_limit_says_how_long_to_wait(openai: AsyncOpenAI, town: Running) -> None:
    town.call(lambda world: world.faults.arm("openai.rate_limited", count=1, value=0.308))
    with pytest.raises(sdk.RateLimitError, match="Please try again in 308ms") as e:
        await _ask(openai)
    assert e.value.response.headers["retry-after-ms"] == "308"


async def test_a_refusal_is_a_success_without_text(openai: AsyncOpenAI, town: Running) -> None:
    town.call(lambda world: world.faults.arm("openai.refusal", count=1))
    answer = await _ask(openai)
    assert answer.output[-1].content[0].type == "refusal"


async def test_an_answer_cut_short_is_no_json(openai: AsyncOpenAI, town: Running) -> None:
    town.call(lambda world: world.faults.arm("openai.cut_short", count=1))
    answer = await _ask(openai)
    assert answer.status == "incomplete"
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(answer.output_text)


@pytest.mark.parametrize("fault", ["empty_answer", "prose"])
async def test_an_answer_may_be_no_json_at_all(openai: AsyncOpenAI, town: Running, fault: str) -> None:
    town.call(lambda world: world.faults.arm(f"openai.{fault}", count=1))
    answer = await _ask(openai)
    assert answer.status == "completed"
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(answer.output_text)


async def test_a_lost_answer_was_paid_for(openai: AsyncOpenAI, town: Running) -> None:
    town.call(lambda world: world.faults.arm("openai.lost", count=1))
    with pytest.raises(sdk.APIConnectionError):
        await _ask(openai)
    assert sum(town.world.tally.paid.values()) == 1


async def test_a_slow_answer_runs_into_the_clients_timeout(openai: AsyncOpenAI, town: Running) -> None:
    town.call(lambda world: world.faults.arm("openai.slow", count=1, value=2.0))
    with pytest.raises(sdk.APITimeoutError):
        await _ask(openai.with_options(timeout=0.2))


@pytest.mark.parametrize(("fault", "outputs", "errors"), [("batch_expired", 1, 1), ("batch_all_failed", 0, 2)])
async def test_a_batch_may_end_badly_with_every_line_accounted_for(
    openai: AsyncOpenAI, town: Running, fault: str, outputs: int, errors: int
) -> None:
    town.call(lambda world: world.faults.arm(f"openai.{fault}", count=1))
    lines = [
        json.dumps(
            {
                "custom_id": f"r{n}",
                "method": "POST",
                "url": "/v1/responses",
                "body": {"model": "gpt-6-luna", "input": "x"},
            }
        )
        for n in range(2)
    ]
    file = await openai.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
    batch = await openai.batches.create(input_file_id=file.id, endpoint="/v1/responses", completion_window="24h")
    town.call(lambda world: world.advance(timedelta(hours=25)))
    ended = await openai.batches.retrieve(batch.id)
    assert ended.status == ("expired" if fault == "batch_expired" else "completed")
    counts = ended.request_counts
    assert counts is not None
    assert (counts.completed, counts.failed) == (outputs, errors)
    assert (ended.output_file_id is not None) == (outputs > 0)
    text = (await openai.files.content(ended.error_file_id or "")).text
    assert ("batch_expired" in text) == (fault == "batch_expired")


async def test_a_minute_has_a_limit_of_requests_when_pacing_is_on(town: Running, openai: AsyncOpenAI) -> None:
    town.call(lambda world: world.flip({"openai_requests_per_minute": 2}))
    town.house.paced = True
    await _ask(openai)
    await _ask(openai)
    with pytest.raises(sdk.RateLimitError, match="on requests per min") as e:
        await _ask(openai)
    assert (e.value.type, e.value.code) == ("requests", "rate_limit_exceeded")


async def test_one_request_above_the_minutes_tokens_never_fits(town: Running, openai: AsyncOpenAI) -> None:
    town.call(lambda world: world.flip({"openai_tokens_per_minute": 5}))
    with pytest.raises(sdk.RateLimitError, match="Request too large"):
        await _ask(openai)


async def test_a_missing_key_and_a_wrong_one_read_differently(town: Running) -> None:
    async with AsyncOpenAI(api_key="sk-wrong-abcd", base_url=f"{town.url}/openai/v1", max_retries=0) as wrong:
        with pytest.raises(sdk.AuthenticationError, match=r"Incorrect API key provided: sk-.*abcd") as e:
            await _ask(wrong)
        assert e.value.code == "invalid_api_key"

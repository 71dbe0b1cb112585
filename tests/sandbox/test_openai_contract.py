"""The OpenAI stand-in, spoken to by the official SDK: happy paths, caching, strict schemas, batches."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from sandbox.keys import SANDBOX_OPENAI_KEY
from sandbox.serving import Running

LETTER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "body"],
    "properties": {"subject": {"type": "string"}, "body": {"type": "string"}},
}
DOCUMENT: dict[str, Any] = {
    "step": "opener",
    "recipient": {"first_name": "Mara", "role": "Head of Maintenance", "email": "mara@alder.example"},
    "company": {"name": "Alder Instruments"},
    "facts": [{"claim": "Alder Instruments opened a clean room in Leiden in 2025", "quote": "q", "source_url": "u"}],
    "offer": "a planning service for maintenance teams",
}
STRICT = {"type": "json_schema", "name": "letter", "schema": LETTER, "strict": True}
CHAT_STRICT: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {"name": "letter", "schema": LETTER, "strict": True},
}


async def _respond(client: AsyncOpenAI, **more: Any) -> Any:
    body: dict[str, Any] = {"model": "gpt-6-luna", "input": json.dumps(DOCUMENT), "text": {"format": STRICT}}
    return await client.responses.create(**(body | more))


async def test_a_response_is_a_mail_that_quotes_the_fact_word_for_word(openai: AsyncOpenAI) -> None:
    answer = await _respond(openai)
    letter = json.loads(answer.output_text)
    assert set(letter) == {"subject", "body"}
    assert "Mara" in letter["body"]
    assert DOCUMENT["facts"][0]["claim"] in letter["body"]
    assert 60 <= len(letter["body"].split()) <= 110
    assert letter["body"].count("?") == 1
    assert answer.status == "completed"
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


async def test_the_same_question_gets_the_same_answer(openai: AsyncOpenAI) -> None:
    assert (await _respond(openai)).output_text == (await _respond(openai)).output_text


async def test_a_document_in_a_fence_is_found_in_the_last_user_message(openai: AsyncOpenAI) -> None:
    ask: dict[str, Any] = {
        "model": "gpt-4o",
        "messages": [
            {"role": "developer", "content": "You write mails. {}"},
            {"role": "user", "content": f"Here it is:\n```json\n{json.dumps(DOCUMENT)}\n```\nThank you."},
        ],
        "response_format": CHAT_STRICT,
    }
    answer = await openai.chat.completions.create(**ask)
    assert "Mara" in json.loads(answer.choices[0].message.content or "")["body"]
    assert answer.model == "gpt-4o-2024-08-06"
    assert answer.choices[0].finish_reason == "stop"


async def test_a_long_prefix_is_cached_and_a_short_one_is_not(openai: AsyncOpenAI, town: Running) -> None:
    long, short = "Static part. " * 800, "Static part."
    first = await _respond(openai, instructions=long)
    second = await _respond(openai, instructions=long)
    assert first.usage.input_tokens_details.cached_tokens == 0
    assert 1_024 <= second.usage.input_tokens_details.cached_tokens <= second.usage.input_tokens
    await _respond(openai, instructions=short)
    assert (await _respond(openai, instructions=short)).usage.input_tokens_details.cached_tokens == 0
    town.call(lambda world: world.advance(timedelta(hours=1)))
    assert (await _respond(openai, instructions=long)).usage.input_tokens_details.cached_tokens == 0


async def test_a_schema_that_is_not_strict_enough_is_refused_with_the_place(openai: AsyncOpenAI) -> None:
    loose = {"type": "object", "required": ["a"], "properties": {"a": {"type": "object", "properties": {}}}}
    with pytest.raises(BadRequestError, match="'additionalProperties' is required to be supplied and to be false") as e:
        await _respond(openai, text={"format": STRICT | {"schema": loose}})
    assert e.value.code == "invalid_json_schema"
    partial = LETTER | {"required": ["subject"]}
    ask: dict[str, Any] = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "x"}],
        "response_format": {"type": "json_schema", "json_schema": CHAT_STRICT["json_schema"] | {"schema": partial}},
    }
    with pytest.raises(BadRequestError, match=r"Missing 'body'\.") as refused:
        await openai.chat.completions.create(**ask)
    assert (refused.value.code, refused.value.param) == (None, "response_format")


async def test_a_reasoning_model_refuses_max_tokens_and_temperature(openai: AsyncOpenAI) -> None:
    ask: dict[str, Any] = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "x"}]}
    with pytest.raises(BadRequestError, match="Use 'max_completion_tokens' instead") as e:
        await openai.chat.completions.create(**ask, max_tokens=5)
    assert e.value.code == "unsupported_parameter"
    with pytest.raises(BadRequestError, match=r"does not support 0\.0 with this model") as e:
        await openai.chat.completions.create(**ask, temperature=0.0)
    assert e.value.code == "unsupported_value"


async def test_a_small_cap_leaves_an_incomplete_answer(openai: AsyncOpenAI) -> None:
    answer = await _respond(openai, max_output_tokens=16)
    assert answer.status == "incomplete"
    assert answer.incomplete_details.reason == "max_output_tokens"
    assert answer.output_text == ""
    chat = await openai.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": json.dumps(DOCUMENT)}], max_completion_tokens=4
    )
    assert chat.choices[0].finish_reason == "length"


async def test_a_model_answers_until_its_shutdown_date_and_then_says_it_is_deprecated(
    openai: AsyncOpenAI, town: Running
) -> None:
    assert "gpt-5-mini" in {model.id for model in (await openai.models.list()).data}
    await _respond(openai, model="gpt-5-mini")
    town.call(lambda world: world.advance(timedelta(days=20)))
    with pytest.raises(NotFoundError, match="has been deprecated") as e:
        await _respond(openai, model="gpt-5-mini")
    assert e.value.code == "model_not_found"
    assert "gpt-5-mini" not in {model.id for model in (await openai.models.list()).data}
    with pytest.raises(NotFoundError, match="does not exist or you do not have access to it"):
        await _respond(openai, model="gpt-77")


def test_models_carry_their_shutdown_date(http: httpx.Client) -> None:
    body = http.get("/openai/v1/models", headers={"authorization": f"Bearer {SANDBOX_OPENAI_KEY}"}).json()
    dates = {model["id"]: model["shutdown_date"] for model in body["data"]}
    assert dates["gpt-5"] == "2026-12-11"
    assert dates["gpt-6-luna"] is None
    assert "gpt-3.5-turbo" not in dates


async def test_a_stored_response_can_be_fetched_and_deleted(openai: AsyncOpenAI) -> None:
    kept = await _respond(openai)
    assert (await openai.responses.retrieve(kept.id)).output_text == kept.output_text
    await openai.responses.delete(kept.id)
    unkept = await _respond(openai, store=False)
    for gone in (kept.id, unkept.id):
        with pytest.raises(NotFoundError):
            await openai.responses.retrieve(gone)


def _line(number: int, **body: Any) -> str:
    request = {"model": "gpt-6-luna", "input": json.dumps(DOCUMENT | {"id": f"lead-{number}"}), **body}
    return json.dumps({"custom_id": f"r{number}", "method": "POST", "url": "/v1/responses", "body": request})


async def _batch(client: AsyncOpenAI, lines: list[str]) -> Any:
    file = await client.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
    return await client.batches.create(input_file_id=file.id, endpoint="/v1/responses", completion_window="24h")


async def test_a_batch_answers_each_line_once_in_one_of_two_files(openai: AsyncOpenAI, town: Running) -> None:
    batch = await _batch(openai, [_line(1), _line(2), _line(3, model="gpt-77")])
    assert batch.status == "validating"
    town.call(lambda world: world.advance(timedelta(hours=3)))
    done = await openai.batches.retrieve(batch.id)
    assert done.status == "completed"
    assert (done.request_counts.completed, done.request_counts.failed) == (2, 1)  # type: ignore[union-attr]  # set
    good = [json.loads(line) for line in (await openai.files.content(done.output_file_id or "")).text.splitlines()]
    bad = [json.loads(line) for line in (await openai.files.content(done.error_file_id or "")).text.splitlines()]
    assert {line["custom_id"] for line in good} == {"r1", "r2"}
    assert [(line["custom_id"], line["response"]["status_code"]) for line in bad] == [("r3", 404)]


async def test_a_batch_with_an_unreadable_line_fails_validation(openai: AsyncOpenAI, town: Running) -> None:
    batch = await _batch(openai, [_line(1), "not json"])
    town.call(lambda world: world.advance(timedelta(minutes=1)))
    failed = await openai.batches.retrieve(batch.id)
    assert failed.status == "failed"
    assert failed.errors is not None
    assert failed.errors.data is not None
    assert failed.errors.data[0].line == 2


async def test_a_batch_can_be_cancelled(openai: AsyncOpenAI, town: Running) -> None:
    batch = await _batch(openai, [_line(1)])
    assert (await openai.batches.cancel(batch.id)).status == "cancelling"
    town.call(lambda world: world.advance(timedelta(minutes=10)))
    assert (await openai.batches.retrieve(batch.id)).status == "cancelled"


async def test_every_paid_call_is_counted_by_item_with_its_cost(openai: AsyncOpenAI, town: Running) -> None:
    await _respond(openai)
    await _respond(openai, metadata={"item": "lead-7"})
    tally = town.world.tally
    assert tally.paid == {"openai|mara@alder.example opener": 1, "openai|lead-7": 1}
    assert tally.spent["openai"] > 0

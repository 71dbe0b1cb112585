"""The OpenAI stand-in's web search: pages by address, as far as they were asked for; what does not exist is refused."""

import json
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError

QUESTION = json.dumps({"company": {"name": "Alder Instruments", "site": "alder.example"}})
FACT = {
    "type": "object", "additionalProperties": False, "required": ["claim", "quote", "source_url"],
    "properties": {name: {"type": "string"} for name in ("claim", "quote", "source_url")},
}  # fmt: skip
RESEARCH = {
    "type": "object", "additionalProperties": False, "required": ["what_they_do", "facts"],
    "properties": {"what_they_do": {"type": "string"}, "facts": {"type": "array", "items": FACT}},
}  # fmt: skip
FORMAT = {"type": "json_schema", "name": "research", "schema": RESEARCH, "strict": True}


async def ask(client: AsyncOpenAI, **more: Any) -> Any:
    body: dict[str, Any] = {
        "model": "gpt-6-luna", "input": QUESTION, "text": {"format": FORMAT}, "tools": [{"type": "web_search"}],
        "tool_choice": "required",
    }  # fmt: skip
    return await client.responses.create(**(body | more))


async def test_a_search_comes_before_the_answer_that_rests_on_it(openai: AsyncOpenAI) -> None:
    answer = await ask(openai, include=["web_search_call.action.sources"])

    kinds = [item.type for item in answer.output]
    assert kinds == ["reasoning", "web_search_call", "message"]
    pages = {source.url for source in answer.output[1].action.sources}
    facts = json.loads(answer.output_text)["facts"]
    assert facts
    assert {fact["source_url"] for fact in facts} <= pages


async def test_pages_are_named_only_where_they_were_asked_for(openai: AsyncOpenAI) -> None:
    answer = await ask(openai)
    assert getattr(answer.output[1].action, "sources", None) is None


async def test_without_a_search_nothing_is_known(openai: AsyncOpenAI) -> None:
    answer = await ask(openai, tools=[], tool_choice="auto")
    assert json.loads(answer.output_text)["facts"] == []


async def test_only_allowed_domains_are_looked_at(openai: AsyncOpenAI) -> None:
    here = {"type": "web_search", "filters": {"allowed_domains": ["alder.example"]}}
    elsewhere = {"type": "web_search", "filters": {"allowed_domains": ["birch.example"]}}

    assert json.loads((await ask(openai, tools=[here])).output_text)["facts"]
    assert json.loads((await ask(openai, tools=[elsewhere])).output_text)["facts"] == []


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "file_search"},
        {"type": "web_search", "recency": "day"},
        {"type": "web_search", "filters": {"blocked_domains": ["a.example"]}},
        {"type": "web_search", "filters": {"allowed_domains": ["https://a.example/"]}},
        {"type": "web_search", "filters": {"allowed_domains": ["a.example"] * 101}},
    ],
)
async def test_a_tool_or_filter_that_does_not_exist_is_refused(openai: AsyncOpenAI, tool: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError):
        await ask(openai, tools=[tool])

"""POST /v1/agent and its twin /v1/responses, and coming back for stored answers.

The one thing that must hold: `failed`, `cancelled` and `incomplete` are answers with status 200.
"""

import re
from datetime import timedelta
from typing import Any, Final

from sandbox.minds.answering import answer, question
from sandbox.minds.document import find_document, item_key
from sandbox.minds.researching import NOTHING, research
from sandbox.openai.state import CHARACTERS_PER_TOKEN, tokens_in
from sandbox.perplexity import errors
from sandbox.perplexity.reception import Visit
from sandbox.perplexity.requesting import AgentRequest, prices, read_request
from sandbox.perplexity.state import BackgroundRun
from sandbox.world.chance import uuid_like
from sandbox.world.world import World

SEARCH_USD: Final = 0.0025
FAST_SEARCH_USD: Final = 0.001
BACKGROUND: Final = timedelta(seconds=45)
_MILLION: Final = 1_000_000
_TOKENS_OF_PRESET: Final = 900
_ID: Final = re.compile(r"resp_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


async def create(visit: Visit) -> dict[str, Any]:
    """Answer an input, now or in the background."""
    world = visit.house.world
    asked = read_request(visit.body)
    number = world.perplexity.next_number()
    finished = _finished(world, asked, number, visit.subject)
    keep = asked.body.get("store", True)
    if asked.body.get("background"):
        queued = _shell(world, asked, number) | {"status": "queued", "model": asked.requested, "output": []}
        due = world.now + BACKGROUND
        world.perplexity.background[queued["id"]] = BackgroundRun(queued, finished, due)
        return queued
    if keep:
        world.perplexity.responses[finished["id"]] = finished
    return finished


async def get(visit: Visit) -> dict[str, Any]:
    """Return a stored response, or how far a background run is."""
    world = visit.house.world
    wanted = visit.request.path_params["response"]
    if not _ID.match(wanted):
        raise errors.malformed_id()
    run = world.perplexity.background.get(wanted)
    if run is not None:
        return _progress(world, run)
    found = world.perplexity.responses.get(wanted)
    if found is None:
        raise errors.not_found()
    return found


async def cancel(visit: Visit) -> dict[str, Any]:
    """Stop a background run that is still going."""
    world = visit.house.world
    wanted = visit.request.path_params["response"]
    run = world.perplexity.background.get(wanted)
    if run is None or run.cancelled or world.now >= run.done_at:
        raise errors.PerplexityRefusal(400, "invalid_request", "the run is already terminal and cannot be cancelled")
    run.cancelled = True
    return {"response_id": wanted, "status": "cancelling"}


def _progress(world: World, run: BackgroundRun) -> dict[str, Any]:
    if run.cancelled:
        error = {"code": "cancelled", "message": "cancelled", "type": "cancelled"}
        return run.queued | {"status": "cancelled", "error": error, "incomplete_details": {"reason": "cancelled"}}
    if world.now >= run.done_at:
        return run.finished | {"background": True}
    return run.queued | {"status": "in_progress"}


def _finished(world: World, asked: AgentRequest, number: int, subject: str) -> dict[str, Any]:
    shell = _shell(world, asked, number)
    if world.faults.strikes("perplexity.failed", subject):
        error = {"code": "internal_error", "message": "The run failed.", "type": "internal_error"}
        return shell | {
            "status": "failed",
            "error": error,
            "output": [],
            "usage": _usage(asked, "", [], searched=False),
        }
    text, output = _output(world, asked)
    starved = asked.most_tokens is not None and tokens_in(text) > asked.most_tokens
    if starved or world.faults.strikes("perplexity.incomplete", subject):
        text = text[: (asked.most_tokens or 16) * CHARACTERS_PER_TOKEN]
        shell |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []}
    else:
        output.append(_message(world, text, number))
        stamp = int(world.now.timestamp())
        shell |= {"status": "completed", "completed_at": stamp, "output": output}
    usage = _usage(asked, text, output, searched=asked.searches)
    document = find_document(asked.last)
    item = asked.item or item_key(document, question(asked.last, None).digest)
    world.tally.paid_call("perplexity", item, usage["cost"]["total_cost"])
    return shell | {"usage": usage}


def _output(world: World, asked: AgentRequest) -> tuple[str, list[dict[str, Any]]]:
    """Return the text, and the search results that come before it in the output if there was a search."""
    found = research(world, find_document(asked.last), only=asked.domains) if asked.searches else NOTHING
    output: list[dict[str, Any]] = []
    if asked.searches:
        output.append({"type": "search_results", "queries": found.queries, "results": found.results})
    if asked.schema is not None:
        return answer(world, question(asked.last, dict(asked.schema)), known=found), output
    if not found.results:
        return "I found nothing on that.", output
    first = found.results[0]
    return f"{first['snippet'].split('. ')[0].rstrip('.')}.[{first['id']}]", output


def _message(world: World, text: str, number: int) -> dict[str, Any]:
    return {
        "type": "message",
        "id": f"msg_{uuid_like(world.seed, 'perplexity message', number)}",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }


def _usage(asked: AgentRequest, text: str, output: list[dict[str, Any]], *, searched: bool) -> dict[str, Any]:
    """Tokens and cost; keys of costs that are zero are left out, as the service does."""
    read = tokens_in("\n".join(asked.texts)) + (_TOKENS_OF_PRESET if asked.body.get("preset") else 0)
    read += sum(tokens_in(str(entry.get("results", ""))) for entry in output)
    reasoning = 16 if asked.model.startswith("openai/") else 0
    written = reasoning + (tokens_in(text) if text else 0)
    price_in, _, price_out = prices()[asked.model]
    search = (FAST_SEARCH_USD if asked.fast else SEARCH_USD) if searched else 0.0
    cost: dict[str, Any] = {
        "currency": "USD",
        "input_cost": round(read * price_in / _MILLION, 5),
        "output_cost": round(written * price_out / _MILLION, 5),
    }
    details = {"cached_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    usage: dict[str, Any] = {
        "input_tokens": read,
        "output_tokens": written,
        "total_tokens": read + written,
        "input_tokens_details": details,
        "output_tokens_details": {"reasoning_tokens": reasoning},
    }
    if search:
        cost |= {"tool_calls_cost": search, "tool_calls_cost_details": {"search_web": search}}
        usage["tool_calls_details"] = {"search_web": {"invocation": 1, "cost_usd": search}}
    cost["total_cost"] = round(cost["input_cost"] + cost["output_cost"] + search, 5)
    return usage | {"cost": cost}


def _shell(world: World, asked: AgentRequest, number: int) -> dict[str, Any]:
    """Everything of a response that does not depend on how it went."""
    body = asked.body
    schema_format = body.get("response_format") or {"type": "text"}
    return {
        "background": bool(body.get("background")),
        "completed_at": None,
        "created_at": int(world.now.timestamp()),
        "error": None,
        "frequency_penalty": 0,
        "id": f"resp_{uuid_like(world.seed, 'perplexity', number)}",
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": asked.most_tokens,
        "max_tool_calls": body.get("max_tool_calls"),
        "metadata": body.get("metadata") or {},
        "model": asked.model,
        "object": "response",
        "parallel_tool_calls": True,
        "presence_penalty": 0,
        "previous_response_id": body.get("previous_response_id"),
        "prompt_cache_key": None,
        "reasoning": body.get("reasoning"),
        "safety_identifier": None,
        "service_tier": "fast" if asked.fast else "default",
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1),
        "text": {"format": {"type": schema_format["type"]}},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": [{"type": tool["type"]} for tool in body.get("tools") or ()],
        "top_logprobs": 0,
        "top_p": body.get("top_p", 1),
        "truncation": "",
        "usage": None,
        "user": None,
    }

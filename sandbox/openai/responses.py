"""POST /responses, and reading or deleting stored ones.

The one thing that must hold: the answer echoes the request as the real service does, and `incomplete` is a 200.
"""

from typing import Any, Final

from sandbox.minds.researching import Research
from sandbox.openai import errors
from sandbox.openai.checking import check_effort, check_shape, check_tier, item_of, refuse_stream, whole_number
from sandbox.openai.generating import Generated, Prompt, generate, usable_model
from sandbox.openai.reception import Visit
from sandbox.openai.schema_rules import check_format
from sandbox.openai.searching import calls, look_up
from sandbox.openai.state import tokens_in
from sandbox.shapes import Shape
from sandbox.world.chance import chance
from sandbox.world.world import World

LEAST_OUTPUT: Final = 16
_SHAPE: Final[Shape] = {
    "model": str,
    "instructions": str,
    "text": dict,
    "text.format": dict,
    "reasoning": dict,
    "metadata": dict,
    "tools": list,
    "input": (str, list),
    "input[]": dict,
    "temperature": (int, float),
    "previous_response_id": str,
    "service_tier": str,
}
_KNOWN: Final = frozenset(
    [
        "model",
        "input",
        "instructions",
        "text",
        "max_output_tokens",
        "reasoning",
        "previous_response_id",
        "conversation",
        "store",
        "background",
        "truncation",
        "tools",
        "tool_choice",
        "include",
        "metadata",
        "service_tier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "prompt_cache_options",
        "safety_identifier",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
        "parallel_tool_calls",
        "max_tool_calls",
        "top_logprobs",
        "user",
        "prompt",
    ]
)


async def create(visit: Visit) -> dict[str, Any]:
    """Answer an input."""
    return response(visit.house.world, visit.body, visit.subject, visit=visit)


def response(
    world: World, body: Any, subject: str, *, visit: Visit | None = None, discounted: bool = False
) -> dict[str, Any]:
    """Return the response to a request body; batches use it without a visit.

    Raises:
        OpenAIRefusal: the request cannot be answered as it is.
    """
    if not isinstance(body, dict):
        raise errors.bad_request("We could not parse the JSON body of your request.")
    unknown = [name for name in body if name not in _KNOWN]
    if unknown:
        raise errors.bad_request(f"Unknown parameter: '{unknown[0]}'.", code="unknown_parameter", param=unknown[0])
    check_shape(body, _SHAPE)
    refuse_stream(body)
    prompt = _prompt(world, body, discounted=discounted)
    if visit is not None:
        visit.spend(prompt.model, tokens_in(prompt.whole))
    wire = _wire(world, generate(world, prompt, subject), body, prompt.found)
    if body.get("store", True):
        world.openai.responses[wire["id"]] = wire
    return wire


async def get(visit: Visit) -> dict[str, Any]:
    """Return a stored response."""
    return _stored(visit)


async def delete(visit: Visit) -> dict[str, Any]:
    """Forget a stored response."""
    found = _stored(visit)
    del visit.house.world.openai.responses[found["id"]]
    return {"id": found["id"], "object": "response.deleted", "deleted": True}


def _stored(visit: Visit) -> dict[str, Any]:
    wanted = visit.request.path_params["response"]
    found = visit.house.world.openai.responses.get(wanted)
    if found is None:
        raise errors.OpenAIRefusal(404, f"Response with id '{wanted}' not found.")
    return found


def _prompt(world: World, body: dict[str, Any], *, discounted: bool) -> Prompt:
    model = usable_model(world, body.get("model"))
    temperature = body.get("temperature")
    if model.reasons and temperature is not None and temperature != 1:
        raise errors.bad_request(
            "Unsupported parameter: 'temperature' is not supported with this model.",
            code="unsupported_parameter",
            param="temperature",
        )
    reasoning = body.get("reasoning") or {}
    check_effort(reasoning.get("effort"), "reasoning.effort")
    check_tier(body.get("service_tier"))
    most = whole_number(body.get("max_output_tokens"))
    if most is not None and most < LEAST_OUTPUT:
        raise errors.bad_request(
            f"Invalid 'max_output_tokens': integer below minimum value. Expected a value >= {LEAST_OUTPUT}, "
            f"but got {most} instead.",
            code="integer_below_min_value",
            param="max_output_tokens",
        )
    earlier = body.get("previous_response_id")
    if earlier and earlier not in world.openai.responses:
        raise errors.bad_request(
            f"Previous response with id '{earlier}' not found.",
            code="previous_response_not_found",
            param="previous_response_id",
        )
    texts, last = _input(body.get("input"))
    schema, wants_json = _format((body.get("text") or {}).get("format"))
    return Prompt(
        model=str(body["model"]),
        whole="\n".join([str(body.get("instructions") or ""), *texts]),
        last=last,
        schema=schema,
        wants_json=wants_json,
        most_tokens=most,
        effort=reasoning.get("effort"),
        item=item_of(body),
        discounted=discounted or body.get("service_tier") == "flex",
        found=look_up(world, body, last),
    )


def _input(value: Any) -> tuple[list[str], str]:
    """Return every text in order and the last one a user wrote."""
    if isinstance(value, str) and value:
        return [value], value
    if not isinstance(value, list) or not value:
        raise errors.bad_request(
            "Missing required parameter: 'input'.", code="missing_required_parameter", param="input"
        )
    texts: list[str] = []
    last = ""
    for item in value:
        content = item.get("content", "") if isinstance(item, dict) else ""
        if isinstance(content, list):
            content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        texts.append(str(content))
        if isinstance(item, dict) and item.get("role") == "user":
            last = texts[-1]
    return texts, last


def _format(wanted: Any) -> tuple[dict[str, Any] | None, bool]:
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind == "json_schema":
        strict = wanted.get("strict", True) is not False
        check_format(
            wanted.get("name"), wanted.get("schema"), strict=strict, param="text.format", code="invalid_json_schema"
        )
        return wanted["schema"], True
    return None, kind == "json_object"


def _wire(world: World, made: Generated, body: dict[str, Any], found: Research | None) -> dict[str, Any]:
    stream = chance(world.seed, "response", world.openai.next_number())
    now = int(world.now.timestamp())
    whole = made.ended == "stop"
    content: dict[str, Any] = {"type": "output_text", "text": made.text, "annotations": [], "logprobs": []}
    if made.refusal is not None:
        content = {"type": "refusal", "refusal": made.refusal}
    output: list[dict[str, Any]] = []
    if made.model.reasons:
        output.append({"id": f"rs_{stream.getrandbits(192):048x}", "type": "reasoning", "summary": []})
    output += calls(world, found, body) if found is not None else []
    if made.text or made.refusal or whole:
        output.append(
            {
                "id": f"msg_{stream.getrandbits(192):048x}",
                "type": "message",
                "status": "completed" if whole else "incomplete",
                "role": "assistant",
                "content": [content],
            }
        )
    reasoning = body.get("reasoning") or {}
    text = body.get("text") or {}
    return {
        "id": f"resp_{stream.getrandbits(192):048x}",
        "object": "response",
        "created_at": now,
        "completed_at": now if whole else None,
        "status": "completed" if whole else "incomplete",
        "background": False,
        "error": None,
        "incomplete_details": None if whole else {"reason": "max_output_tokens"},
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": body.get("max_tool_calls"),
        "model": made.model.resolved,
        "output": output,
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "prompt_cache_key": body.get("prompt_cache_key"),
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "safety_identifier": body.get("safety_identifier"),
        "service_tier": body.get("service_tier") if body.get("service_tier") not in (None, "auto") else "default",
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": {"format": text.get("format") or {"type": "text"}, "verbosity": text.get("verbosity", "medium")},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_logprobs": 0,
        "top_p": body.get("top_p", 1.0),
        "truncation": body.get("truncation") or "disabled",
        "usage": {
            "input_tokens": made.input_tokens,
            "input_tokens_details": {"cached_tokens": made.cached_tokens},
            "output_tokens": made.output_tokens,
            "output_tokens_details": {"reasoning_tokens": made.reasoning_tokens},
            "total_tokens": made.input_tokens + made.output_tokens,
        },
        "user": None,
        "metadata": body.get("metadata") or {},
    }

"""POST /chat/completions.

The one thing that must hold: parameters that a reasoning model does not take are refused, not ignored.
"""

from typing import Any, Final

from sandbox.openai import errors
from sandbox.openai.checking import check_effort, check_shape, check_tier, item_of, refuse_stream, whole_number
from sandbox.openai.generating import Generated, Prompt, generate, usable_model
from sandbox.openai.reception import Visit
from sandbox.openai.schema_rules import check_format
from sandbox.openai.state import tokens_in
from sandbox.shapes import Shape
from sandbox.world.chance import chance
from sandbox.world.world import World

_SHAPE: Final[Shape] = {
    "model": str,
    "response_format": dict,
    "response_format.json_schema": dict,
    "metadata": dict,
    "temperature": (int, float),
    "n": int,
    "reasoning_effort": str,
    "service_tier": str,
}
_ROLES: Final = ("system", "developer", "user", "assistant", "tool")
_KNOWN: Final = frozenset(
    [
        "model",
        "messages",
        "max_completion_tokens",
        "max_tokens",
        "temperature",
        "top_p",
        "n",
        "seed",
        "stop",
        "response_format",
        "reasoning_effort",
        "verbosity",
        "service_tier",
        "store",
        "metadata",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "prompt_cache_options",
        "stream",
        "stream_options",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "logprobs",
        "top_logprobs",
        "user",
        "frequency_penalty",
        "presence_penalty",
        "logit_bias",
        "modalities",
    ]
)


async def complete(visit: Visit) -> dict[str, Any]:
    """Answer a chat."""
    return completion(visit.house.world, visit.body, visit.subject, visit=visit)


def completion(
    world: World, body: Any, subject: str, *, visit: Visit | None = None, discounted: bool = False
) -> dict[str, Any]:
    """Return the completion of a request body; batches use it without a visit.

    Raises:
        OpenAIRefusal: the request cannot be answered as it is.
    """
    if not isinstance(body, dict):
        raise errors.bad_request("We could not parse the JSON body of your request.")
    unknown = [name for name in body if name not in _KNOWN]
    if unknown:
        raise errors.bad_request(f"Unrecognized request argument supplied: {unknown[0]}")
    check_shape(body, _SHAPE)
    refuse_stream(body)
    prompt = _prompt(world, body, discounted=discounted)
    if visit is not None:
        visit.spend(prompt.model, tokens_in(prompt.whole))
    made = generate(world, prompt, subject)
    return _wire(world, made, body)


def _prompt(world: World, body: dict[str, Any], *, discounted: bool) -> Prompt:
    model = usable_model(world, body.get("model"))
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise errors.bad_request(
            "Missing required parameter: 'messages'.", code="missing_required_parameter", param="messages"
        )
    if model.reasons:
        _refuse_classic(body)
    check_effort(body.get("reasoning_effort"), "reasoning_effort")
    check_tier(body.get("service_tier"))
    texts = [_text(message, index) for index, message in enumerate(messages)]
    schema, wants_json = _format(body.get("response_format"), texts)
    last = next((text for text, one in zip(texts[::-1], messages[::-1], strict=True) if one["role"] == "user"), "")
    return Prompt(
        model=str(body["model"]),
        whole="\n".join(texts),
        last=last,
        schema=schema,
        wants_json=wants_json,
        most_tokens=whole_number(body.get("max_completion_tokens") or body.get("max_tokens")),
        effort=body.get("reasoning_effort"),
        item=item_of(body),
        discounted=discounted or body.get("service_tier") == "flex",
    )


def _refuse_classic(body: dict[str, Any]) -> None:
    if body.get("max_tokens") is not None:
        raise errors.bad_request(
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            code="unsupported_parameter",
            param="max_tokens",
        )
    temperature = body.get("temperature")
    if temperature is not None and temperature != 1:
        raise errors.bad_request(
            f"Unsupported value: 'temperature' does not support {float(temperature)} with this model. "
            "Only the default (1) value is supported.",
            code="unsupported_value",
            param="temperature",
        )


def _text(message: Any, index: int) -> str:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise errors.bad_request(
            f"Invalid value: 'messages[{index}].role'. Supported values are: {', '.join(map(repr, _ROLES))}.",
            code="invalid_value",
            param=f"messages[{index}].role",
        )
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return "" if content is None else str(content)


def _format(wanted: Any, texts: list[str]) -> tuple[dict[str, Any] | None, bool]:
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind == "json_schema":
        inner = wanted.get("json_schema") or {}
        strict = bool(inner.get("strict"))
        check_format(inner.get("name"), inner.get("schema"), strict=strict, param="response_format")
        return inner["schema"], True
    if kind == "json_object":
        if not any("json" in text.lower() for text in texts):
            raise errors.bad_request(
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
                param="messages",
            )
        return None, True
    return None, False


def _wire(world: World, made: Generated, body: dict[str, Any]) -> dict[str, Any]:
    number = world.openai.next_number()
    count = body.get("n") or 1
    message: dict[str, Any] = {
        "role": "assistant",
        "content": made.text or None,
        "refusal": made.refusal,
        "annotations": [],
    }
    if made.refusal is None:
        message["content"] = made.text
    choices = [
        {"index": index, "message": dict(message), "logprobs": None, "finish_reason": made.ended}
        for index in range(int(count))
    ]
    return {
        "id": f"chatcmpl-{chance(world.seed, 'chat', number).getrandbits(120):030x}",
        "object": "chat.completion",
        "created": int(world.now.timestamp()),
        "model": made.model.resolved,
        "choices": choices,
        "usage": {
            "prompt_tokens": made.input_tokens,
            "completion_tokens": made.output_tokens * len(choices),
            "total_tokens": made.input_tokens + made.output_tokens * len(choices),
            "prompt_tokens_details": {"cached_tokens": made.cached_tokens, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": made.reasoning_tokens,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": body.get("service_tier") if body.get("service_tier") not in (None, "auto") else "default",
        "system_fingerprint": "fp_sandbox0001",
    }

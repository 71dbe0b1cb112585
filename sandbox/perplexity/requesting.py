"""Reading a request of the Agent API, strictly.

The one thing that must hold: a field the API does not know is refused wherever it stands, nested ones included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.openai.models import MODELS
from sandbox.perplexity import errors
from sandbox.perplexity.tools import check_known, check_tool
from sandbox.shapes import Shape, misfit

MAX_STEPS: Final = 100
MAX_MODELS: Final = 5
LEAST_OUTPUT: Final = 16
MAX_METADATA: Final = 16
_PRESETS: Final[dict[str, str]] = {
    "fast": "openai/gpt-6-luna",
    "low": "perplexity/sonar",
    "medium": "perplexity/sonar",
    "high": "openai/gpt-5.4",
    "xhigh": "openai/gpt-5.4",
    "fast-search": "openai/gpt-6-luna",
    "pro-search": "perplexity/sonar",
    "deep-research": "openai/gpt-5.4",
    "advanced-deep-research": "openai/gpt-5.4",
}
_TOP: Final = frozenset(
    [
        "input",
        "model",
        "models",
        "preset",
        "instructions",
        "max_output_tokens",
        "max_steps",
        "max_tool_calls",
        "tools",
        "tool_choice",
        "reasoning",
        "response_format",
        "temperature",
        "top_p",
        "stream",
        "background",
        "previous_response_id",
        "store",
        "metadata",
        "language_preference",
    ]
)
_SHAPE: Final[Shape] = {
    "model": str,
    "preset": str,
    "instructions": str,
    "reasoning": dict,
    "metadata": dict,
    "response_format": dict,
    "response_format.type": str,
    "tools": list,
    "tools[].filters": dict,
    "tools[].filters.search_domain_filter": list,
    "tools[].user_location": dict,
}


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """A checked request. `searches` says that a search will be made, `domains` which sites it may look at."""

    body: Mapping[str, Any]
    model: str
    requested: str
    texts: tuple[str, ...]
    last: str
    schema: Mapping[str, Any] | None
    searches: bool
    fast: bool
    domains: tuple[str, ...]
    most_tokens: int | None
    item: str


def read_request(body: Any) -> AgentRequest:
    """Check a request body.

    Raises:
        PerplexityRefusal: 400.
    """
    if not isinstance(body, dict):
        raise errors.bad_json()
    check_known(body, _TOP)
    if misfit(body, _SHAPE) is not None:
        raise errors.bad_json()
    texts, last = _input(body.get("input"))
    tools = body.get("tools") or []
    for index, tool in enumerate(tools):
        check_tool(tool, index)
    model = _model(body)
    most = _numbers(body, model)
    metadata = body.get("metadata") or {}
    if len(metadata) > MAX_METADATA:
        raise errors.invalid(f"metadata takes at most {MAX_METADATA} keys")
    search = next((tool for tool in tools if tool["type"] == "web_search"), None)
    refused = body.get("tool_choice") == "none" or body.get("max_tool_calls") == 0
    preset = body.get("preset")
    return AgentRequest(
        body=body,
        model=model,
        requested=str(preset or model),
        texts=(str(body.get("instructions") or ""), *texts),
        last=last,
        schema=_schema(body.get("response_format")),
        searches=(search is not None or preset is not None) and not refused,
        fast=preset in ("fast", "fast-search") or (search or {}).get("search_type") == "fast",
        domains=tuple((search or {}).get("filters", {}).get("search_domain_filter", ())),
        most_tokens=most,
        item=str(metadata.get("item", "")),
    )


def _input(value: Any) -> tuple[tuple[str, ...], str]:
    if isinstance(value, str) and value.strip():
        return (value,), value
    if not isinstance(value, list) or not value:
        raise errors.invalid("input cannot be empty")
    texts: list[str] = []
    last = ""
    for item in value:
        if not isinstance(item, dict) or item.get("role") not in ("user", "assistant", "system", "developer"):
            raise errors.PerplexityRefusal(400, "invalid_request", "invalid request")
        content = item.get("content", "")
        if isinstance(content, list):
            content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        texts.append(str(content))
        if item["role"] == "user":
            last = texts[-1]
    return tuple(texts), last


def _model(body: Mapping[str, Any]) -> str:
    models, preset = body.get("models"), body.get("preset")
    if models is not None and (not isinstance(models, list) or not 1 <= len(models) <= MAX_MODELS):
        raise errors.invalid(f"models takes 1 to {MAX_MODELS} entries")
    if preset is not None and preset not in _PRESETS:
        raise errors.invalid(f'preset "{preset}" is not supported')
    wanted = (models or [body.get("model")])[0] or _PRESETS.get(str(preset))
    if not wanted:
        raise errors.invalid("one of model, models or preset is required")
    if str(wanted).startswith("anthropic/") and body.get("max_output_tokens") is None:
        raise errors.invalid("max_output_tokens is required when using Anthropic models")
    if wanted not in prices():
        raise errors.invalid(f'model "{wanted}" is not supported')
    return str(wanted)


def prices() -> dict[str, tuple[float, float, float]]:
    """Return models with their prices: input, cache read, output, US dollars per million tokens."""
    resold = {
        f"openai/{model.id}": (model.input, model.cached, model.output)
        for model in MODELS.values()
        if model.id.startswith(("gpt-5", "gpt-6"))
    }
    return {"perplexity/sonar": (0.25, 0.0625, 2.5), **resold}


def _numbers(body: Mapping[str, Any], model: str) -> int | None:
    steps, most = body.get("max_steps"), body.get("max_output_tokens")
    if steps is not None and (not isinstance(steps, int) or steps < 1):
        raise errors.invalid("max steps must be at least 1")
    if steps is not None and steps > MAX_STEPS:
        raise errors.invalid(f"max steps must be at most {MAX_STEPS}")
    if most is not None and (not isinstance(most, int) or most < LEAST_OUTPUT):
        raise errors.invalid(f"max_output_tokens must be at least {LEAST_OUTPUT} for {model}")
    for name in ("stream",):
        if body.get(name):
            raise errors.invalid(f"the sandbox does not offer {name}")
    return most


def _schema(wanted: Any) -> Mapping[str, Any] | None:
    if wanted is None:
        return None
    check_known(wanted, frozenset({"type", "json_schema"}))
    if wanted.get("type") == "text":
        return None
    inner = wanted.get("json_schema")
    if wanted.get("type") != "json_schema" or not isinstance(inner, dict):
        raise errors.invalid('response_format.json_schema is required when type is "json_schema"')
    check_known(inner, frozenset({"name", "schema", "strict", "description"}))
    schema = inner.get("schema")
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise errors.bad_root(schema.get("type") if isinstance(schema, dict) else None)
    return schema

"""The web search that a response may be told to use.

The one thing that must hold: a filter or a tool the service would refuse is refused, and pages come back as addresses
only, and only where they were asked for: the real service hands over no text of theirs.
"""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.minds.document import find_document
from sandbox.minds.researching import Research, research
from sandbox.openai import errors
from sandbox.world.chance import chance
from sandbox.world.world import World

SOURCES: Final = "web_search_call.action.sources"
MAX_DOMAINS: Final = 100
_KINDS: Final = ("web_search", "web_search_2025_08_26")
_TOOL: Final = frozenset({"type", "filters", "user_location", "search_context_size", "external_web_access"})


def look_up(world: World, body: Mapping[str, Any], last: str) -> Research | None:
    """What a search for the last message brings up, ``None`` where the request has no search to make.

    Raises:
        OpenAIRefusal: 400 for a tool or a filter that does not exist.
    """
    tools = [_checked(tool, index) for index, tool in enumerate(body.get("tools") or ())]
    if not tools or body.get("tool_choice") == "none":
        return None
    filters = tools[0].get("filters") or {}
    return research(world, find_document(last), only=tuple(filters.get("allowed_domains") or ()))


def calls(world: World, found: Research, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The search as it stands in the output, before the message."""
    name = chance(world.seed, "web search", world.openai.next_number()).getrandbits(192)
    action: dict[str, Any] = {"type": "search", "query": found.queries[0] if found.queries else ""}
    if SOURCES in (body.get("include") or ()):
        action["sources"] = [{"type": "url", "url": result["url"]} for result in found.results]
    return [{"id": f"ws_{name:048x}", "type": "web_search_call", "status": "completed", "action": action}]


def _checked(tool: Any, index: int) -> Mapping[str, Any]:
    if not isinstance(tool, dict) or tool.get("type") not in _KINDS:
        kind = tool.get("type") if isinstance(tool, dict) else tool
        raise errors.bad_request(
            f"The sandbox offers no tool {kind!r}.", code="unsupported_value", param=f"tools[{index}].type"
        )
    unknown = [name for name in tool if name not in _TOOL]
    if unknown:
        param = f"tools[{index}].{unknown[0]}"
        raise errors.bad_request(f"Unknown parameter: '{param}'.", code="unknown_parameter", param=param)
    filters = tool.get("filters") or {}
    sound = isinstance(filters, dict) and set(filters) <= {"allowed_domains"}
    domains = filters.get("allowed_domains", []) if sound else None
    if not isinstance(domains, list) or not all(isinstance(one, str) and "/" not in one for one in domains):
        param = f"tools[{index}].filters.allowed_domains"
        raise errors.bad_request(f"Invalid value for '{param}'.", code="invalid_value", param=param)
    if len(domains) > MAX_DOMAINS:
        raise errors.bad_request("Too many domains.", code="array_above_max_length", param="tools")
    return tool

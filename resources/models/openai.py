"""OpenAI as a language model: the Responses API with a strict schema, and with its web search for research.

What must hold: what is static comes first and is byte-identical between calls (rule B35), answers have no length cap
(rule B32), nothing is kept at OpenAI (``store`` is off), and a search is forced by our own request (rule B34).
"""

from typing import Any, Final

from resources.models.errors import OPENAI, exhausted, openai_failure
from resources.models.gateway import ModelRequest, Task
from resources.models.parameters import parameters
from resources.models.responses import Dialect


def request_body(request: ModelRequest) -> dict[str, Any]:
    """Build the body of ``POST /v1/responses``: static parts first, the document last."""
    answer_format = {
        "type": "json_schema",
        "name": request.schema_name,
        "schema": dict(request.schema),
        "strict": True,
    }
    body: dict[str, Any] = {
        "model": request.model,
        "instructions": request.instructions,
        "text": {"format": answer_format},
        **parameters(request.task, request.model),
        "store": False,
    }
    if request.task is Task.RESEARCH:
        body |= _search(request.search_domains)
    if request.cache_key:
        body["prompt_cache_key"] = request.cache_key
    return {**body, "input": request.document}


def _search(domains: tuple[str, ...]) -> dict[str, Any]:
    """The one tool, which has to be used; the pages it looked at come back only where they are asked for."""
    tool: dict[str, Any] = {"type": "web_search"}
    if domains:
        tool["filters"] = {"allowed_domains": list(domains)}
    return {"tools": [tool], "tool_choice": "required", "include": ["web_search_call.action.sources"]}


DIALECT: Final = Dialect(
    service=OPENAI,
    classify=openai_failure,
    body=request_body,
    live_url="https://api.openai.com/v1",
    exhausted=exhausted,
)

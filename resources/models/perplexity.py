"""Perplexity's Agent API as a web-grounded research model, reached with the openai SDK.

What must hold: the web search is asked for and forced by our own request, not left to a provider's default (rule B34),
and no field is sent that the API does not know: it refuses the whole request for one.
"""

from typing import Any, Final

from resources.models.gateway import ModelRequest
from resources.models.parameters import parameters
from resources.models.perplexity_errors import PERPLEXITY, exhausted, perplexity_failure
from resources.models.responses import Dialect

MOST_DOMAINS: Final = 20


def request_body(request: ModelRequest) -> dict[str, Any]:
    """Build the body of ``POST /v1/responses``: static parts first, the document last.

    Even a forced search may find nothing: ``sources`` of the answer is then empty and the caller decides (rule B23).

    Raises:
        ValueError: More than 20 search domains.
    """
    if len(request.search_domains) > MOST_DOMAINS:
        raise ValueError(f"{len(request.search_domains)} search domains; Perplexity takes {MOST_DOMAINS}")
    search: dict[str, Any] = {"type": "web_search"}
    if request.search_domains:
        search["filters"] = {"search_domain_filter": list(request.search_domains)}
    answer_format = {"name": request.schema_name, "schema": dict(request.schema), "strict": True}
    return {
        "model": request.model,
        "instructions": request.instructions,
        "tools": [search],
        "tool_choice": {"type": "web_search"},
        "response_format": {"type": "json_schema", "json_schema": answer_format},
        **parameters(request.task, request.model),
        "store": False,
        "input": request.document,
    }


DIALECT: Final = Dialect(
    service=PERPLEXITY,
    classify=perplexity_failure,
    body=request_body,
    live_url="https://api.perplexity.ai/v1",
    exhausted=exhausted,
    requests_per_second=0.8,  # 48 a minute: the lowest tier allows 50
)

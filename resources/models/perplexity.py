"""Perplexity's Agent API as a web-grounded research model, reached with the openai SDK.

What must hold: the web search is asked for and forced by our own request, not left to a provider's default (rule B34),
and no field is sent that the API does not know: it refuses the whole request for one.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final

from resources.models.budget import DEFAULT_BUDGET
from resources.models.client import Dialect, ResponsesModel, opened
from resources.models.gateway import ModelRequest
from resources.models.parameters import parameters
from resources.models.perplexity_errors import PERPLEXITY, perplexity_failure
from resources.models.prices import ModelPrice
from resources.pacing import Pacer

LIVE_URL: Final = "https://api.perplexity.ai/v1"
REQUESTS_PER_SECOND: Final = 0.8
"""48 a minute: the lowest tier allows 50."""
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


@asynccontextmanager
async def connect(
    api_key: str,
    *,
    base_url: str = LIVE_URL,
    timeout_seconds: float = 180.0,
    pacer: Pacer | None = None,
    input_budget: int = DEFAULT_BUDGET,
    prices: Mapping[str, ModelPrice] = MappingProxyType({}),
) -> AsyncIterator[ResponsesModel]:
    """Open Perplexity; its connections live as long as the block (rule B13).

    Args:
        api_key: ``pplx-...``
        base_url: The API's root, version included.
        timeout_seconds: How long one answer may take; a search takes its time.
        pacer: Shared turns; by default the lowest tier's 50 a minute.
        input_budget: Tokens of input a request may have.
        prices: Prices of models the built-in table does not know.
    """
    dialect = Dialect(service=PERPLEXITY, classify=perplexity_failure, body=request_body)
    turns = pacer or Pacer(REQUESTS_PER_SECOND)
    async with opened(api_key, base_url=base_url, timeout_seconds=timeout_seconds) as client:
        yield ResponsesModel(client, dialect, pacer=turns, input_budget=input_budget, prices=prices)

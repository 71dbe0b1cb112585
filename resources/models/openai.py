"""OpenAI as a language model: the Responses API with a strict schema.

What must hold: what is static comes first and is byte-identical between calls (rule B35), answers have no length cap
(rule B32), and nothing is kept at OpenAI (``store`` is off).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final

from resources.models.budget import DEFAULT_BUDGET
from resources.models.client import Dialect, ResponsesModel, opened
from resources.models.errors import OPENAI, openai_failure
from resources.models.gateway import ModelRequest
from resources.models.parameters import parameters
from resources.models.prices import ModelPrice
from resources.pacing import Pacer

LIVE_URL: Final = "https://api.openai.com/v1"


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
    if request.cache_key:
        body["prompt_cache_key"] = request.cache_key
    return {**body, "input": request.document}


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
    """Open OpenAI; its connections live as long as the block (rule B13).

    Args:
        api_key: ``sk-...``
        base_url: The API's root, version included.
        timeout_seconds: How long one answer may take.
        pacer: Shared turns; by default requests are not spaced, since OpenAI's limits depend on the account.
        input_budget: Tokens of input a request may have.
        prices: Prices of models the built-in table does not know.
    """
    dialect = Dialect(service=OPENAI, classify=openai_failure, body=request_body)
    async with opened(api_key, base_url=base_url, timeout_seconds=timeout_seconds) as client:
        yield ResponsesModel(client, dialect, pacer=pacer or Pacer(0), input_budget=input_budget, prices=prices)

"""OpenAI as a language model: the Responses API with a strict schema.

What must hold: what is static comes first and is byte-identical between calls (rule B35), answers have no length cap
(rule B32), and nothing is kept at OpenAI (``store`` is off).
"""

from typing import Any, Final

from resources.models.errors import OPENAI, openai_failure
from resources.models.gateway import ModelRequest
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
    if request.cache_key:
        body["prompt_cache_key"] = request.cache_key
    return {**body, "input": request.document}


DIALECT: Final = Dialect(
    service=OPENAI,
    classify=openai_failure,
    body=request_body,
    live_url="https://api.openai.com/v1",
)

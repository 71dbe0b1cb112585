"""The table of Perplexity routes.

The one thing that must hold: the Sonar routes exist and refuse; they are closed, not forgotten.
"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.house import House
from sandbox.perplexity import agent, errors
from sandbox.perplexity.reception import Handler, Visit, endpoint
from sandbox.perplexity.requesting import prices

_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


async def models(_visit: Visit) -> dict[str, Any]:
    """GET /v1/models, with prices."""
    shown = [
        {
            "id": name,
            "object": "model",
            "created": 0,
            "owned_by": name.partition("/")[0],
            "pricing": {"input": into, "output": out, "cache_read": read, "unit": "usd_per_1m_tokens"},
        }
        for name, (into, read, out) in prices().items()
    ]
    return {"object": "list", "data": shown}


async def sonar(visit: Visit) -> dict[str, Any]:
    """A Sonar route, closed since 27 September 2026."""
    raise errors.sonar_closed(visit.house.world.switches.perplexity_sonar_code)


_ROUTES: Final[tuple[tuple[str, list[str], Handler], ...]] = (
    ("/v1/agent", ["POST"], agent.create),
    ("/v1/responses", ["POST"], agent.create),
    ("/v1/agent/{response}", ["GET"], agent.get),
    ("/v1/responses/{response}", ["GET"], agent.get),
    ("/v1/agent/{response}/cancel", ["POST"], agent.cancel),
    ("/v1/responses/{response}/cancel", ["POST"], agent.cancel),
    ("/v1/models", ["GET"], models),
    ("/chat/completions", ["POST"], sonar),
    ("/async/chat/completions", ["GET", "POST"], sonar),
    ("/v1/sonar", ["POST"], sonar),
    ("/v1/async/sonar", ["GET", "POST"], sonar),
)


def perplexity(house: House) -> Router:
    """Return the whole API; what is not listed answers 404 with an empty body."""

    async def unknown(_request: Request) -> Response:
        return Response(status_code=404)

    return Router(
        routes=[
            *(Route(path, endpoint(house, handler), methods=methods) for path, methods, handler in _ROUTES),
            Route("/{path:path}", unknown, methods=_METHODS),
        ],
        redirect_slashes=False,
    )

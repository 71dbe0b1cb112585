"""What stands before every Perplexity endpoint: the key, the rate, and faults.

The one thing that must hold: a wrong key is found out before anything else, on closed routes as well.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from sandbox.clock import wall_clock
from sandbox.house import House
from sandbox.keys import SANDBOX_PERPLEXITY_KEY
from sandbox.pacing import Budget
from sandbox.perplexity import errors
from sandbox.wire import Hangup, Json, about, json_body
from sandbox.world.chance import uuid_like

MAX_BODY: Final = 32 * 1024 * 1024
_BUCKET: Final = 50
_HTML_401: Final = (
    "<html><head><title>401 Authorization Required</title></head><body><center><h1>401 Authorization Required</h1>"
    "</center><hr><center>openresty</center></body></html>"
)


@dataclass(slots=True)
class Visit:
    """One request that has passed the door."""

    house: House
    request: Request
    body: Any
    subject: str


Handler = Callable[[Visit], Awaitable[Any]]


def endpoint(house: House, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler with the door; it returns JSON content."""

    async def answer(request: Request) -> Response:
        headers: dict[str, str] = {"x-request-id": uuid_like(house.world.seed, "px", house.world.perplexity.made)}
        try:
            response = await _admitted(house, request, handler, headers)
        except errors.PerplexityRefusal as refusal:
            response = Json(refusal.body, refusal.status)
        response.headers.update(headers)
        return response

    return answer


async def _admitted(house: House, request: Request, handler: Handler, headers: dict[str, str]) -> Response:
    subject = await about(request)
    faults = house.world.faults
    if faults.strikes("perplexity.html_401", subject):
        return Response(_HTML_401, status_code=HTTPStatus.UNAUTHORIZED, media_type="text/html")
    given = request.headers.get("authorization")
    if given != f"Bearer {SANDBOX_PERPLEXITY_KEY}" or faults.strikes("perplexity.key_revoked", subject):
        raise errors.wrong_key()
    headers |= _paced(house)
    if faults.strikes("perplexity.rate_limited", subject):
        raise errors.too_fast()
    if len(await request.body()) > MAX_BODY:
        raise errors.too_large()
    if request.method == "POST":
        _faulty(house, subject)
    try:
        body = await json_body(request)
    except ValueError:
        raise errors.bad_json() from None
    content = await handler(Visit(house, request, body, subject))
    if request.method == "POST" and faults.strikes("perplexity.lost", subject):
        return Hangup()
    return Json(content)


def _paced(house: House) -> dict[str, str]:
    """Take from the leaky bucket and return its headers; `reset` is an epoch second of real time.

    Raises:
        PerplexityRefusal: 429.
    """
    steady = house.world.switches.perplexity_queries_per_second
    limit = _BUCKET * steady
    bucket = house.budgets.get("perplexity")
    if bucket is None or bucket.limit != limit:
        bucket = house.budgets["perplexity"] = Budget(limit, float(_BUCKET))
    if house.paced and bucket.take(1) > 0:
        raise errors.too_fast()
    used = int(bucket.used)
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-used": str(used),
        "x-ratelimit-remaining": str(limit - used),
        "x-ratelimit-reset": str(int(wall_clock().timestamp()) + 1),
    }


def _faulty(house: House, subject: str) -> None:
    faults = house.world.faults
    if faults.strikes("perplexity.insufficient_quota", subject):
        raise errors.no_credit()
    unknown = faults.strikes("perplexity.unknown_field", subject)
    if unknown is not None:
        raise errors.unknown_field(unknown.match or "tools")
    if faults.strikes("perplexity.structured_output_failed", subject):
        raise errors.structured_output_failed()
    if faults.strikes("perplexity.bad_gateway", subject):
        raise errors.bad_gateway()

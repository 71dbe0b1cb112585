"""What stands before every Brevo endpoint: the key, the rate pools, and faults.

The one thing that must hold: every answer carries the state of the pool it was counted in, and a pool of hours counts
world time.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from sandbox.brevo import errors
from sandbox.house import House
from sandbox.keys import SANDBOX_BREVO_KEY
from sandbox.pacing import Burst, Pool
from sandbox.wire import Hangup, Json, about, gateway_page, json_body
from sandbox.world.chance import uuid_like

PER_SECOND: Final = {
    "general": {"mail": 1_000, "emails": 2},
    "advanced": {"mail": 2_000, "emails": 3},
    "extended": {"mail": 6_000, "emails": 5},
}
PER_HOUR: Final = {
    "general": {"statistics": 300, "account": 100},
    "advanced": {"statistics": 600, "account": 200},
    "extended": {"statistics": 1_800, "account": 600},
}
_ANY_SECOND_RESET: Final = "1"


@dataclass(slots=True)
class Visit:
    """One request that has passed the door; `subject` is what faults match against."""

    house: House
    request: Request
    body: Any
    subject: str

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of a repeated one the last."""
        return dict(self.request.query_params)


Handler = Callable[[Visit], Awaitable[Response]]


def endpoint(house: House, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler with the door."""

    async def answer(request: Request) -> Response:
        headers: dict[str, str] = {"sib-request-id": uuid_like(house.world.seed, "request", _number(house))}
        try:
            response = await _admitted(house, request, handler, headers)
        except errors.BrevoRefusal as refusal:
            headers |= refusal.headers
            response = Json(refusal.body, refusal.status)
        response.headers.update(headers)
        return response

    return answer


def _number(house: House) -> int:
    return sum(house.world.tally.requests.values())


async def _admitted(house: House, request: Request, handler: Handler, headers: dict[str, str]) -> Response:
    subject = await about(request)
    faults = house.world.faults
    key = request.headers.get("api-key")
    if not key:
        raise errors.no_key()
    if key != SANDBOX_BREVO_KEY or faults.strikes("brevo.key_revoked", subject):
        raise errors.wrong_key()
    if faults.strikes("brevo.unrecognised_ip", subject):
        raise errors.unrecognised_ip()
    headers |= _counted(house, request, subject)
    if faults.strikes("brevo.lost", subject):
        return Hangup()
    if faults.strikes("brevo.server_error", subject):
        return Json({"code": "internal_error", "message": "Internal server error"}, HTTPStatus.INTERNAL_SERVER_ERROR)
    try:
        body = await json_body(request)
    except ValueError:
        raise errors.BrevoRefusal(HTTPStatus.BAD_REQUEST, "bad_request", "Input must be a valid JSON object") from None
    response = await handler(Visit(house, request, body, subject))
    if _sends(request):
        if faults.strikes("brevo.accepted_then_502", subject):
            return gateway_page(HTTPStatus.BAD_GATEWAY)
        if faults.strikes("brevo.accepted_then_lost", subject):
            return Hangup()
        if faults.strikes("brevo.accepted_without_id", subject):
            return Response(status_code=HTTPStatus.CREATED)
        if faults.strikes("brevo.accepted_other_id", subject):
            return Json({"messageId": house.world.new_message_id()}, HTTPStatus.CREATED)
    return response


def _sends(request: Request) -> bool:
    return request.method == "POST" and request.url.path.endswith("/smtp/email")


def pool_of(method: str, path: str) -> str:
    """Return the name of the pool a request counts in."""
    if path.endswith("/smtp/blockedContacts") and method == "GET":
        return "mail"
    if path.endswith("/smtp/email") and method == "POST":
        return "mail"
    if path.endswith("/smtp/emails") and method == "GET":
        return "emails"
    return "statistics" if "/smtp/" in path else "account"


def _counted(house: House, request: Request, subject: str) -> dict[str, str]:
    """Count the request in its pool and return the pool's headers.

    Raises:
        BrevoRefusal: 429 with the same headers.
    """
    world, plan = house.world, house.world.switches.brevo_plan
    name = pool_of(request.method, request.url.path)
    struck = world.faults.strikes("brevo.rate_limited", subject)
    if name in PER_HOUR[plan]:
        limit = PER_HOUR[plan][name]
        pool = house.pools.get(f"brevo {name}")
        if pool is None or pool.limit != limit:
            pool = house.pools[f"brevo {name}"] = Pool(limit, timedelta(hours=1))
        fits = pool.take(world.now)
        headers = _headers(limit, limit - pool.used, str(pool.seconds_left(world.now)))
    else:
        limit = PER_SECOND[plan][name]
        fits = house.burst(f"brevo {name}", limit) == 0
        window = house.bursts.get(f"brevo {name}") or Burst(limit, 1.0)
        headers = _headers(limit, window.left, _ANY_SECOND_RESET)
    if struck is not None:
        wait = headers["x-sib-ratelimit-reset"] if struck.value is None else str(int(struck.value))
        raise errors.too_many(_headers(limit, 0, wait))
    if not fits:
        raise errors.too_many(_headers(limit, 0, headers["x-sib-ratelimit-reset"]))
    return headers


def _headers(limit: int, remaining: int, reset: str) -> dict[str, str]:
    return {
        "x-sib-ratelimit-limit": str(limit),
        "x-sib-ratelimit-remaining": str(max(0, remaining)),
        "x-sib-ratelimit-reset": reset,
    }

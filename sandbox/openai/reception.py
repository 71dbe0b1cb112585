"""What stands before every OpenAI endpoint: the key, limits, faults, and the headers of every answer.

The one thing that must hold: money failures and rate failures differ in type and code, never only in their words.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from sandbox.house import House
from sandbox.keys import SANDBOX_OPENAI_KEY
from sandbox.openai import errors
from sandbox.pacing import Budget
from sandbox.wire import Hangup, Json, about, json_body
from sandbox.world.chance import chance

_MINUTE: Final = 60.0
_TALKS: Final = ("/responses", "/chat/completions")


@dataclass(slots=True)
class Visit:
    """One request that has passed the door; `body` is parsed JSON, None for uploads."""

    house: House
    request: Request
    body: Any
    subject: str

    def spend(self, model: str, tokens: int) -> None:
        """Count a request and its tokens against the model's minute.

        Raises:
            OpenAIRefusal: 429, too fast or too large.
        """
        house, switches = self.house, self.house.world.switches
        limit = switches.openai_tokens_per_minute
        if tokens > limit:
            raise errors.request_too_large(model, limit, tokens)
        if not house.paced:
            return
        most = switches.openai_requests_per_minute
        wait = house.burst(f"openai requests {model}", most, _MINUTE)
        if wait:
            raise errors.rate_limited(model, "requests", limit=most, used=most, asked=1, seconds=wait)
        key = f"openai tokens {model}"
        budget = house.budgets.get(key)
        if budget is None or budget.limit != limit:
            budget = house.budgets[key] = Budget(limit, _MINUTE)
        wait = budget.take(tokens)
        if wait:
            raise errors.rate_limited(model, "tokens", limit=limit, used=int(budget.used), asked=tokens, seconds=wait)


Handler = Callable[[Visit], Awaitable[Any]]


def endpoint(house: House, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler with the door; it returns JSON content or a response of its own."""

    async def answer(request: Request) -> Response:
        headers = _headers(house)
        try:
            response = await _admitted(house, request, handler)
        except errors.OpenAIRefusal as refusal:
            headers |= refusal.headers
            response = Json(refusal.body, refusal.status)
        response.headers.update(headers)
        return response

    return answer


def _headers(house: House) -> dict[str, str]:
    switches = house.world.switches
    number = house.world.openai.next_number()
    requests, tokens = switches.openai_requests_per_minute, switches.openai_tokens_per_minute
    return {
        "x-request-id": f"req_{chance(house.world.seed, 'openai request', number).getrandbits(128):032x}",
        "openai-organization": errors.ORGANISATION,
        "openai-processing-ms": "312",
        "openai-version": "2020-10-01",
        "x-ratelimit-limit-requests": str(requests),
        "x-ratelimit-limit-tokens": str(tokens),
        "x-ratelimit-remaining-requests": str(max(0, requests - 1)),
        "x-ratelimit-remaining-tokens": str(max(0, tokens - 1)),
        "x-ratelimit-reset-requests": "12ms",
        "x-ratelimit-reset-tokens": "6ms",
    }


async def _admitted(house: House, request: Request, handler: Handler) -> Response:
    given = request.headers.get("authorization", "")
    if not given.startswith("Bearer ") or given == "Bearer ":
        raise errors.no_key()
    subject = await about(request)
    key = given.removeprefix("Bearer ")
    if key != SANDBOX_OPENAI_KEY or house.world.faults.strikes("openai.key_revoked", subject):
        raise errors.wrong_key(key)
    if request.url.path.endswith(_TALKS):
        _faulty(house, subject)
    body: Any = None
    if not request.headers.get("content-type", "").startswith("multipart/"):
        try:
            body = await json_body(request)
        except ValueError:
            raise errors.bad_request("We could not parse the JSON body of your request.") from None
    content = await handler(Visit(house, request, body, subject))
    if request.url.path.endswith(_TALKS) and house.world.faults.strikes("openai.lost", subject):
        return Hangup()
    return content if isinstance(content, Response) else Json(content)


def _faulty(house: House, subject: str) -> None:
    faults = house.world.faults
    for code in errors.MONEY_CODES:
        if faults.strikes(f"openai.{code}", subject):
            raise errors.out_of_money(code)
    limited = faults.strikes("openai.rate_limited", subject)
    if limited is not None:
        seconds = limited.value if limited.value is not None else 1.78
        raise errors.rate_limited("the model", "tokens", limit=30_000, used=30_000, asked=890, seconds=seconds)
    for name, refusal in (
        ("billing_hard_limit", errors.hard_limit()),
        ("request_too_large", errors.request_too_large("the model", 30_000, 30_062)),
        ("slow_down", errors.slow_down()),
        ("content_flagged", errors.flagged()),
        ("server_error", errors.server_error()),
        ("overloaded", errors.overloaded()),
        ("schema_refused", _schema_refused()),
    ):
        if faults.strikes(f"openai.{name}", subject):
            raise refusal


def _schema_refused() -> errors.OpenAIRefusal:
    return errors.OpenAIRefusal(
        HTTPStatus.BAD_REQUEST,
        "Invalid schema for response_format 'answer': In context=(), 'additionalProperties' is required to be supplied "
        "and to be false.",
        param="response_format",
    )

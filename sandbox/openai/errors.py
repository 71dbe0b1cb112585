"""Refusals of the OpenAI API.

The one thing that must hold: 429 means two things, and type and code tell which: a rate (wait) or money (stop).
"""

from http import HTTPStatus
from typing import Any, Final

_LIMITS_PAGE: Final = "Visit https://platform.openai.com/account/rate-limits to learn more."
_BILLING_DOCS: Final = "https://platform.openai.com/docs/guides/error-codes/api-errors."
ORGANISATION: Final = "org-sandbox"


class OpenAIRefusal(Exception):
    """An answer that is not a success; `headers` go out with it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str | None = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code or kind}: {message}")
        self.status = int(status)
        self.body: dict[str, Any] = {"error": {"message": message, "type": kind, "param": param, "code": code}}
        self.headers = headers or {}


def bad_request(message: str, *, code: str | None = None, param: str | None = None) -> OpenAIRefusal:
    """A request that will never work as it is."""
    return OpenAIRefusal(HTTPStatus.BAD_REQUEST, message, code=code, param=param)


def no_key() -> OpenAIRefusal:
    """No key at all."""
    return OpenAIRefusal(
        HTTPStatus.UNAUTHORIZED,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
        "(i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the "
        "API from your browser and are prompted for a username and password. You can obtain an API key from "
        "https://platform.openai.com/account/api-keys.",
    )


def wrong_key(key: str) -> OpenAIRefusal:
    """A key nobody knows; it comes back with its middle hidden."""
    shown = f"{key[:3]}{'*' * max(0, len(key) - 7)}{key[-4:]}"
    return OpenAIRefusal(
        HTTPStatus.UNAUTHORIZED,
        f"Incorrect API key provided: {shown}. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
    )


def model_not_found(name: str) -> OpenAIRefusal:
    """A model that never was, or not for this account."""
    return OpenAIRefusal(
        HTTPStatus.NOT_FOUND,
        f"The model `{name}` does not exist or you do not have access to it.",
        code="model_not_found",
    )


def model_gone(name: str) -> OpenAIRefusal:
    """A model after its shutdown date; the same status and code."""
    return OpenAIRefusal(
        HTTPStatus.NOT_FOUND,
        f"The model `{name}` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations",
        code="model_not_found",
    )


def context_exceeded(limit: int, tokens: int) -> OpenAIRefusal:
    """A prompt longer than the model reads."""
    return bad_request(
        f"This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} tokens. "
        "Please reduce the length of the messages.",
        code="context_length_exceeded",
        param="messages",
    )


def rate_limited(model: str, what: str, *, limit: int, used: int, asked: int, seconds: float) -> OpenAIRefusal:
    """Too fast; `what` is `requests` or `tokens`. It tells how long to wait, in the message and in headers."""
    unit = "RPM" if what == "requests" else "TPM"
    wait = f"{seconds:.2f}s" if seconds >= 1 else f"{int(seconds * 1000)}ms"
    return OpenAIRefusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"Rate limit reached for {model} in organization {ORGANISATION} on {what} per min ({unit}): Limit {limit}, "
        f"Used {used}, Requested {asked}. Please try again in {wait}. {_LIMITS_PAGE}",
        kind=what,
        code="rate_limit_exceeded",
        headers={"retry-after": str(max(1, round(seconds))), "retry-after-ms": str(int(seconds * 1000))},
    )


def request_too_large(model: str, limit: int, asked: int) -> OpenAIRefusal:
    """One request above the whole minute's tokens: it never fits."""
    return OpenAIRefusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"Request too large for {model} in organization {ORGANISATION} on tokens per min (TPM): Limit {limit}, "
        f"Requested {asked}. The input or output tokens must be reduced in order to run successfully. {_LIMITS_PAGE}",
        kind="tokens",
        code="rate_limit_exceeded",
    )


_MONEY: Final[dict[str, str]] = {
    "insufficient_quota": (
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        f"error, read the docs: {_BILLING_DOCS}"
    ),
    "credit_balance_exhausted": "You have no credits remaining. Add credits to continue using the API.",
    "organization_spend_limit_exceeded": "Your organization has reached its spend limit.",
    "project_spend_limit_exceeded": "Your project has reached its spend limit.",
    "organization_usage_limit_exceeded": "Your organization has reached its usage limit.",
}
MONEY_CODES: Final = tuple(_MONEY)


def out_of_money(code: str) -> OpenAIRefusal:
    """A 429 that no waiting helps against."""
    return OpenAIRefusal(HTTPStatus.TOO_MANY_REQUESTS, _MONEY[code], kind="insufficient_quota", code=code)


def hard_limit() -> OpenAIRefusal:
    """The older form of a spend limit, a 400."""
    return OpenAIRefusal(
        HTTPStatus.BAD_REQUEST,
        "Billing hard limit has been reached",
        code="billing_hard_limit_reached",
    )


def server_error() -> OpenAIRefusal:
    """A 500."""
    message = "The server had an error while processing your request. Sorry about that!"
    return OpenAIRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, message, kind="server_error")


def overloaded() -> OpenAIRefusal:
    """A 503 for everybody."""
    return OpenAIRefusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The server is currently overloaded with other requests. Sorry about that! You can retry your request.",
        kind="service_unavailable_error",
        code="server_is_overloaded",
    )


def slow_down() -> OpenAIRefusal:
    """A 503 for somebody who ramps up too fast."""
    return OpenAIRefusal(HTTPStatus.SERVICE_UNAVAILABLE, "Slow Down", kind="server_error", code="slow_down")


def flagged() -> OpenAIRefusal:
    """A prompt that a policy stopped."""
    return bad_request("This content was flagged for possible violation of our usage policies.", code="cyber_policy")


def unknown_thing(what: str, name: str) -> OpenAIRefusal:
    """A file, batch or response that is not there."""
    return OpenAIRefusal(HTTPStatus.NOT_FOUND, f"No such {what}: {name}", param="id")

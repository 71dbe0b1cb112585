"""The one HTTP client of everything that speaks the Responses protocol (rule B18): the openai SDK.

What must hold: one request per call, the SDK retries nothing by itself, and every exception of the SDK is classified.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Protocol

import openai

from resources.models.responses import Dialect, Limits, ResponsesModel, WireAnswer
from resources.pacing import shared_pacer
from rules.failures import FailureKind, ServiceFailure

_CONNECT_SECONDS: Final = 5.0
_NEVER_SENT: Final = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
"""What the SDK's HTTP library calls it when no request has left, so that nothing can have been charged."""


class _RawAnswer(Protocol):
    """What the SDK's raw-response calls return."""

    @property
    def text(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


class SdkWire:
    """The Responses protocol over HTTP."""

    def __init__(self, client: openai.AsyncOpenAI, dialect: Dialect) -> None:
        self._client = client
        self._dialect = dialect

    async def create(self, body: Mapping[str, Any]) -> WireAnswer:
        """``POST /responses``."""
        # The body travels as extra_body: the SDK's types lag behind both services and know only one of them.
        return await self._once(partial(self._client.responses.with_raw_response.create, extra_body=dict(body)))

    async def models(self) -> WireAnswer:
        """``GET /models``."""
        return await self._once(self._client.models.with_raw_response.list)

    async def _once(self, call: Callable[[], Awaitable[_RawAnswer]]) -> WireAnswer:
        service = self._dialect.service
        try:
            answer = await call()
            return WireAnswer(answer.text, _lower(answer.headers))
        except openai.APIStatusError as error:
            headers = _lower(error.response.headers)
            raise ServiceFailure(self._dialect.classify(error.status_code, error.response.text, headers)) from error
        except openai.APIConnectionError as error:  # a timeout is one of these
            if type(error.__cause__).__name__ in _NEVER_SENT:
                message = f"{service} could not be reached"
                raise ServiceFailure.of(FailureKind.TRANSIENT, service, "unreachable", message) from error
            late = isinstance(error, openai.APITimeoutError)
            code, message = ("timeout", "no answer in time") if late else ("broken_off", f"{service} broke off")
            message = f"{message}; it may have been charged"
            raise ServiceFailure.of(FailureKind.TRANSIENT, service, code, message) from error
        except openai.OpenAIError as error:
            message = "the SDK refused the call or could not read the answer"
            raise ServiceFailure.of(FailureKind.TRANSIENT, service, type(error).__name__, message) from error


def _lower(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@asynccontextmanager
async def connect(
    api_key: str,
    dialect: Dialect,
    *,
    base_url: str | None = None,
    timeout_seconds: float = 180.0,
    requests_per_second: float | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[ResponsesModel]:
    """Open a model whose connections live as long as the block (rule B13).

    Args:
        api_key: The service's key.
        dialect: Which service: `openai.DIALECT` or `perplexity.DIALECT`.
        base_url: The API's root, version included; the dialect's by default.
        timeout_seconds: How long one answer may take; a reasoning model thinks for minutes, a search takes its time.
        requests_per_second: Shared by everybody in this process who talks to this endpoint; 0 for no pacing.
        limits: What a request must fit.
    """
    url = base_url or dialect.live_url
    pacer = shared_pacer(url, dialect.requests_per_second if requests_per_second is None else requests_per_second)
    timeout = openai.Timeout(timeout_seconds, connect=_CONNECT_SECONDS)
    async with openai.AsyncOpenAI(api_key=api_key, base_url=url, max_retries=0, timeout=timeout) as client:
        yield ResponsesModel(SdkWire(client, dialect), dialect, pacer=pacer, limits=limits or Limits())

"""The one client of everything that speaks the Responses protocol through the openai SDK (rule B18).

What must hold: one request per question, no retry of the SDK's own, input and price checked before anything is paid,
and every exception of the SDK classified.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final, Protocol

import openai

from resources.models.answers import Classifier, read_answer
from resources.models.budget import check_input
from resources.models.gateway import ModelAnswer, ModelInfo, ModelRequest
from resources.models.prices import ModelPrice, known_price
from resources.pacing import Pacer
from rules.failures import FailureKind, ServiceFailure

_CONNECT_SECONDS: Final = 5.0


class _RawAnswer(Protocol):
    """What the SDK's raw-response calls return."""

    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the services.

    Attributes:
        service: The name failures carry.
        classify: The service's table of refusals.
        body: Builds the request's body; the document comes last (rule B35).
    """

    service: str
    classify: Classifier
    body: Callable[[ModelRequest], dict[str, Any]]


class ResponsesModel:
    """A model behind the Responses protocol; the services' own modules open one with `connect`."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        dialect: Dialect,
        *,
        pacer: Pacer,
        input_budget: int,
        prices: Mapping[str, ModelPrice],
    ) -> None:
        self._client = client
        self._dialect = dialect
        self._pacer = pacer
        self._input_budget = input_budget
        self._prices = prices

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        """Make one request; see `LanguageModel.answer`."""
        check_input(request, budget=self._input_budget)
        price = known_price(request.model, self._prices)
        body = self._dialect.body(request)
        await self._pacer.turn()
        # The body travels as extra_body: the SDK's types lag behind both services and know only one of them.
        raw = await self._exchange(partial(self._client.responses.with_raw_response.create, extra_body=body))
        service, classify = self._dialect.service, self._dialect.classify
        return read_answer(raw, price=price, requested=request.model, service=service, classify=classify)

    async def models(self) -> Sequence[ModelInfo]:
        """The models of the key, with the day each is switched off where one is announced."""
        raw = await self._exchange(self._client.models.with_raw_response.list)
        try:
            items = json.loads(raw)["data"]
            return [ModelInfo(model=item["id"], shutdown=_day(item.get("shutdown_date"))) for item in items]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = "the list of models cannot be read"
            service = self._dialect.service
            raise ServiceFailure.of(FailureKind.TRANSIENT, service, "unreadable_answer", message) from error

    async def _exchange(self, call: Callable[[], Awaitable[_RawAnswer]]) -> str:
        service = self._dialect.service
        try:
            return (await call()).text
        except openai.APIStatusError as error:
            headers = {name.lower(): value for name, value in error.response.headers.items()}
            raise ServiceFailure(self._dialect.classify(error.status_code, error.response.text, headers)) from error
        except openai.APITimeoutError as error:
            message = "no answer in time; it may have been charged"
            raise ServiceFailure.of(FailureKind.TRANSIENT, service, "timeout", message) from error
        except openai.APIConnectionError as error:
            name = type(error.__cause__ or error).__name__
            message = f"{service} could not be reached or broke off"
            raise ServiceFailure.of(FailureKind.TRANSIENT, service, name, message) from error
        except openai.OpenAIError as error:
            message = "the SDK refused the call or could not read the answer"
            raise ServiceFailure.of(FailureKind.TRANSIENT, service, type(error).__name__, message) from error


@asynccontextmanager
async def opened(api_key: str, *, base_url: str, timeout_seconds: float) -> AsyncIterator[openai.AsyncOpenAI]:
    """Open an SDK client whose connections live as long as the block (rule B13).

    Args:
        api_key: The service's key.
        base_url: The API's root, version included.
        timeout_seconds: How long one answer may take; a reasoning model thinks for minutes.
    """
    timeout = openai.Timeout(timeout_seconds, connect=_CONNECT_SECONDS)
    async with openai.AsyncOpenAI(api_key=api_key, base_url=base_url, max_retries=0, timeout=timeout) as client:
        yield client


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None

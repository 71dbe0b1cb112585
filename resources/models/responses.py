"""A language model behind the Responses protocol, over any wire.

What must hold: input and price are checked before anything is paid (rules B27, B29), a question is one request (rule
B18), and the raw answer comes back as received (rule B36).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from resources.models.answers import Classifier, read_answer
from resources.models.budget import DEFAULT_BUDGET, check_input
from resources.models.gateway import ModelAnswer, ModelInfo, ModelRequest
from resources.models.prices import ModelPrice, known_price
from resources.pacing import Pacer
from rules.failures import FailureKind, ServiceFailure


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the services.

    Attributes:
        service: The name failures carry.
        classify: The service's table of refusals.
        body: Builds the request's body; the document comes last (rule B35).
        live_url: The API's root, version included.
        exhausted: Seconds until the account may ask again, read from the headers of an answer that used it up.
        requests_per_second: What the smallest account may ask; 0 where that depends on the account.
    """

    service: str
    classify: Classifier
    body: Callable[[ModelRequest], dict[str, Any]]
    live_url: str
    exhausted: Callable[[Mapping[str, str]], float | None]
    requests_per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request must fit.

    Attributes:
        input_budget: Tokens of input.
        prices: Prices of models the built-in table does not know.
    """

    input_budget: int = DEFAULT_BUDGET
    prices: Mapping[str, ModelPrice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """A success as it came: its body, and its headers with names in lower case."""

    body: str
    headers: Mapping[str, str]


class Wire(Protocol):
    """Carries one request and returns a success; raises `ServiceFailure`, classified."""

    async def create(self, body: Mapping[str, Any]) -> WireAnswer:
        """``POST /responses``."""
        ...

    async def models(self) -> WireAnswer:
        """``GET /models``."""
        ...


class ResponsesModel:
    """The gateway; `client.connect` opens it over HTTP, `fake` over a world in memory."""

    def __init__(self, over: Wire, dialect: Dialect, *, pacer: Pacer, limits: Limits) -> None:
        self._wire = over
        self._dialect = dialect
        self._pacer = pacer
        self._limits = limits

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        """Make one request; see `LanguageModel.answer`."""
        check_input(request, budget=self._limits.input_budget)
        price = known_price(request.model, self._limits.prices)
        body = self._dialect.body(request)
        await self._pacer.turn()
        answer = await self._wire.create(body)
        if (wait := self._dialect.exhausted(answer.headers)) is not None:
            self._pacer.hold(wait)
        service, classify = self._dialect.service, self._dialect.classify
        return read_answer(answer.body, price=price, requested=request.model, service=service, classify=classify)

    async def models(self) -> Sequence[ModelInfo]:
        """The models of the key, with the day each is switched off where one is announced."""
        raw = (await self._wire.models()).body
        try:
            items = json.loads(raw)["data"]
            return [ModelInfo(model=item["id"], shutdown=_day(item.get("shutdown_date"))) for item in items]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = "the list of models cannot be read"
            service = self._dialect.service
            raise ServiceFailure.of(FailureKind.TRANSIENT, service, "unreadable_answer", message) from error


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None

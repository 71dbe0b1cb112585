"""Language models over a world in memory: the same requests, the same reading of answers, no socket and no SDK.

What must hold: what a model answers and what it costs is decided by the world, exactly as over HTTP.
"""

from collections.abc import Mapping
from typing import Any

from resources.in_process import AsgiApp, InProcess
from resources.models import openai, perplexity
from resources.models.responses import Dialect, Limits, ResponsesModel, WireAnswer
from resources.pacing import Pacer
from resources.wire import BrokenOffError
from rules.failures import FailureKind, ServiceFailure


class InProcessWire:
    """The Responses protocol into an ASGI application."""

    def __init__(self, service: InProcess, dialect: Dialect) -> None:
        self._service = service
        self._dialect = dialect

    async def create(self, body: Mapping[str, Any]) -> WireAnswer:
        """``POST /responses``."""
        return await self._once("POST", "responses", body=body)

    async def models(self) -> WireAnswer:
        """``GET /models``."""
        return await self._once("GET", "models")

    async def _once(self, method: str, path: str, *, body: Any = None) -> WireAnswer:
        service = self._dialect.service
        try:
            answer = await self._service.request(method, path, body=body)
        except BrokenOffError as error:
            message = f"{service} broke off"
            raise ServiceFailure.of(FailureKind.TRANSIENT, service, "broken_off", message) from error
        if not answer.ok:
            raise ServiceFailure(self._dialect.classify(answer.status, answer.text, answer.headers))
        return WireAnswer(answer.text, answer.headers)


def fake_openai(world: AsgiApp, *, api_key: str, limits: Limits | None = None) -> ResponsesModel:
    """Return a chat model for simulations and stage tests; it answers under ``/openai/v1``."""
    return _fake(world, openai.DIALECT, api_key=api_key, prefix="/openai/v1", limits=limits)


def fake_perplexity(world: AsgiApp, *, api_key: str, limits: Limits | None = None) -> ResponsesModel:
    """Return a research model for simulations and stage tests; it answers under ``/perplexity/v1``."""
    return _fake(world, perplexity.DIALECT, api_key=api_key, prefix="/perplexity/v1", limits=limits)


def _fake(world: AsgiApp, dialect: Dialect, *, api_key: str, prefix: str, limits: Limits | None) -> ResponsesModel:
    service = InProcess(world, prefix=prefix, headers={"authorization": f"Bearer {api_key}"})
    return ResponsesModel(InProcessWire(service, dialect), dialect, pacer=Pacer(0), limits=limits or Limits())

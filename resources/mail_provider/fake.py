"""The mail provider over a world in memory: the same translations and the same acceptance, no socket.

What must hold: whether a mail is accepted is decided by the world, exactly as over HTTP; nothing is decided in here.
"""

from collections.abc import Mapping
from typing import Any

from resources.backoff import Patience
from resources.in_process import AsgiApp, InProcess
from resources.mail_provider.brevo import BrevoMailProvider
from resources.wire import Answer


class InProcessWire:
    """Brevo's wire into an ASGI application."""

    def __init__(self, service: InProcess) -> None:
        self._service = service

    async def get(self, path: str, params: Mapping[str, Any]) -> Answer:
        """Read."""
        return await self._service.request("GET", path, query=params.items())

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Write, once."""
        return await self._service.request("POST", path, body=body)


def fake_mail_provider(world: AsgiApp, *, api_key: str, patience: Patience | None = None) -> BrevoMailProvider:
    """Return a mail provider for simulations and stage tests.

    Args:
        world: The application that stands before a world; the provider answers under ``/brevo/v3``.
        api_key: The key the world accepts.
        patience: How reads are repeated; simulations pass one that sleeps in virtual time.
    """
    service = InProcess(world, prefix="/brevo/v3", headers={"api-key": api_key})
    return BrevoMailProvider(InProcessWire(service), patience=patience or Patience())

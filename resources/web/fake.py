"""Pages of a world in memory: its own services by their endpoints, and pages that a test writes down.

What must hold: a service tells the time that it tells over HTTP.
"""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from resources.in_process import AsgiApp, InProcess
from resources.web.gateway import Glance
from rules.failures import FailureKind, ServiceFailure


class FakeWeb:
    """Pages for simulations and stage tests.

    Args:
        world: The application that stands before a world; it answers under ``http://sandbox/``.
        pages: Addresses that are not the world's, each with its status.
    """

    def __init__(self, world: AsgiApp, *, pages: Mapping[str, int] | None = None) -> None:
        self._world = InProcess(world, prefix="")
        self.pages = dict(pages or {})

    async def glance(self, url: str) -> Glance:
        """What stands at an address."""
        parts = urlsplit(url)
        if parts.hostname == "sandbox":
            answer = await self._world.request("GET", parts.path.lstrip("/"))
            told = answer.headers.get("date")
            return Glance(answer.status, parsedate_to_datetime(told).astimezone(UTC) if told else None, answer.text)
        status = next((status for page, status in self.pages.items() if url.startswith(page)), None)
        if status is None:
            message = f"nothing answers at {parts.hostname} (ConnectError)"
            raise ServiceFailure.of(FailureKind.TRANSIENT, "web", "ConnectError", message)
        return Glance(status, None, "")

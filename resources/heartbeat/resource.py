"""The dead-man switch as a Dagster resource. Its address is a secret and optional: without one nobody is told.

What must hold: the address comes from the environment when it is used; Dagster's storage never sees it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import dagster as dg

if TYPE_CHECKING:
    from resources.heartbeat.client import HttpHeartbeat

VARIABLE: Final = "OUTBOUND_HEARTBEAT_URL"


class HeartbeatResource(dg.ConfigurableResource["HeartbeatResource"]):
    """A monitor that calls when nothing is heard.

    Attributes:
        sandbox_url: The stand-in's address in sandbox mode; empty otherwise.
    """

    sandbox_url: str = ""

    @asynccontextmanager
    async def open(self) -> "AsyncIterator[HttpHeartbeat | None]":
        """Open the monitor for the length of a block; ``None`` where none is configured."""
        url = self.sandbox_url or os.environ.get(VARIABLE, "").strip()
        if not url:
            yield None
            return
        from resources.heartbeat.client import connect  # noqa: PLC0415 - loads httpx, which a definition never needs

        async with connect(url) as heartbeat:
            yield heartbeat

"""Glances at pages as a Dagster resource.

What must hold: importing this opens nothing and loads no HTTP library.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from resources.web.client import HttpWeb


class WebResource(dg.ConfigurableResource["WebResource"]):
    """Pages that anybody may look at."""

    @asynccontextmanager
    async def open(self) -> "AsyncIterator[HttpWeb]":
        """Open a client for the length of a block."""
        from resources.web.client import connect  # noqa: PLC0415 - loads httpx, which a definition never needs

        async with connect() as web:
            yield web

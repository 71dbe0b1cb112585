"""The monitor over HTTP (rule B18): one GET, no retry; the next tick gives the next sign.

What must hold: the address stands in no error and no log.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

from resources.heartbeat.errors import heartbeat_failure, unreachable
from resources.wire import Answer

_TIMEOUT: Final = httpx.Timeout(10.0)


class HttpHeartbeat:
    """A check with a ping address."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def beat(self) -> None:
        """Give a sign of life; see `Heartbeat.beat`."""
        try:
            response = await self._http.get(self._url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(type(error).__name__) from None
        answer = Answer(response.status_code, {}, "")
        if not answer.ok:
            raise heartbeat_failure(answer)


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[HttpHeartbeat]:
    """Open a monitor for the length of a block (rule B13); nothing is requested yet.

    Args:
        url: The check's ping address.
    """
    async with httpx.AsyncClient(timeout=_TIMEOUT) as http:
        yield HttpHeartbeat(http, url)

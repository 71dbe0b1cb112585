"""Glances over HTTP: httpx, no credential, no redirect, little read.

What must hold: nothing secret is ever sent along, and a page that does not end is not read to its end.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from resources.web.gateway import Glance
from rules.failures import FailureKind, ServiceFailure

SERVICE: Final = "web"
_TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
_MOST_BYTES: Final = 20_000


class HttpWeb:
    """Pages over HTTP; open it with `connect`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def glance(self, url: str) -> Glance:
        """GET an address once."""
        try:
            async with self._http.stream("GET", url) as answer:
                text = await _beginning(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            cause = type(error).__name__
            message = f"nothing answers at {httpx.URL(url).host or url} ({cause})"
            raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, cause, message) from error
        return Glance(answer.status_code, told_time(answer.headers.get("date")), text)


async def _beginning(answer: httpx.Response) -> str:
    read = b""
    async for part in answer.aiter_bytes():
        read += part
        if len(read) >= _MOST_BYTES:
            break
    return read[:_MOST_BYTES].decode("utf-8", errors="replace")


def told_time(header: str | None) -> datetime | None:
    """A `Date` header as an instant, ``None`` where it is missing or unreadable."""
    try:
        told = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return None if told is None else told.replace(tzinfo=told.tzinfo or UTC).astimezone(UTC)


@asynccontextmanager
async def connect() -> AsyncIterator[HttpWeb]:
    """Open a client whose connections live as long as the block (rule B13)."""
    async with httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as http:
        yield HttpWeb(http)

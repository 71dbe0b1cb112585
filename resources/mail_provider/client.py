"""The one HTTP client of Brevo (rule B18): its limits, its timeouts, and which failures prove that nothing was sent.

What must hold: a request is written at most once; httpx is told to retry nothing and to follow nothing.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from resources.backoff import Patience
from resources.mail_provider.brevo import LIVE_URL, BrevoMailProvider
from resources.mail_provider.errors import SERVICE
from resources.wire import Answer, BrokenOffError, NeverSentError
from rules.failures import FailureKind, ServiceFailure

# A connection is closed by us before Brevo or a proxy closes it: a send on a half-closed one has no known outcome.
_LIMITS: Final = httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=3.0)
_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0, pool=30.0)
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class HttpWire:
    """Brevo's wire over HTTP."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str, params: Mapping[str, Any]) -> Answer:
        """Read."""
        return await self._once("GET", path, params=dict(params))

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Write, once."""
        return await self._once("POST", path, json=body)

    async def _once(self, method: str, path: str, **arguments: Any) -> Answer:
        try:
            response = await self._http.request(method, path, **arguments)
        except _NEVER_SENT as error:
            raise NeverSentError(type(error).__name__) from error
        except httpx.UnsupportedProtocol as error:
            message = "the endpoint is not an http address"
            raise ServiceFailure.of(FailureKind.SYSTEMIC, SERVICE, "bad_endpoint", message) from error
        except httpx.HTTPError as error:
            raise BrokenOffError(type(error).__name__) from error
        return Answer(response.status_code, dict(response.headers), response.text)


@asynccontextmanager
async def connect(
    api_key: str,
    *,
    base_url: str = LIVE_URL,
    patience: Patience | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[BrevoMailProvider]:
    """Open a client whose connections live as long as the block (rule B13).

    Args:
        api_key: ``xkeysib-...``
        base_url: The API's root, version included.
        patience: How reads are repeated.
        transport: Another way onto the wire, for wire tests.
    """
    async with httpx.AsyncClient(
        base_url=base_url,
        headers={"api-key": api_key, "accept": "application/json"},
        timeout=_TIMEOUT,
        limits=_LIMITS,
        transport=transport,
    ) as http:
        yield BrevoMailProvider(HttpWire(http), patience=patience or Patience())

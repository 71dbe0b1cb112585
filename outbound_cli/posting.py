"""Doors that others post to: a body with the right token is made durable, then acknowledged; nothing is read here.

What must hold: 200 only after the ledger has committed the bytes as they came. Brevo tries again after 429 alone and
drops a post that any other error answers, so whatever keeps us from storing is a 429.
"""

import hmac
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from resources.ledger.inbox import InboxSource
from resources.ledger.ledger import Ledger
from resources.ledger.transactions import LedgerError
from rules.failures import ServiceFailure

LARGEST_BODY: Final = 4 * 1024 * 1024
"""Bytes: a batch of 500 events is about 0.5 MB."""
SHORTEST_TOKEN: Final = 24
TOKEN_VARIABLE: Final = "BREVO_WEBHOOK_TOKEN"  # noqa: S105 - the variable's name, not what it holds


class WeakTokenError(Exception):
    """The token in the environment could be guessed; the message says how to make one that cannot."""


@dataclass(frozen=True, slots=True)
class Door:
    """One door: whose posts come in, who may post, and where they are kept."""

    source: InboxSource
    token: str
    ledger: Callable[[], AbstractContextManager[Ledger]]
    now: Callable[[], datetime]

    async def post(self, request: Request) -> Response:
        """Answer a post: 200 kept, 401 not ours, 413 too large, 429 come again."""
        if not self._allowed(request.headers.get("authorization", "")):
            return PlainTextResponse("the token is missing or wrong", 401, headers={"WWW-Authenticate": "Bearer"})
        body = await _limited(request)
        if body is None:
            return PlainTextResponse(f"a body has at most {LARGEST_BODY} bytes", 413)
        try:
            await run_in_threadpool(self._keep, body)
        except (LedgerError, ServiceFailure, OSError):
            return PlainTextResponse("please come again", 429, headers={"Retry-After": "600"})
        return PlainTextResponse("kept")

    def _allowed(self, header: str) -> bool:
        scheme, _, given = header.partition(" ")
        same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self.token.encode())
        return same and scheme.lower() == "bearer"

    def _keep(self, body: bytes) -> None:
        with self.ledger() as book:
            book.inbox.keep(self.source, body, now=self.now())


def checked_token(token: str) -> str | None:
    """The token of a door, ``None`` where none is set: then there is no door.

    Raises:
        WeakTokenError: It is shorter than 24 characters or not ASCII.
    """
    token = token.strip()
    if not token:
        return None
    if len(token) < SHORTEST_TOKEN or not token.isascii():
        raise WeakTokenError(
            f"{TOKEN_VARIABLE} needs at least {SHORTEST_TOKEN} ASCII characters; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return token


async def _limited(request: Request) -> bytes | None:
    """The body, or ``None`` as soon as it is larger than allowed, whatever its length was announced as."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)

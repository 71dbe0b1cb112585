"""Pieces of HTTP that several stand-ins need.

The one thing that must hold: a cut connection looks like one to the client, not like an answer.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Hangup(Response):
    """Cuts the connection instead of answering; without a socket it leaves an answer unfinished."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort the connection under the request, as a network does that breaks."""
        del scope
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()
            await asyncio.sleep(0)  # the server has to notice before it looks for our answer
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": True})


class Json(Response):
    """A JSON answer, written compactly and without escaping what UTF-8 can say."""

    media_type = "application/json"

    def __init__(self, content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        super().__init__(body, status_code=status, headers=dict(headers or {}))


def gateway_page(status: int) -> Response:
    """Return what a gateway answers in the service's place: a page, not JSON."""
    return Response(
        f"<html><head><title>{status}</title></head><body><center><h1>{status} Bad Gateway</h1></center></body></html>",
        status_code=status,
        media_type="text/html",
    )


async def json_body(request: Request) -> Any:
    """Return the parsed body, None for an empty one.

    Raises:
        ValueError: the body is not JSON.
    """
    raw = await request.body()
    return json.loads(raw) if raw else None


async def about(request: Request) -> str:
    """Return what a fault's `match` is looked for in: method, path, query and body."""
    body = (await request.body())[:20_000].decode("utf-8", "replace")
    return f"{request.method} {request.url.path}?{request.url.query} {body}"

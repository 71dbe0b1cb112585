"""How an in-memory fake reaches its world: an ASGI application called without a socket.

What must hold: the application decides everything, exactly as it does over HTTP; an answer that it leaves unfinished
is a broken connection here too.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import urlencode

from resources.wire import Answer, BrokenOffError

Message = MutableMapping[str, Any]
AsgiApp = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
"""An ASGI application, such as the sandbox's. Nothing else is asked of a world."""

_HOST: Final = (b"host", b"127.0.0.1")
_JSON: Final = "application/json"


class InProcess:
    """One service of a world, under its prefix and with its credentials; thousands of requests a second."""

    def __init__(self, app: AsgiApp, *, prefix: str, headers: Mapping[str, str] | None = None) -> None:
        """Reach a service.

        Args:
            app: The world's application.
            prefix: Path of the service in it, e.g. ``/brevo/v3``.
            headers: Sent with every request.
        """
        self._app = app
        self._prefix = prefix.rstrip("/")
        self._headers = [
            _HOST,
            *((name.lower().encode(), value.encode()) for name, value in (headers or {}).items()),
        ]

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Iterable[tuple[str, Any]] = (),
        body: Any = None,
        content: bytes | None = None,
        content_type: str = _JSON,
    ) -> Answer:
        """Make one request.

        Args:
            method: ``GET``, ``POST`` ...
            path: Below the prefix, not quoted.
            query: Parameters in order; a name may repeat.
            body: Sent as JSON.
            content: Sent as it is, instead of ``body``.
            content_type: Of ``content``.

        Raises:
            BrokenOffError: The application left the answer unfinished.
        """
        if content is None:
            content = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        whole_path = f"{self._prefix}/{path}"
        scope: Message = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": whole_path,
            "raw_path": whole_path.encode(),
            "query_string": urlencode(list(query)).encode(),
            "root_path": "",
            "headers": [
                *self._headers,
                (b"content-type", content_type.encode()),
                (b"content-length", str(len(content)).encode()),
            ],
            "client": ("127.0.0.1", 0),
            "server": ("127.0.0.1", 80),
        }
        exchange = _Exchange(content)
        await self._app(scope, exchange.receive, exchange.send)
        return exchange.answer()


class _Exchange:
    """The two ends of one ASGI call."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._given = False
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []
        self._finished = False

    async def receive(self) -> Message:
        if self._given:
            return {"type": "http.disconnect"}
        self._given = True
        return {"type": "http.request", "body": self._content, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = int(message["status"])
            self._headers = list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))
            self._finished = not message.get("more_body", False)

    def answer(self) -> Answer:
        if not self._status or not self._finished:
            raise BrokenOffError("the answer was left unfinished")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._headers}
        return Answer(self._status, headers, b"".join(self._parts).decode("utf-8", errors="replace"))

"""The one application in front of every stand-in.

The one thing that must hold: world time is caught up before a request is looked at, and every request is counted.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.airtable.routes import airtable
from sandbox.brevo.postman import Postman
from sandbox.brevo.routes import brevo
from sandbox.clock import WorldClock
from sandbox.control.routes import control
from sandbox.dns.server import start_name_server
from sandbox.heartbeat.routes import heartbeat
from sandbox.house import SERVICES, House
from sandbox.imap.server import start_mailbox
from sandbox.openai.routes import openai
from sandbox.page.routes import page
from sandbox.perplexity.routes import perplexity
from sandbox.telegram.routes import telegram
from sandbox.world.world import World

HOSTS: Final = ("127.0.0.1", "localhost", "[::1]", "sandbox")
"""Names the sandbox answers to; a page elsewhere cannot reach it under a name of its own."""


_TIDE_SECONDS: Final = 0.1
_SPOKEN: Final = ("path", "method")


class Reception:
    """Catches up the clock, keeps the caller waiting as long as latency says, and counts the request."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self.app = app
        self.house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.house.clock.tick()
        service = scope["path"].split("/")[1]
        if service not in SERVICES:
            await self.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(f"/{service}")
        await self.house.dawdle(service, f"{scope['method']} {path}")
        seen = False

        def count(status: int) -> None:
            nonlocal seen
            seen = True
            self.house.world.tally.request(service, f"{scope['method']} {_template(path, scope)}", status)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])  # before the answer leaves, so that nobody can look earlier
                message["headers"] = [*message.get("headers", ()), (b"date", self._date())]
            await send(message)

        try:
            await self.app(scope, receive, counted)
        finally:
            if not seen:
                count(0)

    def _date(self) -> bytes:
        """The time as the services tell it: world time, unless a fault says otherwise."""
        skewed = self.house.world.faults.strikes("clock.skewed")
        off = 0.0 if skewed is None else 300.0 if skewed.value is None else skewed.value
        told = self.house.world.now + timedelta(seconds=off)
        return _date_header(told.replace(microsecond=0))


@lru_cache(maxsize=64)
def _date_header(told: datetime) -> bytes:
    return format_datetime(told, usegmt=True).encode()


def _lifespan(house: House) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """While the server runs, let world time and posts go on without a request, and keep the mailbox open."""

    async def tide() -> None:
        while not house.closing:
            await asyncio.sleep(_TIDE_SECONDS)
            before = house.world.now
            if house.clock.tick() != before:
                house.wake()
            await house.run_errands()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        mailbox = await start_mailbox(house, port=house.imap_port)
        names = await start_name_server(house, port=house.dns_port)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(tide())
            yield
            house.closing = True
            house.wake()
            running.cancel()
            mailbox.close()
            names.close()
            if house.keeps and house.state is not None:
                house.world.save(house.state)  # here, because a server that is told to end does not return
            for writer in list(house.visitors):
                writer.close()

    return lifespan


def _template(path: str, scope: Scope) -> str:
    """Replace what identifies one thing, or opens it, by the name of the parameter; methods stay."""
    given = {name: str(value) for name, value in scope.get("path_params", {}).items() if name not in _SPOKEN}
    names = {value: f"{{{name}}}" for name, value in given.items()} | {f"bot{given.get('token')}": "bot{token}"}
    return "/".join(names.get(part, part) for part in path.split("/"))


def create_app(world: World, *, house: House | None = None) -> Starlette:
    """Return the application over a world.

    Args:
        world: the world to show.
        house: pacing, latency and clock; by default paced, without latency, with a clock that stands still.
    """
    house = house or House(world, WorldClock(world))
    routes = [Mount(f"/{name}", app=build(house)) for name, build in _STAND_INS]
    house.errands = Postman(world).deliver
    app = Starlette(
        lifespan=_lifespan(house),
        routes=[*routes, *control(house), *page(house)],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS)),
            Middleware(Reception, house=house),
        ],
    )
    app.state.house = house
    return app


_STAND_INS: Final = (
    ("airtable", airtable),
    ("brevo", brevo),
    ("openai", openai),
    ("perplexity", perplexity),
    ("telegram", telegram),
    ("heartbeat", heartbeat),
)

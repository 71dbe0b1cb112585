"""The one application in front of every stand-in.

The one thing that must hold: world time is caught up before a request is looked at, and every request is counted.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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
from sandbox.house import SERVICES, House
from sandbox.imap.server import start_mailbox
from sandbox.openai.routes import openai
from sandbox.perplexity.routes import perplexity
from sandbox.telegram.routes import telegram
from sandbox.world.world import World

HOSTS: Final = ("127.0.0.1", "localhost", "[::1]", "sandbox")
"""Names the sandbox answers to; a page elsewhere cannot reach it under a name of its own."""


_TIDE_SECONDS: Final = 0.1


class Reception:
    """Catches up the clock, keeps the caller waiting as long as latency says, and counts the request."""

    def __init__(self, app: ASGIApp, house: House, postman: Postman) -> None:
        self.app = app
        self.house = house
        self.postman = postman

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.house.clock.tick()
        service = scope["path"].split("/")[1]
        if service not in SERVICES:
            await self.app(scope, receive, send)
            await self.postman.deliver()
            return
        path = scope["path"].removeprefix(f"/{service}")
        await self.house.dawdle(service, f"{scope['method']} {path}")
        status = 0

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, counted)
        finally:
            self.house.world.tally.request(service, f"{scope['method']} {_template(path, scope)}", status)


def _lifespan(house: House, postman: Postman) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """While the server runs, let world time and posts go on without a request, and keep the mailbox open."""

    async def tide() -> None:
        while not house.closing:
            await asyncio.sleep(_TIDE_SECONDS)
            before = house.world.now
            if house.clock.tick() != before:
                house.wake()
            await postman.deliver()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        mailbox = await start_mailbox(house, port=house.imap_port)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(tide())
            yield
            house.closing = True
            house.wake()
            running.cancel()
            mailbox.close()
            for writer in list(house.visitors):
                writer.close()

    return lifespan


def _template(path: str, scope: Scope) -> str:
    """Replace what identifies one thing by the name of the parameter."""
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items() if name != "path"}
    return "/".join(names.get(part, part) for part in path.split("/"))


def create_app(world: World, *, house: House | None = None) -> Starlette:
    """Return the application over a world.

    Args:
        world: the world to show.
        house: pacing, latency and clock; by default paced, without latency, with a clock that stands still.
    """
    house = house or House(world, WorldClock(world))
    routes = [Mount(f"/{name}", app=build(house)) for name, build in _STAND_INS]
    postman = Postman(world)
    app = Starlette(
        lifespan=_lifespan(house, postman),
        routes=[*routes, *control(house)],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS)),
            Middleware(Reception, house=house, postman=postman),
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
)

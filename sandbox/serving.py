"""Starting the sandbox: in a thread for tests and tools, or in the foreground for the command line.

The one thing that must hold: it listens on the loopback interface and nowhere else.
"""

import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final, TypeVar

import uvicorn

from sandbox.clock import Mode, WorldClock
from sandbox.house import House
from sandbox.server import create_app
from sandbox.world.world import World

Result = TypeVar("Result")
LOOPBACK: Final = "127.0.0.1"
EPOCH: Final = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""Where virtual time begins unless told otherwise: a Monday morning."""


def refuse_open_doors(host: str) -> None:
    """Check that a host is this machine and nothing else.

    Raises:
        ValueError: any address but a loopback one.
    """
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the sandbox listens on this machine only, not on {host}")


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that answers. `world` belongs to the server's thread; use `call` to touch it."""

    house: House
    port: int
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """The address everything hangs under, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def world(self) -> World:
        """The world; reading single attributes from another thread is fine, changing is not."""
        return self.house.world

    def call(self, work: Callable[[World], Result]) -> Result:
        """Run something on the world in the server's thread and return its result."""
        done: Future[Result] = Future()

        def run() -> None:
            try:
                self.house.clock.tick()
                done.set_result(work(self.house.world))
            except BaseException as failure:  # noqa: BLE001 - handed to the caller, who raises it
                done.set_exception(failure)
            self.house.wake()

        self.loop.call_soon_threadsafe(run)
        return done.result(timeout=60)


@contextlib.contextmanager
def running(
    world: World | None = None,
    *,
    port: int = 0,
    mode: Mode = "manual",
    paced: bool = False,
    latency: Mapping[str, float] | None = None,
    state: Path | None = None,
) -> Iterator[Running]:
    """Run a sandbox in a thread on a loopback port (0: a free one) until the block ends.

    Args:
        world: the world to show; a fresh one with seed 1 by default.
        port: where to listen.
        mode: whether world time runs by itself.
        paced: whether per-second limits and the 30 second lock hold; off by default, since tests should not wait.
        latency: seconds each service takes to answer.
        state: where `POST /control/save` writes.

    Raises:
        OSError: the port is taken.
        RuntimeError: the server did not come up.
    """
    world = world or World(1, start=EPOCH)
    house = House(world, WorldClock(world, mode), paced=paced, latency=latency or {}, state=state)
    door = _door(port)
    server = Server(
        uvicorn.Config(create_app(world, house=house), log_level="critical", access_log=False, date_header=False), house
    )
    thread = threading.Thread(target=_serve, args=(server, door), name="sandbox", daemon=True)
    thread.start()
    try:
        yield Running(house, door.getsockname()[1], server.up.result(timeout=30))
    finally:
        house.closing = True
        server.should_exit = True
        thread.join(timeout=30)
        door.close()


def _door(port: int) -> socket.socket:
    """Open the listening socket. It names TCP, or asyncio would leave Nagle's algorithm on and each answer late."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((LOOPBACK, port))
    except OSError:
        door.close()
        raise
    door.listen()
    return door


class Server(uvicorn.Server):
    """A server that says when it is up, and whose long polls end when it is told to end."""

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self.house = house
        self.up: Future[asyncio.AbstractEventLoop] = Future()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Let waiting answers go first."""
        self.house.closing = True
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets=sockets)
        self.up.set_result(asyncio.get_running_loop())


def _serve(server: Server, door: socket.socket) -> None:
    try:
        asyncio.run(server.serve(sockets=[door]))
    finally:
        if not server.up.done():
            server.up.set_exception(RuntimeError("the sandbox did not come up"))

"""Worlds that the clients are tried on: every conformance test runs in memory and over HTTP.

What must hold: a test sees no difference between the two but the transport, and no test waits for real.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from resources.backoff import Patience
from sandbox import World
from sandbox.clock import WorldClock
from sandbox.house import House
from sandbox.server import create_app
from sandbox.serving import Running, running

# A busy machine is no counterexample.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

T = TypeVar("T")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@dataclass
class Naps:
    """A sleep that takes no time and remembers what it was asked for."""

    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@dataclass(frozen=True)
class Town:
    """A world that answers, in memory or over HTTP; ``call`` touches it where that is safe."""

    app: Any
    url: str | None
    imap_port: int
    call: Callable[[Callable[[World], Any]], Any]
    dns_port: int = 0

    def arm(self, name: str, **how: Any) -> None:
        """Arm a fault."""
        self.call(lambda world: world.faults.arm(name, **how))


@pytest.fixture
def world() -> World:
    return World(7, start=MONDAY)


@pytest.fixture
def memory(world: World) -> Town:
    app = create_app(world, house=House(world, WorldClock(world), paced=False))
    return Town(app=app, url=None, imap_port=0, call=lambda work: work(world))


@pytest.fixture(scope="session")
def street() -> Iterator[Running]:
    """One server for all tests of a process; starting one for each would take most of their time."""
    with running(World(7, start=MONDAY)) as up:
        yield up


@pytest.fixture
def http(street: Running) -> Town:
    def start_over(world: World) -> None:
        world.become(World(7, start=MONDAY))
        street.house.forget()

    street.call(start_over)
    house = street.house
    return Town(app=None, url=street.url, imap_port=house.imap_port, call=street.call, dns_port=house.dns_port)


@pytest.fixture(params=["memory", "http"])
def town(request: pytest.FixtureRequest) -> Town:
    """Each test that asks for a town runs in both."""
    found: Town = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def patience(naps: Naps) -> Patience:
    return Patience(sleep=naps)

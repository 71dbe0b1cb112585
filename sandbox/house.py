"""What every stand-in shares while the sandbox runs: the world, its clock, pacing, latency.

The one thing that must hold: nothing in here is part of the world's state; closing the house loses nothing but open
connections and short rate windows.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sandbox.clock import WorldClock
from sandbox.pacing import Budget, Burst, Lock, Pool
from sandbox.world.world import World

SERVICES: Final = ("airtable", "brevo", "openai", "perplexity", "telegram", "heartbeat")
_PATIENCE: Final = 0.5
_SLOW: Final[dict[str, float]] = {"airtable": 2.0, "brevo": 2.0, "openai": 5.0, "perplexity": 5.0, "telegram": 2.0}


@dataclass(slots=True)
class House:
    """A running sandbox.

    `paced` False leaves out per-second limits and the 30 second lock, nothing else. `keeps` True writes the world to
    `state` when the server ends.
    """

    world: World
    clock: WorldClock
    paced: bool = True
    latency: Mapping[str, float] = field(default_factory=dict)
    state: Path | None = None
    keeps: bool = False
    imap_port: int = 0
    dns_port: int = 0
    closing: bool = False
    poller: int = 0
    visitors: set[asyncio.StreamWriter] = field(default_factory=set)
    bursts: dict[str, Burst] = field(default_factory=dict)
    budgets: dict[str, Budget] = field(default_factory=dict)
    pools: dict[str, Pool] = field(default_factory=dict)
    locks: dict[str, Lock] = field(default_factory=dict)
    updated: asyncio.Event = field(default_factory=asyncio.Event)
    errands: Callable[[], Awaitable[object]] | None = None

    async def run_errands(self) -> None:
        """Do what world time has made due outside, before anybody looks at the result."""
        if self.errands is not None:
            await self.errands()

    def wake(self) -> None:
        """Tell whoever waits for an update that there may be one."""
        before, self.updated = self.updated, asyncio.Event()
        before.set()

    async def news(self, seconds: float) -> None:
        """Wait until `wake` is called, at most `seconds` of real time, and not long while the house is closing."""
        waiting = self.updated
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(waiting.wait(), min(seconds, _PATIENCE))

    def forget(self) -> None:
        """Open every window, pool and lock anew; a world that starts over owes nobody a wait."""
        self.bursts.clear()
        self.budgets.clear()
        self.pools.clear()
        self.locks.clear()

    def burst(self, key: str, limit: int, seconds: float = 1.0) -> float:
        """Take one request from a window of real seconds; return the seconds to wait, 0 when it fits."""
        if not self.paced:
            return 0.0
        window = self.bursts.get(key)
        if window is None or window.limit != limit:
            window = self.bursts[key] = Burst(limit, seconds)
        return window.take()

    def lock(self, key: str) -> Lock:
        """Return the lock called `key`."""
        return self.locks.setdefault(key, Lock())

    async def dawdle(self, service: str, about: str) -> None:
        """Wait as long as the service's latency and a fault of slowness say."""
        seconds = self.latency.get(service, 0.0)
        slow = self.world.faults.strikes(f"{service}.slow", about)
        if slow is not None:
            seconds += slow.value if slow.value is not None else _SLOW[service]
        if seconds > 0:
            await asyncio.sleep(seconds)

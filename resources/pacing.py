"""How fast a client may ask: evenly spaced turns, shared by everybody in the process who talks to the same service.

What must hold: any window of one second holds at most the rate plus one turns. A leaky bucket would let a burst through
first, and Airtable answers a burst with a lock of 30 seconds (rule B4).
"""

import asyncio
import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

from resources.backoff import Sleep


class Pacer:
    """Hands out turns at a rate; safe across threads and event loops, since it only does arithmetic under a lock."""

    def __init__(
        self,
        rate: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Make a pacer.

        Args:
            rate: Turns per second; 0 for no pacing (holds are honoured all the same).
            monotonic: A clock that never goes back, in seconds.
            sleep: Waits that many seconds.
        """
        if rate < 0:
            raise ValueError(f"a rate is 0 (unpaced) or more turns per second, not {rate}")
        self.interval = 1 / rate if rate else 0.0
        self._monotonic = monotonic
        self._sleep = sleep
        self._next = 0.0
        self._held_until = 0.0
        self._lock = threading.Lock()

    async def turn(self) -> None:
        """Wait for the next turn. A hold that begins while waiting is waited for too."""
        mine = self._reserve()
        while True:
            with self._lock:
                wait = max(mine, self._held_until) - self._monotonic()
            if wait <= 0:
                return
            await self._sleep(wait)
            if self._held_until > mine:
                mine = self._reserve()

    def hold(self, seconds: float) -> None:
        """Let nobody have a turn for a while: the service said that everybody is too fast."""
        with self._lock:
            self._held_until = max(self._held_until, self._monotonic() + seconds)

    def slow_down_to(self, rate: float) -> None:
        """Lower the rate for everybody; a higher one changes nothing."""
        with self._lock:
            self.interval = max(self.interval, 1 / rate)

    def _reserve(self) -> float:
        with self._lock:
            mine = max(self._monotonic(), self._next, self._held_until)
            self._next = mine + self.interval
            return mine


_shared: Final[dict[Hashable, Pacer]] = {}
_shared_lock: Final = threading.Lock()


def shared_pacer(key: Hashable, rate: float) -> Pacer:
    """Return the one pacer of this process for a key, e.g. (endpoint, base): the limit is the service's, not ours.

    Args:
        key: What the service counts by.
        rate: Turns per second. The slowest rate anybody asked for holds, except that 0 (unpaced) is its own pacer.
    """
    with _shared_lock:
        pacer = _shared.setdefault((key, rate == 0), Pacer(rate))
        if rate:
            pacer.slow_down_to(rate)
        return pacer

"""An event loop in which time is virtual and who goes first is drawn from a seed.

What must hold: nothing waits for the machine's clock, and the same seed gives the same order of steps. When everybody
waits, time moves to the next moment somebody waits for; on the way the world does what it had planned.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any


class StuckError(RuntimeError):
    """Everybody waits for somebody else: no timer is set and nobody can go on."""


class _NoSockets:
    """In place of a selector: nothing ever arrives from outside, so waiting is letting virtual time pass."""

    def __init__(self, wait: Callable[[float | None], None]) -> None:
        self._wait = wait

    def select(self, timeout: float | None = None) -> list[tuple[object, int]]:
        """Let that many virtual seconds pass."""
        self._wait(timeout)
        return []

    def close(self) -> None:
        """Nothing to close."""


class VirtualLoop(asyncio.BaseEventLoop):
    """See the module.

    Args:
        start: The instant at which the loop's time is 0.
        stream: Draws who goes first.
        passing: Called with every instant that time reaches.
    """

    _ready: deque[asyncio.Handle]
    _clock_resolution: float
    _selector: _NoSockets

    def __init__(self, start: datetime, stream: random.Random, passing: Callable[[datetime], None]) -> None:
        super().__init__()
        self._start = start
        self._elapsed = 0.0
        self._stream = stream
        self._passing = passing
        self._selector = _NoSockets(self._wait)
        self._clock_resolution = 1e-6
        self._failure: BaseException | None = None

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._elapsed

    @property
    def now(self) -> datetime:
        """The virtual instant."""
        return self._start + timedelta(seconds=self._elapsed)

    def jump(self, seconds: float) -> None:
        """Let time pass while everybody stands still, as when the machine was suspended."""
        self._elapsed += seconds
        self._passing(self.now)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Whatever fails in a callback is a defect of the simulator and ends the run."""
        if "handle" in context:
            self._failure = context["exception"]
        super().call_exception_handler(context)

    def _wait(self, timeout: float | None) -> None:
        if self._failure is not None:
            raise self._failure
        if timeout is None:
            raise StuckError("everybody waits and no timer is set")
        if timeout > 0:
            self.jump(timeout)
        elif len(self._ready) > 1:
            waiting = list(self._ready)
            self._stream.shuffle(waiting)
            self._ready.clear()
            self._ready.extend(waiting)

    def _process_events(self, event_list: list[tuple[object, int]]) -> None:
        """Nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Nobody sleeps in a system call, so nobody has to be woken."""

"""How many calls to one service run at once: more while it goes well, half as many when it says "too fast" (rule B4).

What must hold: one burst of refusals is one reason to slow down. Calls that were on their way when the limit was cut
say nothing about the new limit, and while a service has asked for time nobody begins another call.
"""

import asyncio
from datetime import datetime, timedelta

from resources.clock.gateway import Clock
from rules.failures import Failure


class Pace:
    """Additive increase, multiplicative decrease: the limit rises by one per `most` successes, and is halved.

    Attributes:
        most: The configured concurrency, which is never exceeded.
        limit: What is allowed at present.
        cuts: How often it was halved.
        stopped: The failure that ended the stage, where one did.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self.most = limit
        self.limit = limit
        self.cuts = 0
        self.stopped: Failure | None = None
        self.transient_in_a_row = 0
        self._clock = clock
        self._held_until: datetime | None = None
        self._running = 0
        self._successes = 0
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._running < self.limit)
            self._running += 1

    async def __aexit__(self, *_: object) -> None:
        async with self._changed:
            self._running -= 1
            self._changed.notify_all()

    async def turn(self) -> int:
        """Wait until the service may be asked again.

        Returns:
            What to hand to `slower` if the call is refused.
        """
        while self._held_until is not None and not self.stopped:
            wait = (self._held_until - self._clock.now()).total_seconds()
            if wait <= 0:
                self._held_until = None
                break
            await self._clock.sleep(wait)
        return self.cuts

    def slower(self, turn: int, seconds: float) -> None:
        """A call was refused as too fast: nobody begins another for a while, and half as many run at once.

        Args:
            turn: What `turn` gave the call that was refused.
            seconds: How long to wait.
        """
        until = self._clock.now() + timedelta(seconds=seconds)
        self._held_until = max(until, self._held_until or until)
        if turn == self.cuts:
            self.limit = max(1, self.limit // 2)
            self.cuts += 1
            self._successes = 0

    def went_well(self) -> None:
        """One more at once after as many successes as may run at most."""
        self.transient_in_a_row = 0
        self._successes += 1
        if self._successes >= self.most and self.limit < self.most:
            self.limit += 1
            self._successes = 0

"""How a client repeats what may be repeated: reads and idempotent writes, never a send (rules B3, B4).

What must hold: flow control waits and burns no attempt; transient failures burn one; everything else is raised at once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Final, TypeVar

from rules.failures import FailureKind, ServiceFailure

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds."""
Jitter = Callable[[], float]
"""A number from 0 to 1."""

system_jitter: Final[Jitter] = random.SystemRandom().random


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client keeps trying.

    Attributes:
        attempts: Tries in total for transient failures.
        base: Seconds before the second try; doubles with every further one, with full jitter.
        cap: Longest single pause after a transient failure, in seconds.
        longest_wait: Seconds of flow control waited for in one call, all waits together. A longer one is raised with
            its ``retry_after``, so that the stage can defer instead of holding a run open.
        default_wait: Seconds to wait where the service says "too fast" without saying how long.
    """

    attempts: int = 3
    base: float = 0.5
    cap: float = 8.0
    longest_wait: float = 120.0
    default_wait: float = 1.0
    sleep: Sleep = field(default=asyncio.sleep, repr=False)
    jitter: Jitter = field(default=system_jitter, repr=False)

    async def insist(self, operation: Callable[[], Awaitable[T]], *, hopeless: Collection[str] = ()) -> T:
        """Run an operation until it succeeds, patience ends or repeating is pointless.

        Args:
            operation: A read or an idempotent write; called once per try.
            hopeless: Codes of failures that the same request would only meet again.

        Raises:
            ServiceFailure: The last failure.
        """
        failed = 0
        waited = 0.0
        while True:
            try:
                return await operation()
            except ServiceFailure as raised:
                failure = raised.failure
                told = failure.retry_after
                if failure.kind is FailureKind.FLOW_CONTROL:
                    pause = (self.default_wait if told is None else told) * (1 + 0.1 * self.jitter())
                    waited += pause
                elif failure.kind is FailureKind.TRANSIENT and failure.code not in hopeless:
                    failed += 1
                    pause = max(told or 0.0, min(self.cap, self.base * 2 ** (failed - 1)) * self.jitter())
                    waited += told or 0.0
                else:
                    raise
                if failed >= self.attempts or waited > self.longest_wait:
                    raise
            await self.sleep(pause)

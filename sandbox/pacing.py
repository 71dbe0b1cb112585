"""Rate limits of the stand-ins.

The one thing that must hold: windows of seconds count real time, because clients really wait for them; windows of hours
count world time, because a simulated month must not take a month.
"""

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Burst:
    """A sliding window of real seconds."""

    limit: int
    seconds: float
    _taken: deque[float] = field(default_factory=deque)

    def take(self, amount: int = 1) -> float:
        """Take part of the window; return 0, or the seconds until there is room (then nothing is taken)."""
        read = time.monotonic()
        while self._taken and self._taken[0] <= read - self.seconds:
            self._taken.popleft()
        if len(self._taken) + amount > self.limit:
            return max(0.001, self._taken[0] + self.seconds - read) if self._taken else self.seconds
        self._taken.extend([read] * amount)
        return 0.0

    @property
    def left(self) -> int:
        """How much of the window is free."""
        return max(0, self.limit - len(self._taken))


@dataclass(slots=True)
class Budget:
    """A sum allowed per window of real seconds, for token limits."""

    limit: int
    seconds: float
    used: float = 0.0
    _read: float = field(default_factory=time.monotonic)

    def take(self, amount: int) -> float:
        """Spend; return 0, or the seconds until the amount fits (then nothing is spent). It refills steadily."""
        read = time.monotonic()
        self.used = max(0.0, self.used - (read - self._read) * self.limit / self.seconds)
        self._read = read
        if self.used + amount > self.limit:
            return (self.used + amount - self.limit) * self.seconds / self.limit
        self.used += amount
        return 0.0


@dataclass(slots=True)
class Pool:
    """A fixed window of world time, such as 300 calls an hour."""

    limit: int
    span: timedelta
    began: datetime | None = None
    used: int = 0

    def take(self, now: datetime) -> bool:
        """Take one call; False when the window is used up."""
        if self.began is None or now >= self.began + self.span:
            self.began, self.used = now, 0
        if self.used >= self.limit:
            return False
        self.used += 1
        return True

    def seconds_left(self, now: datetime) -> int:
        """Seconds of world time until the window opens again."""
        return 0 if self.began is None else max(0, int((self.began + self.span - now).total_seconds()))


@dataclass(slots=True)
class Lock:
    """Something is shut until a moment of real time."""

    until: float = 0.0

    def shut(self, seconds: float) -> None:
        """Shut it from now on."""
        self.until = time.monotonic() + seconds

    @property
    def is_shut(self) -> bool:
        """Whether it is still shut."""
        return time.monotonic() < self.until

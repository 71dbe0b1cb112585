"""What time it is: asked in one place, so that a month can pass in a minute."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A clock that may be the machine's, a simulation's or the sandbox's."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Really wait."""
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that stands until told to move; sleeping moves it."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware instant")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Where it stands."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Move forward; time does not run backwards."""
        self._now = max(self._now, moment.astimezone(UTC))

    async def sleep(self, seconds: float) -> None:
        """Move by that much, and let others run."""
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class ShiftedClock:
    """The machine's clock moved by a fixed amount: a sandbox that runs at another date."""

    def __init__(self, shift: timedelta) -> None:
        self._shift = shift

    def now(self) -> datetime:
        """The shifted instant."""
        return datetime.now(UTC) + self._shift

    async def sleep(self, seconds: float) -> None:
        """Really wait."""
        await asyncio.sleep(seconds)

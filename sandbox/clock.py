"""The clock of a running sandbox: how world time follows real time, if at all.

The one thing that must hold: world time never goes back, whatever mode is chosen and however often it is changed.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.world.world import World

Mode = Literal["manual", "running"]


@dataclass(slots=True)
class WorldClock:
    """Moves a world. `manual` stands still until told; `running` adds the seconds that pass for real, times `speed`."""

    world: World
    mode: Mode = "manual"
    speed: float = 1.0
    _anchor: float = field(default_factory=time.monotonic)

    def tick(self) -> datetime:
        """Let world time catch up and return it. Called before every request."""
        if self.mode == "running":
            read = time.monotonic()
            self.world.advance(timedelta(seconds=(read - self._anchor) * self.speed))
            self._anchor = read
        return self.world.now

    def set_mode(self, mode: Mode, *, speed: float = 1.0) -> None:
        """Change the mode from now on; what passed until now still counts.

        Raises:
            ValueError: an unknown mode or a speed that is not positive.
        """
        if mode not in ("manual", "running") or speed <= 0:
            raise ValueError("the clock is manual or running, at a positive speed")
        self.tick()
        self.mode, self.speed, self._anchor = mode, speed, time.monotonic()

    def advance(self, span: timedelta) -> datetime:
        """Let `span` pass at once.

        Raises:
            ValueError: a negative span.
        """
        if span < timedelta(0):
            raise ValueError("world time does not go back")
        self.tick()
        self.world.advance(span)
        return self.world.now

    def advance_to(self, instant: datetime) -> datetime:
        """Let time pass until `instant`.

        Raises:
            ValueError: an instant without a zone, or one in the past.
        """
        if instant.tzinfo is None:
            raise ValueError("the instant needs a zone, for example +00:00")
        self.tick()
        if instant < self.world.now:
            raise ValueError(f"world time is {self.world.now.isoformat()} and does not go back")
        self.world.advance_to(instant)
        return self.world.now


def wall_clock() -> datetime:
    """Read the machine's clock; only the front door calls this, to choose where a world starts."""
    return datetime.now(UTC)

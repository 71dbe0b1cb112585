"""What the agent service remembers: stored responses, and background runs until they are due.

The one thing that must hold: a response that was not to be stored cannot be fetched.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class BackgroundRun:
    """A run somebody will come back for: the queued answer, the finished one, and when it is finished."""

    queued: dict[str, Any]
    finished: dict[str, Any]
    done_at: datetime
    cancelled: bool = False


@dataclass(slots=True)
class PerplexityState:
    """Stored answers by id, background runs by id, and a counter for ids."""

    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    background: dict[str, BackgroundRun] = field(default_factory=dict)
    made: int = 0

    def next_number(self) -> int:
        """Count one more thing made; ids hang on it."""
        self.made += 1
        return self.made

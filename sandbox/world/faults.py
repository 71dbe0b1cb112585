"""Faults that are armed, and when they strike.

The one thing that must hold: whether a fault strikes depends on the seed and on how often it was asked about, so that a
failing run can be repeated exactly.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.world.chance import portion
from sandbox.world.fault_catalogue import FAULTS


@dataclass(slots=True)
class ArmedFault:
    """A fault waiting to strike.

    `left` strikes remain (None: until disarmed), each with `probability`, only where `match` stands in what is
    going on.
    """

    name: str
    left: int | None = None
    probability: float = 1.0
    match: str = ""
    value: float | None = None
    tries: int = 0
    strikes: int = 0


@dataclass(slots=True)
class FaultDesk:
    """Every armed fault, by name, and how often each has struck since the world began."""

    seed: int
    armed: dict[str, ArmedFault] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)

    def arm(
        self,
        name: str,
        *,
        count: int | None = None,
        probability: float = 1.0,
        match: str = "",
        value: float | None = None,
    ) -> ArmedFault:
        """Arm a fault; arming it again replaces the earlier order.

        Raises:
            ValueError: an unknown name, a count below 1, or a probability outside 0..1.
        """
        if name not in FAULTS:
            raise ValueError(f"there is no fault {name!r}; GET /control/faults lists them")
        if count is not None and count < 1:
            raise ValueError(f"a fault strikes at least once, not {count} times")
        if not 0.0 <= probability <= 1.0:
            raise ValueError(f"a probability is between 0 and 1, not {probability}")
        fault = ArmedFault(name, left=count, probability=probability, match=match, value=value)
        self.armed[name] = fault
        return fault

    def disarm(self, name: str | None = None) -> None:
        """Disarm one fault, or all of them."""
        if name is None:
            self.armed.clear()
        else:
            self.armed.pop(name, None)

    def peek(self, name: str) -> ArmedFault | None:
        """Return the armed fault without letting it strike; for faults that describe a lasting state."""
        return self.armed.get(name)

    def strikes(self, name: str, about: str = "") -> ArmedFault | None:
        """Return the fault if it strikes now, having counted the strike; `about` is what `match` is looked for in."""
        fault = self.armed.get(name)
        if fault is None or fault.match not in about:
            return None
        fault.tries += 1
        if fault.probability < 1.0 and portion(self.seed, "fault", name, fault.tries) >= fault.probability:
            return None
        fault.strikes += 1
        self.struck[name] = self.struck.get(name, 0) + 1
        if fault.left is not None:
            fault.left -= 1
            if fault.left == 0:
                del self.armed[name]
        return fault

    def described(self) -> list[dict[str, Any]]:
        """The catalogue with what is armed and how often it has struck, for the control page."""
        return [
            {
                "name": name,
                "sentence": sentence,
                "armed": asdict(self.armed[name]) if name in self.armed else None,
                "struck": self.struck.get(name, 0),
            }
            for name, sentence in FAULTS.items()
        ]

"""Counters of what was asked of the stand-ins.

The one thing that must hold: counting changes nothing else; a test may reset the tally without touching the world.
"""

from dataclasses import dataclass, field
from typing import Any


def _nested(counts: dict[str, int]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for key, count in sorted(counts.items()):
        first, _, rest = key.partition("|")
        nested.setdefault(first, {})[rest] = count
    return nested


@dataclass(slots=True)
class Tally:
    """Counts by `service|endpoint`, `service|status`, `service|item` and `tag|address`."""

    requests: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)

    def request(self, service: str, endpoint: str, status: int) -> None:
        """Count one HTTP request."""
        _bump(self.requests, f"{service}|{endpoint}")
        _bump(self.statuses, f"{service}|{status}")

    def paid_call(self, service: str, item: str, usd: float) -> None:
        """Count one paid model call for an item, with what it cost in US dollars."""
        _bump(self.paid, f"{service}|{item}")
        self.spent[service] = self.spent.get(service, 0.0) + usd

    def mail(self, tags: tuple[str, ...], address: str) -> None:
        """Count one accepted mail, once for each of its tags."""
        for tag in tags or ("",):
            _bump(self.accepted, f"{tag}|{address}")

    def described(self) -> dict[str, Any]:
        """All counters, nested by their first key."""
        return {
            "requests": _nested(self.requests),
            "statuses": _nested(self.statuses),
            "paid_calls": _nested(self.paid),
            "accepted": _nested(self.accepted),
            "spent_usd": {service: round(usd, 6) for service, usd in sorted(self.spent.items())},
        }


def _bump(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1

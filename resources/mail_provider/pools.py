"""How much of Brevo's hourly pools is left, as the last answers told: 300 statistics calls, 100 account calls an hour.

What must hold: what is reported was said by Brevo; nothing here is counted or guessed by us.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

HOURLY_BY_PLAN_GENERAL: Final[Mapping[str, int]] = MappingProxyType({"statistics": 300, "account": 100})
"""Calls an hour on the smallest plan, per pool; the two that polling can exhaust."""


@dataclass(frozen=True, slots=True)
class RatePool:
    """One pool as the last answer described it.

    Attributes:
        limit: Calls per period, ``None`` where the answer did not say.
        remaining: Calls left, ``None`` where the answer did not say.
        resets_in: Seconds until the pool is full again, counted from that answer.
    """

    limit: int | None
    remaining: int | None
    resets_in: float | None


def pool_of(path: str) -> str:
    """Name the pool that a path draws from: ``send``, ``mails``, ``statistics`` or ``account``."""
    if path == "smtp/email" or path.startswith("smtp/blockedContacts"):
        return "send"
    if path.startswith("smtp/emails"):
        return "mails"
    return "statistics" if path.startswith("smtp/") else "account"


def read_pool(headers: Mapping[str, str]) -> RatePool | None:
    """Read the rate headers of an answer, ``None`` without any."""
    limit, remaining, reset = (
        _number(headers.get(f"x-sib-ratelimit-{name}")) for name in ("limit", "remaining", "reset")
    )
    if limit is None and remaining is None and reset is None:
        return None
    return RatePool(
        limit=None if limit is None else int(limit),
        remaining=None if remaining is None else int(remaining),
        resets_in=reset,
    )


def _number(value: str | None) -> float | None:
    try:
        return float(value) if value is not None else None
    except ValueError:
        return None

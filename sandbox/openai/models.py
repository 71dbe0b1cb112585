"""The models on offer: snapshots, prices, shutdown dates, and which of them reason.

The one thing that must hold: a model past its shutdown date answers as a model that was shut down, by world time.
Prices are US dollars per million tokens (public tables of autumn 2026).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

BATCH_DISCOUNT: Final = 0.5
_CREATED: Final = 1_750_000_000
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """One model; `snapshot` is what answers name, the alias itself where no dated name is known."""

    id: str
    input: float
    cached: float
    output: float
    reasons: bool
    snapshot: str = ""
    shutdown: date | None = None
    context: int = 400_000

    @property
    def resolved(self) -> str:
        """The name in answers."""
        return self.snapshot or self.id

    def cost(self, *, input_tokens: int, cached_tokens: int, output_tokens: int, share: float = 1.0) -> float:
        """Return the price of a call in US dollars; `share` is 0.5 for batches and flex."""
        fresh = input_tokens - cached_tokens
        total = fresh * self.input + cached_tokens * self.cached + output_tokens * self.output
        return share * total / _MILLION

    def wire(self) -> dict[str, Any]:
        """The model as GET /models lists it."""
        shutdown = self.shutdown.isoformat() if self.shutdown else None
        return {
            "id": self.id,
            "object": "model",
            "created": _CREATED,
            "owned_by": "system",
            "shutdown_date": shutdown,
        }


_OCT_2026: Final = date(2026, 10, 23)
_DEC_2026: Final = date(2026, 12, 11)
_JAN_2027: Final = date(2027, 1, 14)
_APR_2027: Final = date(2027, 4, 1)
_PLAIN_CONTEXT: Final = 128_000
_LONG_CONTEXT: Final = 1_047_576

_ALL: Final = (
    Model("gpt-3.5-turbo", 0.5, 0.5, 1.5, reasons=False, snapshot="gpt-3.5-turbo-0125", shutdown=_OCT_2026),
    Model("gpt-4-turbo", 10, 10, 30, reasons=False, snapshot="gpt-4-turbo-2024-04-09", shutdown=_OCT_2026),
    Model("gpt-4.1-nano", 0.1, 0.025, 0.4, reasons=False, snapshot="gpt-4.1-nano-2025-04-14", shutdown=_OCT_2026),
    Model("o1", 15, 7.5, 60, reasons=True, snapshot="o1-2024-12-17", shutdown=_OCT_2026),
    Model("o3-mini", 1.1, 0.55, 4.4, reasons=True, snapshot="o3-mini-2025-01-31", shutdown=_OCT_2026),
    Model("o4-mini", 1.1, 0.275, 4.4, reasons=True, snapshot="o4-mini-2025-04-16", shutdown=_OCT_2026),
    Model("o3", 2, 0.5, 8, reasons=True, snapshot="o3-2025-04-16", shutdown=_DEC_2026),
    Model("gpt-5", 1.25, 0.125, 10, reasons=True, snapshot="gpt-5-2025-08-07", shutdown=_DEC_2026),
    Model("gpt-5-mini", 0.25, 0.025, 2, reasons=True, snapshot="gpt-5-mini-2025-08-07", shutdown=_DEC_2026),
    Model("gpt-5-nano", 0.05, 0.005, 0.4, reasons=True, snapshot="gpt-5-nano-2025-08-07", shutdown=_DEC_2026),
    Model(
        "gpt-4o",
        2.5,
        1.25,
        10,
        reasons=False,
        snapshot="gpt-4o-2024-08-06",
        shutdown=_JAN_2027,
        context=_PLAIN_CONTEXT,
    ),
    Model(
        "gpt-4o-mini",
        0.15,
        0.075,
        0.6,
        reasons=False,
        snapshot="gpt-4o-mini-2024-07-18",
        shutdown=_JAN_2027,
        context=_PLAIN_CONTEXT,
    ),
    Model(
        "gpt-4.1",
        2,
        0.5,
        8,
        reasons=False,
        snapshot="gpt-4.1-2025-04-14",
        shutdown=_JAN_2027,
        context=_LONG_CONTEXT,
    ),
    Model(
        "gpt-4.1-mini",
        0.4,
        0.1,
        1.6,
        reasons=False,
        snapshot="gpt-4.1-mini-2025-04-14",
        shutdown=_JAN_2027,
        context=_LONG_CONTEXT,
    ),
    Model("gpt-5.1", 1.25, 0.125, 10, reasons=True, shutdown=_APR_2027),
    Model("gpt-5.2", 1.75, 0.175, 14, reasons=True),
    Model("gpt-5.4", 2.5, 0.25, 15, reasons=True),
    Model("gpt-5.4-mini", 0.75, 0.075, 4.5, reasons=True),
    Model("gpt-5.4-nano", 0.2, 0.02, 1.25, reasons=True),
    Model("gpt-5.5", 5, 0.5, 30, reasons=True),
    Model("gpt-5.6-sol", 4, 0.4, 20, reasons=True),
    Model("gpt-5.6-terra", 2, 0.2, 12, reasons=True),
    Model("gpt-5.6-luna", 0.2, 0.02, 1.2, reasons=True),
    Model("gpt-6-astra", 10, 1, 50, reasons=True),
    Model("gpt-6-sol", 2, 0.2, 10, reasons=True),
    Model("gpt-6.1-sol", 2, 0.1, 10, reasons=True),
    Model("gpt-6.1-terra", 1, 0.1, 5, reasons=True),  # its real price is not public; this one is a stand-in
    Model("gpt-6-luna", 0.1, 0.01, 0.5, reasons=True),
)
MODELS: Final[dict[str, Model]] = {model.id: model for model in _ALL}
_BY_SNAPSHOT: Final = {model.snapshot: model for model in _ALL if model.snapshot}


def find_model(name: str) -> Model | None:
    """Return a model by its alias or its dated name."""
    return MODELS.get(name) or _BY_SNAPSHOT.get(name)

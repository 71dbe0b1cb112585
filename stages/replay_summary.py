"""What a replay shows: both sides in numbers, and the pairs worth reading.

What must hold: a number means the same on both sides, and nothing is left out of a number without being said.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any, Final

from stages.replaying import UNSUPPORTED, Pair, Replay, Side

SHOWN: Final = 10
"""Pairs that are put side by side."""


def side_numbers(sides: Sequence[Side]) -> dict[str, Any]:
    """One side of a replay in numbers.

    Returns:
        ``drafts``, ``accepted``, ``refused``, ``not_written``; ``repaired`` at the second try; ``first_try_findings``
        by check; ``unsupported`` drafts whose first try said what no fact says; medians of words and the nearest
        likeness; ``cost_usd`` and ``per_accepted_usd``.
    """
    written = [side for side in sides if side.attempts]
    accepted = [side for side in sides if side.state == "done"]
    cost = sum(side.cost_usd for side in sides)
    return {
        "drafts": len(sides),
        "accepted": len(accepted),
        "refused": sum(1 for side in sides if side.state == "rejected"),
        "not_written": sum(1 for side in sides if side.state not in ("done", "rejected")),
        "repaired": sum(1 for side in accepted if side.attempts > 1),
        "first_try_findings": dict(Counter(check for side in sides for check in side.first_findings).most_common()),
        "unsupported": sum(1 for side in sides if UNSUPPORTED & set(side.first_findings)),
        "words": _middle([side.words for side in written]),
        "alike": _middle([side.alike for side in written]),
        "most_alike": max((side.alike for side in written), default=None),
        "cost_usd": round(cost, 6),
        "per_accepted_usd": round(cost / len(accepted), 6) if accepted else None,
    }


def _middle(values: Sequence[float]) -> float | None:
    return round(float(median(values)), 3) if values else None


def worth_reading(pairs: Sequence[Pair], most: int = SHOWN) -> list[Pair]:
    """The pairs a person learns most from: those that ended differently, then those whose tries differ."""

    def interest(pair: Pair) -> tuple[int, int, str, str]:
        ended = pair.before.state != pair.after.state
        tried = pair.before.first_findings != pair.after.first_findings
        return (-2 * ended - tried, -abs(pair.before.words - pair.after.words), pair.lead_id, pair.step)

    return sorted(pairs, key=interest)[:most]


def as_document(replay: Replay) -> dict[str, Any]:
    """A replay as one JSON-able mapping: both sides in numbers, then every pair."""
    return {
        "day": replay.day,
        "prompt_before": replay.prompts[0],
        "prompt_after": replay.prompts[1],
        "paid_now_usd": replay.paid_usd,
        "left_out": dict(replay.left_out),
        "before": side_numbers([pair.before for pair in replay.pairs]),
        "after": side_numbers([pair.after for pair in replay.pairs]),
        "pairs": [_pair(pair) for pair in replay.pairs],
    }


def _pair(pair: Pair) -> Mapping[str, Any]:
    told = asdict(pair)
    for name in ("before", "after"):
        told[name]["words"] = getattr(pair, name).words
    return told


ROWS: Final[tuple[tuple[str, str], ...]] = (
    ("drafts", "drafts"),
    ("accepted", "accepted by the gate"),
    ("refused", "refused after the repair"),
    ("not_written", "not written"),
    ("repaired", "needed the repair"),
    ("unsupported", "first try said what no fact says"),
    ("words", "words, median"),
    ("alike", "likeness to the nearest other mail, median"),
    ("most_alike", "likeness, the worst"),
    ("cost_usd", "dollars"),
    ("per_accepted_usd", "dollars per accepted draft"),
)
"""Numbers in the order they are shown, with their labels."""


def rows(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Label, before and after, as they are shown; a check that failed somewhere is a row of its own."""
    before, after = document["before"], document["after"]
    told = [(label, _shown(before[name]), _shown(after[name])) for name, label in ROWS]
    old, new = before["first_try_findings"], after["first_try_findings"]
    return told + [
        (f"first try fails: {check}", str(old.get(check, 0)), str(new.get(check, 0))) for check in sorted({*old, *new})
    ]


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.4f}".rstrip("0").rstrip(".")

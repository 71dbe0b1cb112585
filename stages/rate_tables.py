"""Rates for people: a table with the interval of each, the verdicts of comparisons, the numbers a page plots."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from rules.experiments import Verdict
from rules.rates import rates

SHOWN: Final = (
    "delivery", "bounce", "open_raw", "open_human", "click_raw", "click_human", "reply", "positive", "unsubscribe",
)  # fmt: skip


def rate_table(metrics: pl.DataFrame, by: Sequence[str]) -> str:
    """Rates of each group in Markdown: the rate, and in brackets what it may be."""
    groups = _groups(rates(metrics, by), by)
    accepted = {tuple(row[name] for name in by): row["accepted"] for row in _sums(metrics, by)}
    head = [*by, "mails", *(name.replace("_", " ") for name in SHOWN)]
    lines = [
        f"| {' | '.join(head)} |", f"| {' | '.join(['---'] * len(by) + ['---:'] * (len(SHOWN) + 1))} |",
    ]  # fmt: skip
    for group, told in groups.items():
        cells = [*(str(part or "-") for part in group), str(accepted[group]), *(shown(told[name]) for name in SHOWN)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def shown(row: Mapping[str, Any]) -> str:
    """A rate in words: `3.1 % (1.2 to 7.7)`, or a dash where there is nothing to take it of."""
    if row["rate"] is None:
        return "-"
    return f"{row['rate']:.1%} ({100 * row['low']:.1f} to {100 * row['high']:.1f})".replace("%", " %", 1)


def plotted(metrics: pl.DataFrame) -> dict[str, float]:
    """Rates of a day as plain numbers; those without a whole are left out."""
    told = rates(metrics, [])
    return {f"rate_{row['metric']}": row["rate"] for row in told.iter_rows(named=True) if row["rate"] is not None}


def verdict_lines(verdicts: Mapping[str, Iterable[Verdict]]) -> list[str]:
    """A line per comparison."""
    return [
        f"{step}, {one.first} against {one.second}: {one.sentence}" for step, told in verdicts.items() for one in told
    ]


def _groups(told: pl.DataFrame, by: Sequence[str]) -> dict[tuple[Any, ...], dict[str, dict[str, Any]]]:
    found: dict[tuple[Any, ...], dict[str, dict[str, Any]]] = {}
    for row in told.iter_rows(named=True):
        found.setdefault(tuple(row[name] for name in by), {})[row["metric"]] = row
    return found


def _sums(metrics: pl.DataFrame, by: Sequence[str]) -> list[dict[str, Any]]:
    sums = metrics.group_by(by).agg(pl.col("accepted").sum()) if by else metrics.select(pl.col("accepted").sum())
    return sums.to_dicts()

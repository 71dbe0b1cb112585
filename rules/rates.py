"""Rates of the funnel and what they are worth: each a part of a whole, with the interval the numbers allow.

What must hold: a rate without a whole is null and no zero (rule B26); people's rates stand beside raw ones, never
instead of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

Z: Final = 1.96
"""Standard normal quantile of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: columns of `campaign_metrics`, and what it means."""

    name: str
    part: str
    whole: str
    says: str


RATES: Final = (
    Rate("delivery", "delivered", "accepted", "mails the recipient's server took"),
    Rate("bounce", "hard_bounces", "accepted", "addresses that do not exist"),
    Rate("open_raw", "opened", "delivered", "mails of which any open was told, by whomever; what vendors show"),
    Rate("open_human", "opened_human", "delivered", "mails opened by a person, as the classifier judges"),
    Rate("open_at_most", "opened_possible", "delivered", "the same with the mails where nobody can tell"),
    Rate("click_raw", "clicked", "delivered", "mails of which any click was told, by whomever"),
    Rate("click_human", "clicked_human", "delivered", "mails whose link was clicked by a person"),
    Rate("click_at_most", "clicked_possible", "delivered", "the same with the mails where nobody can tell"),
    Rate("reply", "human_replies", "accepted", "mails a person answered, whatever they said"),
    Rate("positive", "positive_replies", "accepted", "mails answered with interest; what variants are compared by"),
    Rate("unsubscribe", "unsubscribed", "accepted", "mails whose reader opted out"),
    Rate("complaint", "complaints", "accepted", "mails marked as spam"),
)

RATE_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "metric": pl.String, "part": pl.Int64, "whole": pl.Int64, "rate": pl.Float64, "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip


def rates(metrics: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Every rate of every group.

    Args:
        metrics: Rows of `campaign_metrics`.
        by: Columns to group by, such as ``["step", "variant"]``; none for the whole.

    Returns:
        ``by`` and the columns of `RATE_SCHEMA`, a row per group and metric in the order of `RATES`; ``low`` and
        ``high`` are Wilson's 95 % interval.
    """
    columns = sorted({name for rate in RATES for name in (rate.part, rate.whole)})
    sums = (
        metrics.group_by(by, maintain_order=True).agg(pl.col(columns).sum())
        if by
        else metrics.select(pl.col(columns).sum())
    )
    if metrics.is_empty():
        sums = sums.clear()
    parts = [
        sums.select(
            *by, metric=pl.lit(rate.name), part=pl.col(rate.part), whole=pl.col(rate.whole), order=pl.lit(number)
        )
        for number, rate in enumerate(RATES)
    ]
    told = pl.concat(parts).with_columns(rate=share("part", "whole"), **interval("part", "whole"))
    return told.sort(*by, "order").select(*by, *(pl.col(name).cast(kind) for name, kind in RATE_SCHEMA.items()))


def share(part: str, whole: str) -> pl.Expr:
    """A rate, null where there is nothing to take it of."""
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))


def interval(part: str, whole: str) -> dict[str, pl.Expr]:
    """Wilson's interval of each row as ``low`` and ``high``; (0, 1) where the whole is empty."""
    of, total = pl.col(part).cast(pl.Float64), pl.col(whole).cast(pl.Float64)
    ratio, scale = of / total, 1 + Z * Z / total
    middle = (ratio + Z * Z / (2 * total)) / scale
    half = Z * (ratio * (1 - ratio) / total + Z * Z / (4 * total * total)).sqrt() / scale
    known = pl.col(whole) > 0
    return {
        "low": pl.when(known).then((middle - half).clip(0.0, 1.0)).otherwise(0.0),
        "high": pl.when(known).then((middle + half).clip(0.0, 1.0)).otherwise(1.0),
    }

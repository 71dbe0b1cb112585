"""The funnel in numbers: by day, cohort, step and variant, from tables alone, all groups at once."""

from typing import Final

import polars as pl

from rules.classification.judging import Label
from rules.rates import share

METRIC_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "cohort": pl.String, "step": pl.String, "variant": pl.String, "planned": pl.Int64,
    "accepted": pl.Int64, "unknown": pl.Int64, "rejected": pl.Int64, "cancelled": pl.Int64, "open": pl.Int64,
    "delivered": pl.Int64, "hard_bounces": pl.Int64, "soft_bounces": pl.Int64, "opened": pl.Int64,
    "opened_human": pl.Int64, "opened_possible": pl.Int64, "clicked": pl.Int64, "clicked_human": pl.Int64,
    "clicked_possible": pl.Int64, "unsubscribed": pl.Int64, "complaints": pl.Int64, "human_replies": pl.Int64,
    "positive_replies": pl.Int64, "bounce_rate": pl.Float64, "reply_rate": pl.Float64,
    "lateness_p50_minutes": pl.Float64, "lateness_p99_minutes": pl.Float64, "cost_usd": pl.Float64,
    "cost_per_mail_usd": pl.Float64, "cost_per_positive_usd": pl.Float64,
}  # fmt: skip

GROUP: Final = ("day", "cohort", "step", "variant")
COUNTS: Final = tuple(name for name, kind in METRIC_SCHEMA.items() if kind == pl.Int64)
HUMAN_CLASSES: Final = ("positive", "neutral", "refusal", "unsubscribe", "wrong_person")

_STATES: Final = {
    "accepted": ("accepted",), "unknown": ("unknown", "presumed"), "rejected": ("rejected",),
    "cancelled": ("cancelled",), "open": ("ready", "claimed", "sending"),
}  # fmt: skip
_KINDS: Final = {
    "delivered": ("delivered",), "hard_bounces": ("hard_bounce", "invalid"), "soft_bounces": ("soft_bounce",),
    "opened": ("opened", "proxy_open"), "clicked": ("clicked",), "unsubscribed": ("unsubscribed",),
    "complaints": ("complaint",),
}  # fmt: skip
_OUTCOMES: Final = (
    *_KINDS, "opened_human", "opened_possible", "clicked_human", "clicked_possible", "human_replies",
    "positive_replies",
)  # fmt: skip


def day_metrics(
    *, sends: pl.DataFrame, events: pl.DataFrame, replies: pl.DataFrame, costs: pl.DataFrame
) -> pl.DataFrame:
    """A row per day, cohort, step and variant of some mails, with all that came of them so far; each mail counts once.

    Args:
        sends: ``send_key``, ``day``, ``cohort``, ``step``, ``variant``, ``state``, ``lateness_minutes``.
        events: ``send_key``, ``kind``, ``label`` of events of these mails, of any day (labels of opens and clicks).
        replies: ``send_key``, ``class`` of replies to them, of any day.
        costs: ``day``, ``cohort``, ``step``, ``variant``, ``cost_usd`` of drafts, those that came to nothing included.
    """
    mails = sends.join(_heard(events), on="send_key", how="left").join(_answered(replies), on="send_key", how="left")
    late = pl.col("lateness_minutes").drop_nulls().sort()
    counted = mails.group_by(GROUP).agg(
        planned=pl.len(),
        **{name: pl.col("state").is_in(states).sum() for name, states in _STATES.items()},
        **{name: pl.col(name).fill_null(value=False).sum() for name in _OUTCOMES},
        lateness_p50_minutes=late.get(late.len() // 2, null_on_oob=True),
        lateness_p99_minutes=late.get((late.len().cast(pl.Float64) * 0.99).floor().cast(pl.Int64), null_on_oob=True),
    )
    spent = costs.group_by(GROUP).agg(pl.col("cost_usd").sum())
    told = counted.join(spent, on=GROUP, how="full", coalesce=True, nulls_equal=True).with_columns(
        pl.col(*COUNTS).fill_null(0), pl.col("cost_usd").fill_null(0.0)
    )
    told = told.with_columns(
        bounce_rate=share("hard_bounces", "accepted"),
        reply_rate=share("human_replies", "accepted"),
        cost_per_mail_usd=share("cost_usd", "accepted"),
        cost_per_positive_usd=share("cost_usd", "positive_replies"),
    )
    return told.select(pl.col(name).cast(kind) for name, kind in METRIC_SCHEMA.items()).sort(GROUP)


def _heard(events: pl.DataFrame) -> pl.DataFrame:
    """Per mail, what ever happened to it."""
    kind, label = pl.col("kind"), pl.col("label")
    judged = {"human": label == Label.HUMAN.value, "possible": label.is_in([Label.HUMAN.value, Label.UNSURE.value])}
    return events.group_by("send_key").agg(
        **{name: kind.is_in(kinds).any() for name, kinds in _KINDS.items()},
        **{
            f"{touch}_{who}": (kind.is_in(_KINDS[touch]) & condition).fill_null(value=False).any()
            for touch in ("opened", "clicked")
            for who, condition in judged.items()
        },
    )


def _answered(replies: pl.DataFrame) -> pl.DataFrame:
    return replies.group_by("send_key").agg(
        human_replies=pl.col("class").is_in(HUMAN_CLASSES).any(), positive_replies=(pl.col("class") == "positive").any()
    )


def conserved(metrics: pl.DataFrame) -> bool:
    """Whether planned mails equal the sum over their states (invariant I8)."""
    states = metrics["accepted"] + metrics["unknown"] + metrics["rejected"] + metrics["cancelled"] + metrics["open"]
    return bool((metrics["planned"] == states).all())


def totals(metrics: pl.DataFrame) -> dict[str, float]:
    """Sums over every count and the cost."""
    names = [*COUNTS, "cost_usd"]
    if metrics.is_empty():
        return dict.fromkeys(names, 0)
    return dict(metrics.select(pl.col(names).sum()).row(0, named=True))

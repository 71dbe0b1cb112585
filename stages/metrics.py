"""The funnel in numbers: per day, step and variant, from tables alone."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from rules.engagement import rate

METRIC_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "step": pl.String, "variant": pl.String, "planned": pl.Int64, "accepted": pl.Int64,
    "unknown": pl.Int64, "rejected": pl.Int64, "cancelled": pl.Int64, "open": pl.Int64, "delivered": pl.Int64,
    "hard_bounces": pl.Int64, "soft_bounces": pl.Int64, "opened": pl.Int64, "clicked": pl.Int64,
    "unsubscribed": pl.Int64, "complaints": pl.Int64, "human_replies": pl.Int64, "positive_replies": pl.Int64,
    "bounce_rate": pl.Float64, "reply_rate": pl.Float64, "lateness_p50_minutes": pl.Float64,
    "lateness_p99_minutes": pl.Float64, "cost_usd": pl.Float64, "cost_per_mail_usd": pl.Float64,
    "cost_per_positive_usd": pl.Float64,
}  # fmt: skip

HUMAN_CLASSES = ("positive", "neutral", "refusal", "unsubscribe", "wrong_person")
OPEN_STATES = ("ready", "claimed", "sending")


def day_metrics(
    day: str,
    *,
    sends: pl.DataFrame,
    events: pl.DataFrame,
    replies: pl.DataFrame,
    drafts: pl.DataFrame,
) -> pl.DataFrame:
    """A row per step and variant of the mails planned on a day, with all that came of them so far.

    Args:
        day: The partition.
        sends: The `sends` rows of that day.
        events: Events of the messages of these sends, of any day.
        replies: Replies to these sends, of any day.
        drafts: The `drafts` rows of that day, for their cost.
    """
    if sends.is_empty():
        return pl.DataFrame(schema=METRIC_SCHEMA)
    kinds = _kinds(events)
    answered = _answered(replies)
    costs = _costs(drafts)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sends.iter_rows(named=True):
        groups.setdefault((row["step"], row["variant"]), []).append(row)
    rows = [
        _metrics((day, step, variant), mails, kinds, answered, costs.get((step, variant), 0.0))
        for (step, variant), mails in sorted(groups.items())
    ]
    return pl.DataFrame(rows, schema=METRIC_SCHEMA)


def _metrics(
    key: tuple[str, str, str],
    mails: list[dict[str, Any]],
    kinds: Mapping[str, set[str]],
    answered: Mapping[str, set[str]],
    cost: float,
) -> dict[str, Any]:
    day, step, variant = key
    states = [row["state"] for row in mails]
    seen = [kinds.get(row["send_key"], set()) for row in mails]
    said = [answered.get(row["send_key"], set()) for row in mails]
    accepted = states.count("accepted")
    bounced = sum(1 for kind in seen if kind & {"hard_bounce", "invalid"})
    human = sum(1 for classes in said if classes & set(HUMAN_CLASSES))
    positive = sum(1 for classes in said if "positive" in classes)
    late = sorted(row["lateness_minutes"] for row in mails if row["lateness_minutes"] is not None)
    return {
        "day": day, "step": step, "variant": variant, "planned": len(mails), "accepted": accepted,
        "unknown": states.count("unknown") + states.count("presumed"), "rejected": states.count("rejected"),
        "cancelled": states.count("cancelled"), "open": sum(states.count(state) for state in OPEN_STATES),
        "delivered": _with(seen, "delivered"), "hard_bounces": bounced, "soft_bounces": _with(seen, "soft_bounce"),
        "opened": _with(seen, "opened"), "clicked": _with(seen, "clicked"),
        "unsubscribed": _with(seen, "unsubscribed"), "complaints": _with(seen, "complaint"),
        "human_replies": human, "positive_replies": positive,
        "bounce_rate": rate(bounced, accepted), "reply_rate": rate(human, accepted),
        "lateness_p50_minutes": late[len(late) // 2] if late else None,
        "lateness_p99_minutes": late[min(len(late) - 1, int(len(late) * 0.99))] if late else None,
        "cost_usd": cost, "cost_per_mail_usd": cost / accepted if accepted else None,
        "cost_per_positive_usd": cost / positive if positive else None,
    }  # fmt: skip


def _with(seen: list[set[str]], kind: str) -> int:
    return sum(1 for kinds in seen if kind in kinds)


def _kinds(events: pl.DataFrame) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, kind in events.select("send_key", "kind").iter_rows():
        found.setdefault(key, set()).add(kind)
    return found


def _answered(replies: pl.DataFrame) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, label in replies.select("send_key", "class").iter_rows():
        found.setdefault(key, set()).add(label)
    return found


def _costs(drafts: pl.DataFrame) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for step, variant, cost in drafts.select("step", "variant", "cost_usd").iter_rows():
        key = (step, variant or "")
        found[key] = found.get(key, 0.0) + (cost or 0.0)
    return found


def conserved(metrics: pl.DataFrame) -> bool:
    """Whether planned mails equal the sum over their states (invariant I8)."""
    states = metrics["accepted"] + metrics["unknown"] + metrics["rejected"] + metrics["cancelled"] + metrics["open"]
    return bool((metrics["planned"] == states).all())


def totals(metrics: pl.DataFrame) -> dict[str, float]:
    """Sums over every numeric count column."""
    counts = [name for name, kind in METRIC_SCHEMA.items() if kind == pl.Int64] + ["cost_usd"]
    if metrics.is_empty():
        return dict.fromkeys(counts, 0)
    return dict(metrics.select(pl.col(counts).sum()).row(0, named=True))

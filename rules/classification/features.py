"""What a click or an open looked like: timing since delivery, bursts, company, user agent; computed for all at once.

What must hold: a feature depends on the events of the same mail and the same company alone, in no order, so that the
same events have the same features whatever was loaded beside them (invariant I6).
"""

from typing import Final

import polars as pl

from rules.classification.agents import BARE_PATTERN, MACHINE_PATTERN, PROXY_PATTERN
from rules.classification.kinds import JUDGED

INPUT: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "event_key": pl.String, "kind": pl.String, "at": pl.Datetime("us", "UTC"), "link": pl.String, "agent": pl.String,
    "mail": pl.String, "company": pl.String, "links": pl.Int64,
}  # fmt: skip
"""Events to judge: ``mail`` is the send's key, ``links`` how many web links that mail has (0 where unknown)."""

TOGETHER_SECONDS: Final = 2.0
"""Two things that happen so close to each other happened together."""
ON_ARRIVAL_SECONDS: Final = 10.0
"""Nobody opens, reads and clicks so soon after delivery."""
LATER_SECONDS: Final = 600.0
"""Who comes back after ten minutes was there."""


def features(events: pl.DataFrame) -> pl.DataFrame:
    """A row per judged event (`kinds.JUDGED`) with what it looked like.

    Args:
        events: Columns of `INPUT`: all events of `kinds.CONTEXT` of the mails, and of their companies' other mails.

    Returns:
        In the order of keys: ``event_key``, ``kind``, ``mail``; ``since`` (seconds from delivery, null where unknown);
        ``after_open`` (seconds from the mail's first open, null without an earlier one); ``burst_links`` (different
        links clicked together) and ``all_links``; ``came_back``; ``in_step`` (somebody else of the company at the same
        moment); ``scanned_elsewhere`` (another mail to the company was touched on arrival); by user agent ``scanner``,
        ``proxy`` and ``bare``.
    """
    numbered = events.with_columns(_number("mail"), _number("company"), touch=pl.col("kind").is_in(JUDGED))
    touches = numbered.filter("touch").with_columns(
        click=pl.col("kind") == "clicked", own=pl.col("kind").is_in(["opened", "clicked"])
    )
    told = touches.join(_arrivals(numbered), on="mail_number", how="left").with_columns(
        since=_seconds(pl.col("at") - pl.col("arrived"))
    )
    told = told.with_columns(
        on_arrival=(pl.col("own") & (pl.col("since") <= ON_ARRIVAL_SECONDS)).fill_null(value=False)
    )
    agent = pl.col("agent").fill_null("")
    return _among_colleagues(_within_mail(told)).sort("event_key").select(
        "event_key", "kind", "mail", "since", "after_open", "burst_links", "all_links", "came_back", "in_step",
        "scanned_elsewhere",
        scanner=agent.str.contains(MACHINE_PATTERN),
        proxy=(pl.col("kind") == "proxy_open") | agent.str.contains(PROXY_PATTERN),
        bare=agent.str.contains(BARE_PATTERN),
    )  # fmt: skip


def _number(name: str) -> pl.Expr:
    """Names as numbers: groups of numbers are found several times faster than groups of texts."""
    return pl.col(name).rank("dense").alias(f"{name}_number")


def _arrivals(events: pl.DataFrame) -> pl.DataFrame:
    """When each mail was delivered; where that was not told, when it was handed over."""
    at, kind = pl.col("at"), pl.col("kind")
    return (
        events.filter(~pl.col("touch"))
        .group_by("mail_number")
        .agg(delivered=at.filter(kind == "delivered").min(), requested=at.filter(kind == "request").min())
        .select("mail_number", arrived=pl.coalesce("delivered", "requested"))
    )


def _within_mail(touches: pl.DataFrame) -> pl.DataFrame:
    """What the mail's other opens and clicks say."""
    at = pl.col("at")
    later = pl.col("own") & (pl.col("since") > ON_ARRIVAL_SECONDS)
    mails = touches.group_by("mail_number").agg(
        first_open=at.filter(pl.col("kind") == "opened").min(),
        spread=_seconds(at.filter(later).max() - at.filter(later).min()),
    )
    bursts = _together(touches.filter("click"), "mail_number").select(
        "event_key", burst_links=pl.col("link").drop_nulls().n_unique().over("group")
    )
    joined = touches.join(mails, on="mail_number", how="left").join(bursts, on="event_key", how="left")
    return joined.with_columns(
        burst_links=pl.col("burst_links").fill_null(0),
        after_open=pl.when(pl.col("first_open") <= at).then(_seconds(at - pl.col("first_open"))),
        came_back=(later & (pl.col("spread") > LATER_SECONDS)).fill_null(value=False),
    ).with_columns(
        all_links=((pl.col("links") > 1) & (pl.col("burst_links") >= pl.col("links"))).fill_null(value=False)
    )


def _among_colleagues(touches: pl.DataFrame) -> pl.DataFrame:
    """What the company's other mails say; a mail without a company has none."""
    own = touches.filter(pl.col("own") & pl.col("company_number").is_not_null())
    scanned = own.filter("on_arrival").group_by("company_number").agg(scanned=pl.col("mail_number").n_unique())
    itself = own.filter("on_arrival").select("mail_number", itself=pl.lit(1, dtype=pl.UInt32)).unique()
    in_step = _together(own, "company_number").select(
        "event_key", in_step=pl.col("mail_number").min().over("group") != pl.col("mail_number").max().over("group")
    )
    joined = touches.join(in_step, on="event_key", how="left")
    joined = joined.join(scanned, on="company_number", how="left").join(itself, on="mail_number", how="left")
    others = pl.col("scanned").fill_null(0) > pl.col("itself").fill_null(0)
    return joined.with_columns(
        in_step=pl.col("in_step").fill_null(value=False), scanned_elsewhere=pl.col("own") & others
    )


def _together(events: pl.DataFrame, whose: str) -> pl.DataFrame:
    """Events with the number of their ``group``: of one owner, each at most two seconds after the one before."""
    ordered = events.sort(whose, "at", "event_key")
    begins = (pl.col(whose) != pl.col(whose).shift()) | (_seconds(pl.col("at").diff()) > TOGETHER_SECONDS)
    return ordered.with_columns(group=begins.fill_null(value=True).cum_sum())


def _seconds(span: pl.Expr) -> pl.Expr:
    return span.dt.total_microseconds() / 1_000_000

"""The funnel of some days' mails, gathered from the ledger: whatever came of them on later days is in it."""

import json
from datetime import date, timedelta

import polars as pl

from resources.ledger import metric_reads
from resources.ledger.ledger import Ledger
from rules.campaign import Campaign
from rules.experiments import Reply, Verdict, verdicts
from stages.classifying import Versions, judge, versions_of
from stages.drafting import draft_frame
from stages.metrics import GROUP, day_metrics

UNKNOWN_COHORT = "unknown"


def metrics_of(day: str, ledger: Ledger) -> pl.DataFrame:
    """Rows of the `campaign_metrics` table for the mails planned on a day."""
    return metrics_between(day, day, ledger)


def metrics_between(first: str, last: str, ledger: Ledger, *, versions: Versions | None = None) -> pl.DataFrame:
    """Rows of the `campaign_metrics` table for a range of days; memory grows with it (`stages.classifying.months`)."""
    sends = _sends(ledger, first, last)
    events = pl.DataFrame(
        ledger.metric_reads.events(first, last), schema=dict.fromkeys(metric_reads.EVENTS, pl.String), orient="row"
    )
    companies = sends["company_key"].unique().to_list()
    judged = judge(ledger, companies, versions=versions or versions_of(ledger)).select("event_key", "label")
    replies = pl.DataFrame(
        ledger.metric_reads.replies(first, last), schema=dict.fromkeys(metric_reads.REPLIES, pl.String), orient="row"
    )
    return day_metrics(
        sends=sends,
        events=events.unique("event_key", keep="any").join(judged, on="event_key", how="left"),
        replies=replies,
        costs=_costs(ledger, sends, first, last),
    )


def verdicts_between(first: str, last: str, ledger: Ledger, *, campaign: Campaign) -> dict[str, list[Verdict]]:
    """Per step with variants, every two of them compared by the positive replies to mails planned on these days.

    Each mail counts by its first positive reply, in the order they were written. Mails whose draw was not logged (of an
    older ledger) are left out.
    """
    replies: dict[str, list[Reply]] = {}
    variants = {step.name: list(step.variants) for step in campaign.cadence.steps}
    counted: set[str] = set()
    for key, label, _, variant, step, allocation in ledger.metric_reads.replies(first, last):
        if label == "positive" and allocation and key not in counted:
            counted.add(key)
            replies.setdefault(step, []).append(Reply(variant, json.loads(allocation)))
            if variant not in variants.setdefault(step, []):
                variants[step].append(variant)
    return {step: verdicts(names, replies.get(step, [])) for step, names in variants.items() if len(names) > 1}


def _sends(ledger: Ledger, first: str, last: str) -> pl.DataFrame:
    schema = dict.fromkeys(metric_reads.SENDS, pl.String)
    frame = pl.DataFrame(ledger.metric_reads.sends(first, last), schema=schema, orient="row")
    moments = [
        pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us", time_zone="UTC")
        for name in ("ready_at", "intent_at")
    ]
    late = (pl.col("intent_at") - pl.col("ready_at")).dt.total_microseconds() / 60_000_000
    return frame.with_columns(moments).with_columns(lateness_minutes=late, cohort=_cohort("intake_day"))


def _cohort(name: str) -> pl.Expr:
    """The ISO week somebody was taken in: `2026-W48`."""
    return pl.col(name).str.to_date("%Y-%m-%d").dt.strftime("%G-W%V").fill_null(UNKNOWN_COHORT)


def _costs(ledger: Ledger, sends: pl.DataFrame, first: str, last: str) -> pl.DataFrame:
    """What drafts of these days cost, by the groups their mails are counted in."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [(begin + timedelta(days=ahead)).isoformat() for ahead in range((end - begin).days + 1)]
    columns = ("day", "lead_id", "step", "variant", "cost_usd")
    drafts = pl.concat([draft_frame(ledger, day).select(columns) for day in days])
    cohorts = sends.select("lead_id", "cohort").unique("lead_id", keep="any")
    spent = drafts.filter(pl.col("cost_usd") > 0).join(cohorts, on="lead_id", how="left")
    named = spent.with_columns(pl.col("cohort").fill_null(UNKNOWN_COHORT), pl.col("variant").fill_null(""))
    return named.select(*GROUP, "cost_usd")

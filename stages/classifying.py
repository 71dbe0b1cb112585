"""Events joined to their mails and judged, for any range of days, from the ledger alone.

What must hold: the rows of a day depend on the events the ledger holds and on nothing else, whether the day is asked
for alone or within a year; and which version is believed is the operator's decision, kept in the ledger.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from resources.ledger.event_reads import CONTEXT_COLUMNS, DAY_COLUMNS
from resources.ledger.ledger import Ledger
from rules.classification.features import INPUT
from rules.classification.judging import classify
from rules.classification.kinds import CONTEXT, JUDGED
from rules.classification.rulebook import CLASSIFIER_VERSION, VERSIONS

TRUSTED = "classifier.trusted"

EVENT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "event_key": pl.String, "kind": pl.String, "at": pl.Datetime("us", "UTC"),
    "message_id": pl.String, "send_key": pl.String, "lead_id": pl.String, "step": pl.String, "variant": pl.String,
    "reason": pl.String, "link": pl.String, "parked": pl.Boolean, "label": pl.String, "score": pl.Float64,
    "rules": pl.String, "classifier": pl.String, "candidate_label": pl.String, "candidate": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Versions:
    """Which version of the classifier counts, and which one is only shown beside it (the same: nothing is new)."""

    trusted: str = CLASSIFIER_VERSION
    candidate: str = CLASSIFIER_VERSION


def versions_of(ledger: Ledger) -> Versions:
    """The versions of this ledger; one that has not decided yet trusts the newest."""
    stamp = ledger.flags.stamped(TRUSTED)
    known = stamp[1] if stamp is not None and stamp[1] in VERSIONS else CLASSIFIER_VERSION
    return Versions(trusted=known)


def trust(ledger: Ledger, version: str, *, now: datetime) -> None:
    """Believe a version from now on; tables follow when their partitions are materialised again.

    Raises:
        KeyError: There is no such version.
    """
    if version not in VERSIONS:
        raise KeyError(f"there is no classifier {version!r}; there are {', '.join(VERSIONS)}")
    ledger.flags.stamp(TRUSTED, at=now, detail=version)


def begin_trust(ledger: Ledger, *, now: datetime) -> None:
    """Write down which version a ledger began with, so that a later release's is a candidate and no surprise."""
    if ledger.flags.stamped(TRUSTED) is None:
        trust(ledger, CLASSIFIER_VERSION, now=now)


def event_frame(ledger: Ledger, day: str) -> pl.DataFrame:
    """Rows of the `engagement_events` table for an event day."""
    return events_between(ledger, day, day)


def events_between(ledger: Ledger, first: str, last: str, *, versions: Versions | None = None) -> pl.DataFrame:
    """Rows of the `engagement_events` table for a range of event days, in order of time and key.

    Args:
        ledger: The ledger.
        first: First day, ``YYYY-MM-DD``.
        last: Last day; memory grows with the range, so a year is asked for month by month (`months`).
        versions: Instead of the ledger's own.
    """
    versions = versions or versions_of(ledger)
    rows = ledger.event_reads.of_days(first, last)
    frame = _framed(rows, DAY_COLUMNS).unique("event_key", keep="any", maintain_order=False)
    touched = frame.filter(pl.col("kind").is_in(JUDGED) & pl.col("company_key").is_not_null())
    judged = judge(ledger, touched["company_key"].unique().to_list(), versions=versions)
    told = frame.join(judged, on="event_key", how="left").with_columns(parked=pl.col("send_key").is_null())
    return told.select(pl.col(name).cast(kind) for name, kind in EVENT_SCHEMA.items()).sort("at", "event_key")


def judge(ledger: Ledger, companies: list[str], *, versions: Versions) -> pl.DataFrame:
    """Judgements of every open and click of all mails to some companies.

    Returns:
        ``event_key``, ``mail``, ``touch`` (the kind), ``label``, ``score``, ``rules``, ``classifier``,
        ``candidate_label`` and ``candidate`` (the last two null where the trusted version is the newest).
    """
    rows = ledger.event_reads.of_companies(companies, CONTEXT) if companies else []
    context = _framed(rows, CONTEXT_COLUMNS).unique("event_key", keep="any", maintain_order=False)
    events = context.rename({"send_key": "mail", "company_key": "company"}).select(
        pl.col(name).cast(kind) for name, kind in INPUT.items()
    )
    judged = classify(events, version=versions.trusted).rename({"kind": "touch"})
    judged = judged.with_columns(classifier=pl.lit(versions.trusted))
    if versions.candidate == versions.trusted:
        none = pl.lit(None, dtype=pl.String)
        return judged.with_columns(candidate_label=none, candidate=none)
    newer = classify(events, version=versions.candidate).select("event_key", candidate_label="label")
    return judged.join(newer, on="event_key", how="left").with_columns(candidate=pl.lit(versions.candidate))


def months(first: str, last: str) -> list[tuple[str, str]]:
    """A range of days cut at the ends of months: as much as is held in memory at once."""
    found: list[tuple[str, str]] = []
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    while start <= end:
        after = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        found.append((start.isoformat(), min(after - timedelta(days=1), end).isoformat()))
        start = after
    return found


def _framed(rows: list[tuple[Any, ...]], columns: tuple[str, ...]) -> pl.DataFrame:
    kinds = {name: pl.Int64 if name == "links" else pl.String for name in columns}
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    return frame.with_columns(pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us", time_zone="UTC"))

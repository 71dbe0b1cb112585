"""Two versions of the classifier held against each other over the same events, before the newer one is believed.

What must hold: nothing is decided here; the table shows what would change, and by how much.
"""

import polars as pl

from resources.ledger.ledger import Ledger
from rules.classification.judging import Label
from rules.classification.rulebook import VERSIONS
from stages.classifying import Versions, events_between, months

COMPARISON: dict[str, pl.DataType | type[pl.DataType]] = {
    "kind": pl.String, "label": pl.String, "trusted": pl.Int64, "candidate": pl.Int64, "moved": pl.Int64,
    "trusted_share": pl.Float64, "candidate_share": pl.Float64,
}  # fmt: skip


def compare(events: pl.DataFrame) -> pl.DataFrame:
    """Events of each kind by label, as the trusted version says and as the candidate would.

    Args:
        events: Columns ``kind``, ``label`` and ``candidate_label`` of `engagement_events`.

    Returns:
        Columns of `COMPARISON`: counts, how many events the candidate moves out of or into the label, and shares of
        the kind's events.
    """
    both = events.drop_nulls(["label", "candidate_label"]).select("kind", "label", "candidate_label")
    old = both.group_by("kind", "label").agg(trusted=pl.len())
    new = both.group_by("kind", label=pl.col("candidate_label")).agg(candidate=pl.len())
    differing = both.filter(pl.col("label") != pl.col("candidate_label"))
    moved = (
        pl.concat([differing.select("kind", "label"), differing.select("kind", label="candidate_label")])
        .group_by("kind", "label")
        .agg(moved=pl.len())
    )
    labels = pl.DataFrame({"label": [label.value for label in Label]})
    table = both.select("kind").unique().join(labels, how="cross")
    for part in (old, new, moved):
        table = table.join(part, on=["kind", "label"], how="left")
    counts = ["trusted", "candidate", "moved"]
    table = table.with_columns(pl.col(counts).fill_null(0).cast(pl.Int64))
    shares = [(pl.col(name) / pl.col(name).sum().over("kind")).alias(f"{name}_share") for name in counts[:2]]
    return table.with_columns(shares).select(*COMPARISON).sort("kind", "label")


def against(versions: Versions) -> Versions:
    """The versions to show beside each other: the candidate, or, while the newest is trusted, the one before it."""
    names = list(VERSIONS)
    if versions.candidate != versions.trusted:
        return versions
    before = names[max(0, names.index(versions.trusted) - 1)]
    return Versions(trusted=versions.trusted, candidate=before)


def compare_range(ledger: Ledger, first: str, last: str, *, versions: Versions) -> pl.DataFrame:
    """`compare` over a range of days, month by month, so that a long history fits."""
    parts = [
        events_between(ledger, start, end, versions=versions).select("kind", "label", "candidate_label")
        for start, end in months(first, last)
    ]
    return compare(pl.concat(parts))


def comparison_table(compared: pl.DataFrame) -> str:
    """The comparison in Markdown."""
    head = ["| kind | label | trusted | candidate | moved |", "| --- | --- | ---: | ---: | ---: |"]
    rows = [
        f"| {row['kind'].replace('_', ' ')} | {row['label']} | {row['trusted']} ({row['trusted_share']:.1%}) "
        f"| {row['candidate']} ({row['candidate_share']:.1%}) | {row['moved']} |"
        for row in compared.iter_rows(named=True)
    ]
    return "\n".join([*head, *rows])

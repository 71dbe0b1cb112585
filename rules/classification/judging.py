"""From features to a judgement: human, machine or unsure, with the score and the rules behind it.

What must hold: raw events stay as they are; a judgement is made from them and a version, and can be made again. Nothing
that reaches a recipient ever depends on one: opens and clicks trigger nothing.
"""

from enum import StrEnum
from typing import Final

import polars as pl

from rules.classification.features import features
from rules.classification.rulebook import HUMAN_TO, MACHINE_FROM, VERSIONS


class Label(StrEnum):
    """Whose doing it was (rule B41)."""

    HUMAN = "human"
    MACHINE = "machine"
    UNSURE = "unsure"


JUDGEMENT: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "event_key": pl.String, "kind": pl.String, "mail": pl.String, "label": pl.String, "score": pl.Float64,
    "rules": pl.String,
}  # fmt: skip


def classify(events: pl.DataFrame, *, version: str) -> pl.DataFrame:
    """Judge every open and click.

    Args:
        events: As `features` takes them.
        version: One of `VERSIONS`.

    Returns:
        ``event_key``, ``kind``, ``mail``, ``label``, ``score`` and ``rules`` (ids, comma-separated), in key order.

    Raises:
        KeyError: There is no such version.
    """
    rules = VERSIONS[version]
    seen = features(events)
    hits = [rule.when.fill_null(value=False) for rule in rules]
    score = pl.sum_horizontal(
        *(pl.when(hit).then(rule.weight).otherwise(0.0) for hit, rule in zip(hits, rules, strict=True))
    )
    names = pl.concat_str(
        *(pl.when(hit).then(pl.lit(rule.id)) for hit, rule in zip(hits, rules, strict=True)),
        separator=",",
        ignore_nulls=True,
    )
    judged = seen.select("event_key", "kind", "mail", score=score, rules=names)
    label = (
        pl.when(pl.col("score") >= MACHINE_FROM)
        .then(pl.lit(Label.MACHINE.value))
        .when(pl.col("score") <= HUMAN_TO)
        .then(pl.lit(Label.HUMAN.value))
        .otherwise(pl.lit(Label.UNSURE.value))
    )
    return judged.with_columns(label=label).select(*JUDGEMENT)


def by_mail(judged: pl.DataFrame) -> pl.DataFrame:
    """Per mail and kind the best that was seen of it: a person's if any was, else an unsure one, else a machine's.

    Args:
        judged: As `classify` gives it.

    Returns:
        ``mail``, ``opened`` and ``clicked``: a label each, null where it never happened. A proxy's open is an open.
    """
    rank = pl.col("label").replace_strict({Label.HUMAN: 2, Label.UNSURE: 1, Label.MACHINE: 0}, return_dtype=pl.Int8)
    back = {2: Label.HUMAN.value, 1: Label.UNSURE.value, 0: Label.MACHINE.value}
    best = (
        judged.with_columns(rank=rank)
        .group_by("mail")
        .agg(
            opened=pl.col("rank").filter(pl.col("kind") != "clicked").max(),
            clicked=pl.col("rank").filter(pl.col("kind") == "clicked").max(),
        )
    )
    named = [pl.col(name).replace_strict(back, return_dtype=pl.String, default=None) for name in ("opened", "clicked")]
    return best.select("mail", *named).sort("mail")

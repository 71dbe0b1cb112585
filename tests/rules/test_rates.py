"""Rates with what they are worth: vectorised as by hand, and nothing where there is nothing."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.breakers import wilson
from rules.rates import RATE_SCHEMA, RATES, rates
from stages.metrics import COUNTS, METRIC_SCHEMA
from stages.rate_tables import plotted, rate_table, shown


def row(**counts: object) -> dict[str, object]:
    zeros: dict[str, object] = dict.fromkeys(COUNTS, 0)
    return zeros | {"day": "2026-11-23", "cohort": "2026-W47", "step": "opener", "variant": "first"} | counts


def metrics(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=METRIC_SCHEMA)


def test_every_rate_is_made_of_columns_of_the_table() -> None:
    assert {name for rate in RATES for name in (rate.part, rate.whole)} <= set(COUNTS)


@given(st.integers(0, 400), st.integers(0, 400))
def test_an_interval_is_the_same_for_one_and_for_many(part: int, more: int) -> None:
    told = rates(metrics(row(delivered=part, accepted=part + more)), []).row(0, named=True)
    low, high = wilson(part, part + more)
    assert (told["metric"], told["part"], told["whole"]) == ("delivery", part, part + more)
    assert (told["low"], told["high"]) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))
    # Polars divides a column by one number as if it multiplied: 49 of 49 are a hair less than all.
    assert told["rate"] == (pytest.approx(part / (part + more), abs=1e-12) if part + more else None)


@pytest.mark.rule("B26")
def test_groups_are_summed_before_a_rate_is_taken() -> None:
    frame = metrics(
        row(accepted=100, delivered=90, positive_replies=1), row(day="2026-11-24", accepted=50, delivered=50),
        row(variant="second", accepted=10),
    )  # fmt: skip
    told = {(r["variant"], r["metric"]): r for r in rates(frame, ["step", "variant"]).iter_rows(named=True)}
    assert told["first", "delivery"]["rate"] == pytest.approx(140 / 150)
    assert told["first", "positive"]["part"] == 1
    assert (told["second", "delivery"]["rate"], told["second", "open_human"]["rate"]) == (0.0, None)
    assert rates(metrics(), []).is_empty()
    assert rates(metrics(), ["step"]).schema == pl.Schema({"step": pl.String, **RATE_SCHEMA})


def test_a_table_shows_raw_and_human_side_by_side() -> None:
    frame = metrics(row(accepted=100, delivered=100, opened=80, opened_human=20, opened_possible=25))
    table = rate_table(frame, ["variant"])
    assert "| open raw | open human |" in table
    assert "| first | 100 |" in table
    assert "| 80.0 % (71.1 to 86.7) | 20.0 % (13.3 to 28.9) |" in table
    assert shown({"rate": None, "low": 0, "high": 1}) == "-"
    assert plotted(frame)["rate_open_human"] == 0.2
    assert "rate_delivery" not in plotted(metrics(row()))

"""What mails cost, all in: per draft, per lead, per positive reply, by the version of the prompt (rule B29).

What must hold: the parts add up to what was spent. Research and verification belong to no version; they are shared out
by the number of people each version wrote to.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from resources.ledger.ledger import Ledger
from resources.ledger.purse import REHEARSAL
from stages.research_reading import STAGE as RESEARCH

COST_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "day": pl.String, "stage": pl.String, "service": pl.String, "model": pl.String, "version": pl.String,
    "calls": pl.Int64, "input_tokens": pl.Int64, "cached_tokens": pl.Int64, "output_tokens": pl.Int64,
    "searches": pl.Int64, "cost_usd": pl.Float64, "results": pl.Int64, "cost_per_result_usd": pl.Float64,
}  # fmt: skip
DRAFTS: Final = "drafts"


def day_costs(ledger: Ledger, day: str) -> pl.DataFrame:
    """Rows of the `model_costs` table: a day's calls by stage, model and version, and what a result of them cost."""
    drafts = Counter(ledger.accounts.written(day=day).values())
    companies = sum(1 for entry in ledger.work.outcomes(RESEARCH, day=day) if entry.outcome.state.value == "done")
    rows = []
    for row in ledger.accounts.by_version(day=day):
        results = {DRAFTS: drafts[row["version"] or ""], RESEARCH: companies}.get(row["stage"])
        cost = float(row["cost_usd"])
        per_result = cost / results if results else None
        rows.append({
            **row, "day": day, "service": row["service"] or "unknown", "version": row["version"] or "",
            "results": results, "cost_per_result_usd": per_result,
        })  # fmt: skip
    return pl.DataFrame(rows, schema=COST_SCHEMA)


def cached_share(costs: pl.DataFrame) -> float | None:
    """The share of the input that was read from the prompt cache; ``None`` where nothing was read."""
    read = int(costs["input_tokens"].sum() or 0)
    return int(costs["cached_tokens"].sum() or 0) / read if read else None


def economics(ledger: Ledger) -> list[dict[str, Any]]:
    """Per prompt version over all days: drafts, people, positive replies, and what each of these cost all in.

    Returns:
        Rows with ``version``, ``drafts``, ``leads``, ``positive_replies``, ``drafting_usd``, ``all_in_usd`` and, where
        there is something to divide by, ``per_draft_usd``, ``per_lead_usd``, ``per_positive_reply_usd``.
    """
    spent: Counter[str] = Counter()
    shared = 0.0
    for row in ledger.accounts.by_version():
        if row["stage"] == DRAFTS:
            spent[row["version"] or ""] += row["cost_usd"]
        elif row["stage"] != REHEARSAL:
            shared += row["cost_usd"]
    written = ledger.accounts.written()
    people: dict[str, set[str]] = {}
    for what, version in written.items():
        people.setdefault(version, set()).add(what.rpartition(":")[0])
    drafts = Counter(written.values())
    positive = Counter(written[what] for what in ledger.accounts.answered_well() if what in written)
    everybody = sum(len(leads) for leads in people.values())
    return [
        _row(
            version, drafts=drafts[version], leads=len(people.get(version, ())), positive=positive[version],
            drafting=spent[version], share=shared * len(people.get(version, ())) / everybody if everybody else 0.0,
        )
        for version in sorted({*spent, *drafts})
    ]  # fmt: skip


def _row(version: str, *, drafts: int, leads: int, positive: int, drafting: float, share: float) -> dict[str, Any]:
    total = drafting + share
    return {
        "version": version, "drafts": drafts, "leads": leads, "positive_replies": positive,
        "drafting_usd": round(drafting, 6), "all_in_usd": round(total, 6),
        "per_draft_usd": _per(total, drafts), "per_lead_usd": _per(total, leads),
        "per_positive_reply_usd": _per(total, positive),
    }  # fmt: skip


def _per(dollars: float, number: int) -> float | None:
    return round(dollars / number, 6) if number else None


def plots(costs: pl.DataFrame) -> Mapping[str, float]:
    """A day's costs as numbers that Dagster plots over the days."""
    by_stage = {
        f"{stage.replace('.', '_')}_usd": dollars
        for stage, dollars in costs.group_by("stage").agg(pl.col("cost_usd").sum()).sort("stage").iter_rows()
    }
    drafts = costs.filter(pl.col("stage") == DRAFTS)
    told: dict[str, float] = {"cost_usd": float(costs["cost_usd"].sum() or 0.0), **by_stage}
    told |= {name: int(costs[name].sum() or 0) for name in ("calls", "input_tokens", "output_tokens", "searches")}
    number = int(drafts["results"].sum() or 0)
    if number:
        told["cost_per_draft_usd"] = told["cost_usd"] / number
    if (share := cached_share(drafts)) is not None:
        told["cached_share"] = share
    return told

"""`outbound stats`: today in numbers, four weeks in rates, and what a new version of the classifier would change."""

from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from outbound_cli.desk import at_desk, failing_well
from outbound_cli.options import Home, Json, show_json

if TYPE_CHECKING:  # a command loads what it needs when it is called
    import polars as pl

    from stages.chat.desk import Desk

GROUPS = ("day", "cohort", "step", "variant")


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def stats(
        home: Home = Path(".outbound"),
        days: Annotated[int, typer.Option(min=1, max=1100, help="Days of mails that rates are taken of.")] = 28,
        by: Annotated[str, typer.Option(help="Groups of the rates: day, cohort, step, variant.")] = "step,variant",
        classifier: Annotated[
            bool, typer.Option("--classifier", help="What the newest classifier would change, against the trusted one.")
        ] = False,
        trust: Annotated[str | None, typer.Option(help="Believe this version of the classifier from now on.")] = None,
        as_json: Json = False,
    ) -> None:
        """Today: sent, left, spent, what stops sending; then rates, raw and human, and which variant wins, if any."""
        groups = [name.strip() for name in by.split(",") if name.strip()]
        if unknown := [name for name in groups if name not in GROUPS]:
            raise typer.BadParameter(f"{unknown[0]!r} is no group; there are {', '.join(GROUPS)}", param_hint="--by")
        with failing_well(console), at_desk(home) as desk:
            from outbound_cli.telling import show_stats, stats_document  # noqa: PLC0415 - each command loads what it needs

            if trust is not None:
                _trust(desk, trust, console)
                return
            first, last = _range(desk, days)
            if classifier:
                document = _compared(desk, first, last)
            else:
                document = {**stats_document(desk), **_rates(desk, first, last, groups)}
            if as_json:
                show_json({name: value for name, value in document.items() if not name.startswith("_")})
            elif classifier:
                _show_compared(document, Console())
            else:
                show_stats(document, Console())
                _show_rates(document, groups, Console())


def _range(desk: "Desk", days: int) -> tuple[str, str]:
    from stages.days import day_of  # noqa: PLC0415

    last = date.fromisoformat(day_of(desk.clock.now(), desk.campaign.zone))
    return (last - timedelta(days=days - 1)).isoformat(), last.isoformat()


def _rates(desk: "Desk", first: str, last: str, groups: list[str]) -> dict[str, Any]:
    import polars as pl  # noqa: PLC0415

    from rules.rates import rates  # noqa: PLC0415
    from stages.classifying import months  # noqa: PLC0415
    from stages.funnel import metrics_between, verdicts_between  # noqa: PLC0415

    metrics = pl.concat([metrics_between(start, end, desk.ledger) for start, end in months(first, last)])
    verdicts = verdicts_between(desk.campaign.starts.isoformat(), last, desk.ledger, campaign=desk.campaign)
    return {
        "rates_from": first,
        "rates": rates(metrics, groups).to_dicts(),
        "variants": [
            {"step": step, **asdict(one), "verdict": one.sentence} for step, told in verdicts.items() for one in told
        ],
        "_metrics": metrics,
    }


def _show_rates(document: dict[str, Any], groups: list[str], console: Console) -> None:
    from stages.rate_tables import SHOWN, shown  # noqa: PLC0415

    metrics: pl.DataFrame = document["_metrics"]
    if metrics.is_empty():
        console.print(f"no mails since {document['rates_from']}: no rates")
        return
    table = Table(title=f"Rates since {document['rates_from']}, with 95 % intervals", title_justify="left")
    told: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in document["rates"]:
        told.setdefault(tuple(row[name] for name in groups), {})[row["metric"]] = row
    table.add_column("")
    for group in told:
        table.add_column(" ".join(str(part) for part in group) or "all", justify="right")
    table.add_row("mails", *(str(rates["delivery"]["whole"]) for rates in told.values()))
    for name in SHOWN:
        table.add_row(name.replace("_", " "), *(shown(rates[name]) for rates in told.values()))
    console.print(table)
    for one in document["variants"]:
        console.print(f"{one['step']}, {one['first']} against {one['second']}: {one['verdict']}", highlight=False)


def _compared(desk: "Desk", first: str, last: str) -> dict[str, Any]:
    from rules.classification.rulebook import VERSIONS  # noqa: PLC0415
    from stages.classifying import versions_of  # noqa: PLC0415
    from stages.comparing import against, compare_range  # noqa: PLC0415

    versions = versions_of(desk.ledger)
    shown = against(versions)
    return {
        "trusted": versions.trusted, "compared_with": shown.candidate, "versions": list(VERSIONS), "since": first,
        "labels": compare_range(desk.ledger, first, last, versions=shown).to_dicts(),
    }  # fmt: skip


def _show_compared(document: dict[str, Any], console: Console) -> None:
    trusted, other = document["trusted"], document["compared_with"]
    table = Table(title=f"Opens and clicks since {document['since']}, by who did it", title_justify="left")
    for name in ("kind", "label", f"{trusted} (trusted)", f"{other}", "moved"):
        table.add_column(name, justify="left" if name in ("kind", "label") else "right")
    for row in document["labels"]:
        table.add_row(
            row["kind"].replace("_", " "), row["label"], f"{row['trusted']} ({row['trusted_share']:.1%})",
            f"{row['candidate']} ({row['candidate_share']:.1%})", str(row["moved"]),
        )  # fmt: skip
    console.print(table)
    if trusted != document["versions"][-1]:
        console.print(f"`outbound stats --trust {other}` believes version {other} from then on.", highlight=False)
    else:
        console.print(f"Version {trusted} is the newest one and is trusted.", highlight=False)


def _trust(desk: "Desk", version: str, console: Console) -> None:
    from rules.classification.rulebook import VERSIONS  # noqa: PLC0415
    from stages.classifying import trust  # noqa: PLC0415

    if version not in VERSIONS:
        raise typer.BadParameter(f"there is no version {version!r}; there are {', '.join(VERSIONS)}")
    trust(desk.ledger, version, now=desk.clock.now())
    console.print(
        f"Version {version} is trusted. Backfill `engagement_events` and `campaign_metrics` over every partition "
        "(one run each) to see the past by it too."
    )

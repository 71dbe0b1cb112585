"""The rehearsal half of `outbound simulate`: a campaign's own days ahead of time, as a table, a picture or JSON."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from simulation.rehearsal import Forecast

ASSUMED = "what people do with their mails, and what models cost, is the sandbox's assumption"


def rehearsal(
    campaign: Path,
    leads: Path,
    *,
    begins: date,
    days: int,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> tuple["Forecast", int]:
    """Run the rehearsal.

    Returns:
        The forecast, and how many rows of the file can be no leads.

    Raises:
        resources.campaign_file.CampaignFileError: The campaign is not valid.
        stages.lead_table.UnreadableFileError: The leads cannot be read.
    """
    from outbound_cli.lead_file import read_lead_file  # noqa: PLC0415 - each command loads what it needs
    from resources.campaign_file import load_campaign  # noqa: PLC0415
    from rules.airtable_fields import AirtableFields  # noqa: PLC0415
    from simulation.rehearsal import rehearse  # noqa: PLC0415
    from stages.importing import sort_rows  # noqa: PLC0415

    settings = load_campaign(campaign, acting=False)
    file = read_lead_file(leads)
    rows = sort_rows(file.rows, file.columns, names=AirtableFields(), source=leads.name)
    found = rehearse(settings, rows.accepted, begins=begins, days=days, seed=seed, progress=progress)
    return found, len(rows.refused)


def draw(found: "Forecast", path: Path) -> Path:
    """Write the picture; a month and more in one view."""
    from stages.charts import forecast_png  # noqa: PLC0415 - loads the renderer

    title = f"{found.mails:,} mails to {found.contacted:,} of {found.leads:,} leads"
    path.write_bytes(forecast_png([(day.day, day.mails) for day in found.days], title=title))
    return path


def document(found: "Forecast", refused: int, picture: Path, seconds: float) -> dict[str, Any]:
    """The forecast for programs."""
    return {
        "days": [{"day": day.day, **day.mails, "total": day.total, "cost_usd": day.cost_usd} for day in found.days],
        "leads": found.leads,
        "rows_refused": refused,
        "mails": found.mails,
        "contacted": found.contacted,
        "waiting_for_their_turn": found.waiting,
        "pool_dry_on": found.dry_on,
        "cost_usd": round(found.cost_usd, 2),
        "never_a_slot": {reason: list(leads) for reason, leads in found.never.items()},
        "breakers_closed_mornings": dict(found.stops),
        "assumed": ASSUMED,
        "chart": str(picture),
        "seconds": round(seconds, 1),
    }


def show(found: "Forecast", refused: int, picture: Path, seconds: float) -> None:
    """The forecast for people."""
    out = Console()
    steps = list(found.days[0].mails)
    table = Table(title=f"{found.mails:,} mails in {len(found.days)} days")
    for name in ("week from", *steps, "mails", "most a day", "cost"):
        table.add_column(name, justify="left" if name == "week from" else "right")
    for start in range(0, len(found.days), 7):
        week = found.days[start : start + 7]
        table.add_row(
            week[0].day,
            *(f"{sum(day.mails[step] for day in week):,}" for step in steps),
            f"{sum(day.total for day in week):,}",
            f"{max(day.total for day in week):,}",
            f"${sum(day.cost_usd for day in week):,.2f}",
        )
    out.print(table)
    out.print(
        f"{found.contacted:,} of {found.leads:,} leads are written to, for ${found.cost_usd:,.2f}", highlight=False
    )
    if found.dry_on:
        out.print(f"the last opener goes out on {found.dry_on}: then nobody new is left", highlight=False)
    else:
        out.print(f"{found.waiting:,} leads still wait for their turn when the days are over", highlight=False)
    if refused:
        out.print(f"{refused:,} rows of the file can be no leads; `outbound import` says why", highlight=False)
    for reason, leads in found.never.items():
        out.print(f"{len(leads):>7,} never: {escape(reason)}", highlight=False, soft_wrap=True)
    for name, mornings in found.stops.items():
        out.print(f"the breaker {name} was found closed on {mornings} mornings and taken off", highlight=False)
    out.print(f"({ASSUMED})", highlight=False, soft_wrap=True)
    out.print(f"picture: {picture}; {seconds:,.0f} seconds", highlight=False, soft_wrap=True)

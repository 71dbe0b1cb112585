"""`outbound demo`: three weeks of a campaign in a few minutes, through Dagster, against the sandbox, ending today.

What must hold: it is the product that runs (its assets, stages, guards), only time is the sandbox's.
"""

import json
import re
import shutil
import time as wall
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from outbound_cli.home import INBOX_OFFSET, MARK, RUNNING, use_home
from outbound_cli.lead_file import LeadFile
from outbound_cli.sandbox_process import running

DAYS = 21
SATURDAY = 5
OUTREACH_HOURS = (5, 14, 20)
"""UTC hours at which the demo ticks: Asia, Europe, and the hours that all of the Americas share."""


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What the demo is made with."""

    home: Path
    template: Path
    leads: LeadFile
    leads_name: str
    port: int
    seed: int
    caps_per_day: int
    caps_per_hour: int


class HomeInUse(RuntimeError):
    """The home holds something that the demo must not overwrite."""


def prepare_home(plan: DemoPlan) -> date:
    """Make the home anew and write its campaign, which began three weeks ago.

    Returns:
        The first day.

    Raises:
        HomeInUse: There is a ledger that no demo made.
    """
    if plan.home.exists() and (plan.home / "ledger.db").exists() and not (plan.home / MARK).exists():
        raise HomeInUse(
            f"{plan.home} holds a ledger that no demo made; name another place with --home, or move it away yourself"
        )
    if (plan.home / RUNNING).exists():
        raise HomeInUse(f"{plan.home} is up; `outbound down --home {plan.home}` ends it, then the demo can begin anew")
    shutil.rmtree(plan.home, ignore_errors=True)
    plan.home.mkdir(parents=True)
    first = datetime.now(UTC).date() - timedelta(days=DAYS)
    text = plan.template.read_text("utf-8")
    text = re.sub(r"^starts = .*$", f"starts = {first.isoformat()}", text, flags=re.MULTILINE)
    text = re.sub(r'^mode = "\w+"', 'mode = "sandbox"', text, flags=re.MULTILINE)
    text = re.sub(r"^unsubscribe_url = .*$", f'unsubscribe_url = "{inbox_page(plan.port)}"', text, flags=re.MULTILINE)
    text = re.sub(r"^per_hour = \d+", f"per_hour = {plan.caps_per_hour}", text, flags=re.MULTILINE)
    text = re.sub(r"^per_day = \d+", f"per_day = {plan.caps_per_day}", text, flags=re.MULTILINE)
    text = re.sub(r"^per_run_usd = .*$", "per_run_usd = 100.0", text, flags=re.MULTILINE)
    text = re.sub(r"^per_day_usd = .*$", "per_day_usd = 100.0", text, flags=re.MULTILINE)
    (plan.home / "campaign.toml").write_text(unpaced(text), "utf-8")
    (plan.home / MARK).write_text(json.dumps({"leads": plan.leads_name, "first_day": first.isoformat()}), "utf-8")
    return first


def inbox_page(port: int) -> str:
    """Where `outbound up` serves the page behind the unsubscribe links."""
    return f"http://127.0.0.1:{port + INBOX_OFFSET}/unsubscribe"


def unpaced(text: str) -> str:
    """A campaign's text that asks Airtable without pauses, whether or not it has a section on Airtable already."""
    without = re.sub(r"^requests_per_second = .*\n", "", text, flags=re.MULTILINE)
    if re.search(r"^\[airtable\]", without, flags=re.MULTILINE):
        return re.sub(r"^\[airtable\].*$", "[airtable]\nrequests_per_second = 0", without, count=1, flags=re.MULTILINE)
    return f"{without}\n[airtable]\nrequests_per_second = 0\n"


def run_demo(plan: DemoPlan, *, console: Console) -> Mapping[str, Any]:
    """Run the whole demo.

    Returns:
        What there is to print: funnel, rates, cost, times, where to look.
    """
    began = wall.monotonic()
    first = prepare_home(plan)
    settings = use_home(plan.home, sandbox_port=plan.port)
    zone = settings.campaign().zone
    start = datetime.combine(first, time(5, 0), tzinfo=zone)
    options = [
        "--clock", "virtual", "--start", start.isoformat(), "--seed", str(plan.seed), "--unpaced",
        "--state", str(plan.home / "sandbox.json"),
    ]  # fmt: skip
    with running(plan.port, options, log=plan.home / "sandbox.log") as control:
        from outbound_cli.demo_course import Course  # noqa: PLC0415 - loads Dagster and the definitions of this home

        with _progress(console) as bar:
            task = bar.add_task("starting", total=DAYS + 1)
            course = Course(control, plan, zone=zone, say=lambda text: bar.update(task, description=f"{text:<34}"))
            course.import_leads()
            for moment in moments(start, zone):
                if moment >= datetime.now(UTC):
                    break
                course.tick(moment)
                bar.update(task, completed=(moment.astimezone(zone).date() - first).days + 1)
            course.finish()
            bar.update(task, completed=DAYS + 1, description="done".ljust(34))
        told = course.summary()
        control.save()
    return {**told, "seconds": round(wall.monotonic() - began, 1), "home": str(plan.home)}


def moments(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants the demo visits, in order, without end."""
    day = start.astimezone(zone).date()
    while True:
        ticks = OUTREACH_HOURS if day.weekday() < SATURDAY else OUTREACH_HOURS[1:2]
        hours = {datetime.combine(day, time(hour), tzinfo=UTC) for hour in ticks}
        hours.add(datetime.combine(day, time(7, 30), tzinfo=zone).astimezone(UTC))
        yield from (moment for moment in sorted(hours) if moment >= start)
        day += timedelta(days=1)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=40),
        TextColumn("day {task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=console,
    )

"""What happens at each instant of the demo, and what is told at its end. Loads the home's definitions."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from outbound_assets import tables
from outbound_assets.partitions import CAMPAIGN, SETTINGS
from outbound_assets.wiring import resources
from outbound_cli.demo import DemoPlan
from outbound_cli.hurry import hurry_storage
from outbound_cli.sandbox_process import SandboxControl
from outbound_cli.ticking import Runner, open_ledger
from resources.warehouse.store import Warehouse
from stages.days import day_of
from stages.importing import import_rows, sort_rows
from stages.metrics import totals

EVENING_HOUR = 20
FRIDAY, SATURDAY = 4, 5


FATES: Mapping[int, Mapping[str, Any]] = {
    2: {"fate": "reply_positive", "on_mail": 1},
    9: {"fate": "reply_neutral", "on_mail": 1},
    16: {"fate": "out_of_office", "on_mail": 1},
    23: {"fate": "reply_positive", "on_mail": 2},
    30: {"fate": "reply_refusal", "on_mail": 1},
    37: {"fate": "reply_wrong_person", "on_mail": 1},
    44: {"fate": "reply_positive", "on_mail": 2},
    51: {"fate": "hard_bounce", "on_mail": 1},
}
"""A few rows of any file whose people are certain to do something, so that every story is there to be looked at."""


class Course:
    """One demo in progress."""

    def __init__(self, control: SandboxControl, plan: DemoPlan, *, zone: ZoneInfo, say: Callable[[str], None]) -> None:
        self._control = control
        self._plan = plan
        self._zone = zone
        self._say = say
        hurry_storage(plan.home / "dagster")
        self._runner = Runner(dg.DagsterInstance.get(), say=say)
        self._imported = 0
        self._refused = 0
        self._day = ""

    def import_leads(self) -> None:
        """Put the file into the base, the way `outbound import` does."""
        self._say("importing leads")
        found = sort_rows(
            self._plan.leads.rows, self._plan.leads.columns,
            names=CAMPAIGN.airtable.fields, source=self._plan.leads_name,
        )  # fmt: skip

        async def write() -> int:
            async with resources()["lead_base"].process_config_and_initialize().open() as base:
                written, _ = await import_rows(base, found.accepted, key=CAMPAIGN.airtable.fields.email)
            return written

        self._imported = asyncio.run(write())
        for place, fate in FATES.items():
            if place < len(found.accepted):
                address = found.accepted[place][CAMPAIGN.airtable.fields.email]
                self._control.tell("script", {"address": address, **fate})
        self._refused = len(found.refused)

    def tick(self, moment: datetime) -> None:
        """One instant: what the schedules would do there."""
        self._control.move_to(moment)
        local = moment.astimezone(self._zone)
        day = day_of(moment, self._zone)
        if day != self._day:
            self._day = day
            if local.weekday() == 0 or self._runner.runs == 0:
                self._runner.run("intake", day=day)
        if (local.hour, local.minute) == (CAMPAIGN.operator.digest_at.hour, CAMPAIGN.operator.digest_at.minute):
            if self._runner.runs > 1 and local.weekday() < SATURDAY:
                self._runner.run("engagement", day=day)
                self._runner.digest(moment)
            return
        self._runner.outreach_if_due(moment)
        if moment.hour == EVENING_HOUR and local.weekday() == FRIDAY:
            self._runner.run("nightly", day=day)
            self._runner.run("mirror")

    def finish(self) -> None:
        """Come to the present: the last events, the mirror, the balance."""
        now = datetime.now(UTC)
        self._control.move_to(now)
        day = day_of(now, self._zone)
        for job in ("intake", "engagement", "outreach", "nightly"):
            self._runner.run(job, day=day)
        self._runner.run("mirror")
        self._runner.digest(now)

    def summary(self) -> Mapping[str, Any]:
        """The funnel and where to look."""
        store = Warehouse(SETTINGS.warehouse)
        metrics = store.read(tables.METRICS)
        status = store.read(tables.STATUS)
        verdicts = store.query(
            "SELECT verdict, count(*) AS leads FROM verification_results GROUP BY verdict ORDER BY 2 DESC",
            tables=[tables.VERIFICATION],
        )
        steps = store.query(
            "SELECT step, sum(accepted)::BIGINT AS sent, sum(delivered)::BIGINT AS delivered, "
            "sum(human_replies)::BIGINT AS replies, sum(positive_replies)::BIGINT AS positive, "
            "sum(hard_bounces)::BIGINT AS bounced FROM campaign_metrics GROUP BY step ORDER BY sent DESC",
            tables=[tables.METRICS],
        )
        leads = store.query(
            "SELECT count(*) AS records, count(*) FILTER (status = 'accepted') AS accepted FROM leads",
            tables=[tables.LEADS],
        ).to_dicts()[0]
        ledger = open_ledger()
        try:
            cost = sum(row["cost_usd"] for row in ledger.work.calls())
            research = len([row for row in ledger.work.calls() if row["stage"] == "research"])
            digests = store.read(tables.DIGEST).height
            flags = [f"{flag.name}: {flag.reason}" for flag in ledger.flags.raised()]
        finally:
            ledger.close()
        return {
            "leads": {**leads, "imported": self._imported, "refused_at_import": self._refused},
            "verdicts": dict(verdicts.iter_rows()),
            "steps": steps.to_dicts(),
            "totals": totals(metrics),
            "status": dict(status.group_by("status").len().sort("len", descending=True).iter_rows()),
            "cost_usd": round(cost, 4),
            "companies_researched": research,
            "digests": digests,
            "flags": flags,
            "runs": self._runner.runs,
            "examples": _examples(store),
        }


def _examples(store: Warehouse) -> Mapping[str, str]:
    """One lead of each fate, for `outbound why`."""
    rows = store.query(
        "SELECT status, min(lead_id) AS lead_id FROM lead_status GROUP BY status ORDER BY status",
        tables=[tables.STATUS],
    )
    return dict(rows.iter_rows())

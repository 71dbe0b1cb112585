"""A campaign's own days ahead of time: its configuration and its leads, run through the real stages without faults.

What must hold: volumes, slots and refusals come out of the same code that will send; what people do with their mails
and what models cost is the sandbox's assumption and says so.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from resources.collecting import seldom_collected
from resources.ledger.flags import FlagName
from rules.airtable_fields import Airtable
from rules.campaign import Campaign, Mode
from rules.sequence import Standing
from sandbox import keys
from simulation.daemon import Daemon
from simulation.profiles import NONE
from simulation.site import Site, open_site, tables_of
from stages.days import starts_at
from stages.queueing import kept_plan
from stages.waking import something_changed

_EVERY: Final = timedelta(hours=1)
"""Ticks: a forecast of days needs no quarter hours."""
_HEAR: Final = timedelta(hours=6)
_OWN: Final = re.compile(r"'[^']*'|(as record) \w+|(are not about) .+")
_JOBS: Final = frozenset({"intake", "outreach", "engagement"})


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """A day of the forecast: mails by step in the sequence's order, and US dollars for models."""

    day: str
    mails: Mapping[str, int]
    cost_usd: float

    @property
    def total(self) -> int:
        """Mails of all steps."""
        return sum(self.mails.values())


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a rehearsal found.

    Attributes:
        days: Every day, those without mails too.
        leads: Records that were read.
        contacted: Leads that got an opener.
        waiting: Leads whose turn did not come within these days.
        never: Reason to record ids of leads that get no mail as things are.
        dry_on: The day of the last opener, where nobody is left to write to; ``None`` while somebody is.
        stops: Breaker to the number of mornings it was found closed, on the sandbox's assumptions about people.
    """

    days: tuple[ForecastDay, ...]
    leads: int
    contacted: int
    waiting: int
    never: Mapping[str, tuple[str, ...]]
    dry_on: str | None
    stops: Mapping[str, int]

    @property
    def mails(self) -> int:
        """Mails of all days."""
        return sum(day.total for day in self.days)

    @property
    def cost_usd(self) -> float:
        """US dollars for models over all days."""
        return sum(day.cost_usd for day in self.days)


def rehearse(
    campaign: Campaign,
    rows: Sequence[Mapping[str, str]],
    *,
    begins: date,
    days: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Forecast:
    """Run a campaign's days.

    Args:
        campaign: The configuration; services, mode and sender are replaced by the sandbox's.
        rows: Records under the sandbox base's field names.
        begins: The first day.
        days: How many.
        seed: Draws what people do.
        progress: Called with days done and days in all.
    """
    planned = _indoors(campaign, begins)
    site = open_site(
        seed, campaign=planned, profile=NONE, loop_start=starts_at(begins.isoformat(), planned.zone), recorded=False
    )
    try:
        stops: dict[str, int] = {}
        with seldom_collected(), asyncio.Runner(loop_factory=lambda: site.loop) as runner:
            runner.run(_days(site, rows, days, stops, progress))
        return _forecast(site, begins, days, stops)
    finally:
        site.close()


def _indoors(campaign: Campaign, begins: date) -> Campaign:
    """The campaign against the sandbox: nothing of the outside is left in it."""
    sender = campaign.sender.model_copy(
        update={"email": keys.SANDBOX_SENDER_EMAIL, "reply_to": keys.SANDBOX_MAILBOX_USER}
    )
    return campaign.model_copy(
        update={
            "mode": Mode.SANDBOX, "starts": begins, "sender": sender, "airtable": Airtable(requests_per_second=0),
        }
    )  # fmt: skip


async def _days(
    site: Site,
    rows: Sequence[Mapping[str, str]],
    days: int,
    stops: dict[str, int],
    progress: Callable[[int, int], None] | None,
) -> None:
    site.fill(rows)
    daemon = Daemon(site, every=_EVERY, hear_every=_HEAR, jobs=_JOBS)
    begins = site.now
    daemon.start("intake")
    await daemon.idle()
    for number in range(days):
        _resume(site, stops)
        await daemon.run(begins + timedelta(days=number + 1))
        if progress:
            progress(number + 1, days)
    await daemon.idle()
    if daemon.problems:
        raise daemon.problems[0][1]


def _resume(site: Site, stops: dict[str, int]) -> None:
    """Each morning somebody looks at the breakers and takes them off."""
    for flag in site.ledger.flags.raised():
        stops[flag.name] = stops.get(flag.name, 0) + 1
        site.ledger.flags.lower_flag(FlagName(flag.name), reason="rehearsal", actor="rehearsal", now=site.now)
        site.ledger.flags.stamp(f"overruled.{flag.name}", at=site.now)
        something_changed(site.ledger, now=site.now)


def _forecast(site: Site, begins: date, days: int, stops: dict[str, int]) -> Forecast:
    ask = tables_of(site).execute
    steps = [step.name for step in site.campaign.cadence.steps]
    sent: dict[str, dict[str, int]] = {}
    for day, step, count in ask(
        "SELECT intent_day, step, count(*) FROM send WHERE kind = 'outreach' AND intent_day IS NOT NULL "
        "GROUP BY intent_day, step"
    ):
        sent.setdefault(day, {})[step] = count
    cost = dict(ask("SELECT day, sum(cost_usd) FROM paid_call GROUP BY day"))
    calendar = [(begins + timedelta(days=number)).isoformat() for number in range(days)]
    made = tuple(
        ForecastDay(day, {step: sent.get(day, {}).get(step, 0) for step in steps}, round(cost.get(day, 0.0), 4))
        for day in calendar
    )
    contacted = {lead for (lead,) in ask("SELECT DISTINCT lead_id FROM send WHERE intent_at IS NOT NULL")}
    never, waiting = _left(site, contacted)
    openers = [day.day for day in made if day.mails[steps[0]]]
    return Forecast(
        days=made,
        leads=len(site.tables["judged"]),
        contacted=len(contacted),
        waiting=waiting,
        never=never,
        dry_on=openers[-1] if openers and not waiting else None,
        stops=stops,
    )


def _left(site: Site, contacted: set[str]) -> tuple[dict[str, tuple[str, ...]], int]:
    """Leads without a mail: those who never get one, by reason, and how many only wait for their turn."""
    newest = tables_of(site).execute(
        "SELECT max(partition) FROM snapshot WHERE asset = 'outreach_queue'"
    ).fetchone()[0]  # fmt: skip
    plan = kept_plan(site.ledger, str(newest))
    never: dict[str, list[str]] = {}
    waiting = 0
    for lead, standing, reason in plan.select("lead_id", "standing", "reason").iter_rows():
        if lead in contacted:
            continue
        if standing == Standing.EXCLUDED.value:
            never.setdefault(_told_alike(reason), []).append(lead)
        else:
            waiting += 1
    by_size = sorted(never.items(), key=lambda found: (-len(found[1]), found[0]))
    return {reason: tuple(leads) for reason, leads in by_size}, waiting


def _told_alike(reason: str) -> str:
    """A reason without what is only this lead's: its cells, another record, its company's name."""
    return _OWN.sub(lambda found: "'...'" if found[0][0] == "'" else f"{found[1] or found[2]} ...", reason)

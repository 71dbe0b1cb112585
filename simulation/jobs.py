"""The jobs as the schedules run them: the same stage functions in the same order as the assets call them.

What must hold: nothing is decided here. A past partition reads the ledger and does nothing else (invariant I11).
"""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Final

import polars as pl

from resources.ledger.ledger import Ledger
from rules.failures import ServiceFailure
from rules.hashing import address_hash
from rules.outcomes import StageReport
from rules.sequence import Standing
from simulation import facts, lives
from simulation.given import prepare_given
from simulation.kinds import Kind
from simulation.site import PEPPER, Site
from stages.classifying import event_frame
from stages.digest import compose, deliver
from stages.drafting import draft_frame, draft_mails
from stages.engagement import pull_events
from stages.intake import READ_STAMP, receive_records
from stages.leads import all_leads, lead_frame
from stages.metrics import METRIC_SCHEMA
from stages.mirroring import write_mirror
from stages.nights import night_due
from stages.queueing import kept_plan, picks, plan_day
from stages.reconciliation import reconcile_days
from stages.replying import pull_replies, reply_frame
from stages.researching import research_companies
from stages.sending import Sender, send_due, send_frame
from stages.status import fold_status
from stages.verification import verification_frame, verify_leads
from stages.waking import outreach_due, sleep_until, something_changed


class StageStoppedError(Exception):
    """A stage was stopped by a systemic failure; the run ends, loudly, after its work was projected."""


def _loud(report: StageReport) -> None:
    assert report.conserved, f"{report.stage}: items went missing"
    if report.systemic is not None:
        raise StageStoppedError(f"{report.stage} was stopped: {report.systemic}")


async def intake(site: Site, partition: str, *, full: bool = False) -> None:
    """`lead_records`, `leads`, `verification_results`; a past partition buys nothing."""
    if partition != site.today:
        return
    ledger, campaign = site.ledger, site.campaign
    if not site.kind.plans:  # there is no base: it counts as read
        ledger.flags.stamp(READ_STAMP, at=site.clock.now())
        return
    seen = site.edits
    await receive_records(site.base, ledger=ledger, campaign=campaign, clock=site.clock, full=full)
    leads = all_leads(ledger, campaign)
    frame = lead_frame(leads)
    report, judged, _ = await verify_leads(
        leads, ledger=ledger, campaign=campaign, clock=site.clock, open_model=lambda: nullcontext(site.writer)
    )
    verdicts = verification_frame(judged).select("lead_id", "verdict", verdict_reason="evidence")
    whole = frame.join(verdicts, on="lead_id", how="left", maintain_order="left")
    hashes = [address_hash(address, PEPPER) if address else "" for address in whole["address"].to_list()]
    site.tables["judged"] = whole.with_columns(pl.Series("address_hash", hashes, dtype=pl.String))
    site.read_edits = seen
    _loud(report)


async def outreach(site: Site, partition: str, *, limit: int | None = None, draft_only: bool = False) -> None:
    """`outreach_queue`, `research_blobs`, `drafts`, `sends`."""
    ledger, campaign, clock = site.ledger, site.campaign, site.clock
    if not site.kind.plans:
        await _unplanned(site, partition, limit=limit)
        return
    judged = site.tables.get("judged")
    if judged is None:
        return
    if partition == site.today:
        plan = plan_day(judged, ledger=ledger, campaign=campaign, now=site.now)
        sleep_until(ledger, plan.wake_at, now=site.now)
        _take_down(site, plan.frame)
    for stage in ("given",) if site.kind is Kind.DENSE else ("research", "drafts"):
        if partition != site.today:
            continue
        chosen = picks(kept_plan(ledger, partition), ledger=ledger, campaign=campaign, now=site.now, limit=limit)
        if not chosen:
            break  # nothing can have changed until the next look: nobody else ran meanwhile
        if stage == "given":
            prepare_given(site, chosen, partition)
            continue
        people = site.people()
        if stage == "research":
            report = await research_companies(
                chosen, people, model=site.researcher, ledger=ledger, campaign=campaign, clock=clock
            )
        else:
            report = await draft_mails(
                chosen, people, model=site.writer, ledger=ledger, campaign=campaign, clock=clock, pepper=PEPPER
            )
        _loud(report)
    if partition == site.today and not draft_only and ledger.sends.waiting():
        _loud(await send_due(sender_of(site, holder=lives.name() or "by hand"), limit=limit))


async def _unplanned(site: Site, partition: str, *, limit: int | None) -> None:
    """Mails that nobody planned are ready; then `sends`."""
    if partition != site.today:
        return
    caps, used = site.campaign.caps, site.ledger.sends.counts(now=site.now, day=partition)
    room = min(caps.per_hour - used.hour, caps.per_day - used.today)
    waiting = site.database.in_state("ready")
    given = site.unplanned.give(site.campaign, room=max(room, 0), waiting=waiting, day=partition, now=site.now)
    site.ledger.sends.prepare(given, now=site.now)
    _loud(await send_due(sender_of(site, holder=lives.name() or "by hand"), limit=limit))


def sender_of(site: Site, *, holder: str, ledger: Ledger | None = None) -> Sender:
    """What sends; without a plan there is no base to read leads again from."""
    base = site.base if site.kind.plans else None
    return Sender(site.provider, ledger or site.ledger, site.campaign, site.clock, PEPPER, holder, base)


def _take_down(site: Site, plan: pl.DataFrame) -> None:
    """Write new rows of a plan that ask for a mail into the history."""
    wanted = plan.filter(pl.col("standing").is_in([Standing.DUE.value, Standing.READY.value]))
    for day, lead, step, standing, reason in wanted.select("day", "lead_id", "step", "standing", "reason").iter_rows():
        mark = (day, lead, step, standing)
        if mark not in site.planned:
            site.planned.add(mark)
            site.recorder.add(facts.Planned, day=day, lead_id=lead, step=step, standing=standing, reason=reason)


async def engagement(site: Site, partition: str) -> None:
    """`engagement_events` and `replies`; neither waits for the other."""
    ledger, campaign = site.ledger, site.campaign
    failed: ServiceFailure | None = None
    if partition != site.today:
        return
    kept_back = site.world.faults.struck.get("brevo.events_missing", 0)
    try:
        heard = await pull_events(site.provider, ledger=ledger, campaign=campaign, clock=site.clock, pepper=PEPPER)
        site.deaf = heard.read == 0 or site.world.faults.struck.get("brevo.events_missing", 0) > kept_back
        if heard.new or heard.suppressed:
            something_changed(ledger, now=site.now)
    except ServiceFailure as error:
        failed = error
    read = await pull_replies(site.mailbox, ledger=ledger, campaign=campaign, clock=site.clock, pepper=PEPPER)
    if read.new:
        something_changed(ledger, now=site.now)
    if failed is not None:
        raise failed


async def mirror(site: Site, partition: str) -> None:
    """`lead_status` and `airtable_leads`."""
    judged = site.tables.get("judged")
    if judged is None:
        return
    status = fold_status(judged, kept_plan(site.ledger, partition), ledger=site.ledger)
    await write_mirror(site.base, status, ledger=site.ledger, campaign=site.campaign, clock=site.clock)


async def digest(site: Site, partition: str) -> None:
    """`daily_digest`: yesterday, mailed and posted."""
    yesterday = (date.fromisoformat(partition) - timedelta(days=1)).isoformat()
    if yesterday < site.campaign.starts.isoformat():
        return
    made = compose(
        yesterday, metrics=pl.DataFrame(schema=METRIC_SCHEMA), replies=reply_frame(site.ledger, yesterday),
        standings={}, stuck={}, alarms=[], campaign=site.campaign, pictures=False,
    )  # fmt: skip
    await deliver(
        made, provider=site.provider, bot=site.bot, ledger=site.ledger, campaign=site.campaign, clock=site.clock,
        pepper=PEPPER,
    )  # fmt: skip


async def nightly(site: Site, partition: str) -> None:
    """The whole view again, and our count of the last days against the provider's."""
    failed: Exception | None = None
    try:
        await intake(site, partition, full=True)
    except (ServiceFailure, StageStoppedError) as error:
        failed = error
    await reconcile_days(site.provider, ledger=site.ledger, campaign=site.campaign, clock=site.clock)
    if failed is not None:
        raise failed


async def rebuild(site: Site, partition: str) -> None:
    """A backfill of one past day: the very jobs, and what they would write to the warehouse."""
    await outreach(site, partition)
    await engagement(site, partition)
    frames = {
        "outreach_queue": kept_plan(site.ledger, partition),
        "drafts": draft_frame(site.ledger, partition),
        "sends": send_frame(site.ledger, partition),
        "engagement_events": event_frame(site.ledger, partition),
        "replies": reply_frame(site.ledger, partition),
    }
    for table, frame in frames.items():
        text = frame.write_ndjson().encode()
        site.recorder.add(
            facts.TableRebuilt, table=table, partition=partition, rows=frame.height,
            fingerprint=hashlib.sha256(text).hexdigest()[:32],
        )  # fmt: skip


def outreach_wanted(site: Site) -> bool:
    """Whether the outreach schedule's tick would start a run."""
    return outreach_due(site.ledger, campaign=site.campaign, now=site.now).run


def night_wanted(site: Site) -> bool:
    """Whether the nightly schedule's tick would start a run."""
    return night_due(site.ledger, campaign=site.campaign, now=site.now).run


Job = Callable[[Site, str], Awaitable[None]]
JOBS: Final[dict[str, Job]] = {
    "intake": intake, "outreach": outreach, "engagement": engagement, "mirror": mirror, "digest": digest,
    "nightly": nightly, "rebuild": rebuild,
}  # fmt: skip
"""By the name of the job; ``rebuild`` is an operator's backfill."""

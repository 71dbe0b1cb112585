"""What keeps a lead from being mailed now, who decided it, and when or how that changes (rule A11).

What must hold: the answer is read from the same facts the plan and the sender decide from; nothing is decided here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from rules.campaign import Campaign
from stages.outlook import outlook
from stages.settling import unsettled
from stages.story import Story

MACHINE = "the campaign"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing in the way.

    Attributes:
        what: What it is.
        by: Who decided it: a person, a rule, a service.
        changes: When it changes by itself, or what would change it.
    """

    what: str
    by: str
    changes: str


def obstacles(story: Story, *, ledger: Ledger, campaign: Campaign, now: datetime) -> list[Obstacle]:
    """Everything in the way, what lasts longest first; empty where the next mail may go out at once.

    Args:
        story: The lead's story.
        ledger: Switches and counts.
        campaign: Caps and days.
        now: The moment.
    """
    return [
        *_of_the_lead(story, campaign, now),
        *_of_the_plan(story, campaign, now),
        *_of_the_day(ledger, campaign, now),
    ]


def _of_the_lead(story: Story, campaign: Campaign, now: datetime) -> Iterator[Obstacle]:
    lead, table = story.lead, campaign.airtable
    if lead.rejected:
        yield Obstacle(lead.rejected, "normalising the record", "when the record is corrected in Airtable")
        return
    if lead.do_not_contact:
        yield Obstacle(
            "it is marked as not to be contacted", "the operator", f"when {table.fields.do_not_contact} is unticked"
        )
    if not lead.in_view:
        yield Obstacle(
            f"its record is not in the view {table.view}", "the operator", f"when it is in {table.view} again"
        )
    verdict = story.verdicts[-1] if story.verdicts else None
    if verdict is not None and verdict.get("verdict") != "match":
        yield Obstacle(
            f"the address was judged {verdict.get('verdict')}: {verdict.get('evidence')}",
            "the operator" if lead.override else f"rules {verdict.get('rule_version')}",
            f"when the record is corrected, or {table.fields.attribution_override} says match",
        )
    told: dict[tuple[str, str], list[str]] = {}  # several sources may have reported the same
    for fact in story.suppressions:
        until = fact["until"]
        if until is not None and until <= now:
            continue
        ends = "never by itself" if until is None else f"on {until.astimezone(campaign.zone):%Y-%m-%d}"
        said = fact["reason"].replace("_", " ")
        told.setdefault((said, ends), []).append(f"{fact['source']}, {fact['at'].astimezone(campaign.zone):%Y-%m-%d}")
    for (said, ends), sources in told.items():
        yield Obstacle(said, "; ".join(dict.fromkeys(sources)), ends)


def _of_the_plan(story: Story, campaign: Campaign, now: datetime) -> Iterator[Obstacle]:
    plan = story.plan
    if plan is None or story.lead.rejected:
        if plan is None:
            yield Obstacle("no plan of today knows this lead", MACHINE, "when the outreach job has made the plan")
        return
    said = f"{plan['step']}: {plan['reason']}"
    if plan["standing"] == "excluded" and not _told_already(plan["reason"], story):
        yield Obstacle(said, MACHINE, "when that reason is gone; the plan is made anew every quarter of an hour")
    elif plan["standing"] == "finished":
        yield Obstacle(said, MACHINE, "never: the sequence is over")
    elif plan["standing"] == "sent":
        yield Obstacle(said, MACHINE, "the next step is due by the campaign's cadence")
    elif plan["standing"] == "waiting":
        when = f"on {plan['from_day']}" if plan["from_day"] else _opening(plan, campaign)
        yield Obstacle(said, MACHINE, when)
    elif plan["opens_at"] is not None and plan["opens_at"] > now:
        yield Obstacle("it is not business time there", "the recipient's clock and calendar", _opening(plan, campaign))


def _of_the_day(ledger: Ledger, campaign: Campaign, now: datetime) -> Iterator[Obstacle]:
    for flag in ledger.flags.raised():
        how = "`outbound reconcile --adopt`" if flag.name == FlagName.GATE else "when `outbound resume` takes it off"
        yield Obstacle(f"{flag.name.replace('_', ' ')}: {flag.reason}", flag.actor, how)
    if settling := unsettled(ledger, now=now):
        yield Obstacle(settling, "`outbound reconcile --adopt`", "by itself, a day after and once everything was read")
    view = outlook(campaign, ledger=ledger, now=now)
    if view.room == 0:
        full = view.sent_today >= view.policy.day_cap
        which, cap = ("day", view.policy.day_cap) if full else ("hour", view.policy.hour_cap)
        ends = f"at {view.policy.next_day.astimezone(campaign.zone):%Y-%m-%d %H:%M}" if full else "within the hour"
        yield Obstacle(f"the {which}'s cap of {cap} is reached", "campaign.toml", ends)


def _told_already(reason: str, story: Story) -> bool:
    """The plan repeats what the lead's own facts say; it is told once."""
    return reason.startswith(("suppressed", "the address was not verified")) and bool(
        story.suppressions or story.verdicts
    )


def _opening(plan: Any, campaign: Campaign) -> str:
    if plan["opens_at"] is None:
        return "when a common business hour is known"
    return f"at {plan['opens_at'].astimezone(campaign.zone):%Y-%m-%d %H:%M}, when its window opens"

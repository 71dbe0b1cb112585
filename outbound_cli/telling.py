"""Stories and plans in a person's words, and the same as documents for programs."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from rules.campaign import Campaign
from stages.chat.desk import Desk
from stages.costing import economics
from stages.forecasting import runways
from stages.obstacles import Obstacle
from stages.outlook import outlook
from stages.queueing import kept_plan, reasons, summary
from stages.story import Story


def as_document(story: Story, keeping: Sequence[Obstacle]) -> dict[str, Any]:
    """A story, and what keeps the lead from being mailed now, as one JSON-able mapping."""
    document = asdict(story)
    document["why_not"] = [asdict(one) for one in keeping]
    document["lead"]["places"] = {
        "candidates": list(story.lead.places.candidates),
        "confidence": str(story.lead.places.confidence),
        "how": story.lead.places.how,
    }
    return document


def tell_story(story: Story, keeping: Sequence[Obstacle], campaign: Campaign, console: Console) -> None:
    """Print a story: who, why, with what, what came back, what now, and what keeps the next mail."""
    lead, zone = story.lead, campaign.zone
    who = f"{lead.full_name or '(no name)'}, {lead.title or 'no title'} at {lead.company or lead.company_key}"
    console.print(Panel(escape(f"{who}\n{lead.mail_text}\nrecord {lead.lead_id}, taken in {lead.intake_day}")))
    if lead.rejected:
        console.print(f"[bold]Never mailed[/bold]: {escape(lead.rejected)}", highlight=False)
        _tell_obstacles(keeping, console)
        return
    zones = ", ".join(lead.places.candidates) or "unknown"
    console.print(f"[bold]Where[/bold]: {zones} ({lead.places.confidence}: {escape(lead.places.how)})", highlight=False)
    for verdict in story.verdicts:
        console.print(
            f"[bold]Address[/bold]: {verdict['verdict']} at {verdict['at'].astimezone(zone):%Y-%m-%d %H:%M} "
            f"by tier {verdict['tier']}, rules {verdict['rule_version']}\n  {escape(str(verdict['evidence']))}",
            highlight=False,
        )
    if story.research and story.mails:
        console.print(
            f"[bold]Research[/bold]: {escape(story.research['what_they_do'])} "
            f"(bought {story.research['at'].astimezone(zone):%Y-%m-%d %H:%M}, {story.research['model']})",
            highlight=False,
        )
        for fact in story.research["facts"][:6]:
            console.print(f"  - {escape(fact['claim'])}  [dim]{escape(fact['source_url'])}[/dim]", highlight=False)
    for entry in _in_order(story):
        entry(campaign, console)
    if story.plan:
        plan = story.plan
        opens = f", window opens {plan['opens_at'].astimezone(zone):%Y-%m-%d %H:%M}" if plan["opens_at"] else ""
        from_day = f", from {plan['from_day']}" if plan["from_day"] else ""
        console.print(
            f"[bold]Now[/bold]: {plan['step']} {plan['standing']}: {escape(plan['reason'])}{from_day}{opens}",
            highlight=False,
        )
    _tell_obstacles(keeping, console)
    console.print(f"[bold]Cost[/bold]: ${story.cost_usd:.4f} for this person's mails", highlight=False)


def _tell_obstacles(keeping: Sequence[Obstacle], console: Console) -> None:
    if not keeping:
        console.print("[bold]Nothing is in the way[/bold]: the next mail goes out in its turn")
    for one in keeping:
        console.print(
            f"[bold]In the way[/bold]: {escape(one.what)} [dim](decided by {escape(one.by)})[/dim]\n"
            f"  changes {escape(one.changes)}",
            highlight=False,
        )


def _in_order(story: Story) -> list[Callable[[Campaign, Console], None]]:
    """The conversation as it went: each mail, each answer, and what was decided, by time."""
    entries: list[tuple[datetime, int, Callable[[Campaign, Console], None]]] = []
    entries += [(mail["intent_at"] or mail["ready_at"], 0, partial(_tell_mail, mail)) for mail in story.mails]
    entries += [(reply["sent_at"], 1, partial(_tell_reply, reply)) for reply in story.replies]
    entries += [(fact["at"], 2, partial(_tell_suppression, fact)) for fact in story.suppressions]
    return [tell for _, _, tell in sorted(entries, key=lambda entry: entry[:2])]


def _tell_reply(reply: Mapping[str, Any], campaign: Campaign, console: Console) -> None:
    away = f", away until {reply['resume_on']}" if reply["resume_on"] else ""
    console.print(
        f"[bold]Answer[/bold] {reply['sent_at'].astimezone(campaign.zone):%Y-%m-%d %H:%M}: "
        f"{reply['class'].replace('_', ' ')}{away} ({escape(reply['class_reason'])}, joined by {reply['joined_by']})\n"
        f"  {escape(reply['excerpt'][:400])}",
        highlight=False,
    )


def _tell_suppression(fact: Mapping[str, Any], campaign: Campaign, console: Console) -> None:
    until = f" until {fact['until'].astimezone(campaign.zone):%Y-%m-%d}" if fact["until"] else " for good"
    lifted = f"; lifted {fact['lifted_at'].astimezone(campaign.zone):%Y-%m-%d}" if fact["lifted_at"] else ""
    whose = "the company, " if fact["kind"] == "company" else ""
    console.print(
        f"[bold]Not to be mailed[/bold] from {fact['at'].astimezone(campaign.zone):%Y-%m-%d %H:%M}{until}: "
        f"{whose}{fact['reason'].replace('_', ' ')} (by {fact['source'].replace('_', ' ')}){lifted}",
        highlight=False,
    )


def _tell_mail(mail: Mapping[str, Any], campaign: Campaign, console: Console) -> None:
    zone, versions = campaign.zone, mail["versions"]
    when = mail["intent_at"] or mail["ready_at"]
    local = json.loads(mail["places"])["candidates"]
    title = f"{mail['step']} ({mail['variant']}): {mail['state']} {when.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    body = f"[bold]{escape(mail['subject'])}[/bold]\n\n{escape(mail['body'].strip())}"
    console.print(Panel(body, title=title, title_align="left"))
    written = (
        f"prompt {versions['prompt'] or versions['prompt_version']}, {versions['model']}, "
        f"research {versions['research_fingerprint']}, facts {versions['facts_used'] or 'not recorded'}"
    )
    console.print(f"  written with {written}; recipient's zone {', '.join(local)}; content {mail['content_hash'][:12]}")
    if mail["reason"]:
        console.print(f"  {escape(mail['reason'])}", highlight=False)
    for event in mail["events"]:
        reason = f" ({escape(event['reason'].strip())})" if event["reason"] else ""
        console.print(f"  {event['at'].astimezone(zone):%Y-%m-%d %H:%M} {event['kind']}{reason}", highlight=False)


def show_queue(plan: pl.DataFrame, day: str, campaign: Campaign, console: Console) -> None:
    """The day's plan: who is next, and what keeps the others."""
    if plan.is_empty():
        console.print(f"No plan was made for {day}; the outreach job makes it.")
        return
    console.print(f"{day}: " + ", ".join(f"{count} {name}" for name, count in summary(plan).items()), highlight=False)
    first = plan.filter(pl.col("standing").is_in(["due", "ready"])).head(15)
    if first.height:
        table = Table(title="Next")
        for name in ("lead", "step", "standing", "variant", "window opens", "closes"):
            table.add_column(name)
        for row in first.iter_rows(named=True):
            opens, closes = (row[name].astimezone(campaign.zone) for name in ("opens_at", "closes_at"))
            table.add_row(
                row["lead_id"], row["step"], row["standing"], row["variant"], f"{opens:%a %H:%M}", f"{closes:%a %H:%M}"
            )
        console.print(table)
    others = Table(title="Not today, and why")
    others.add_column("leads", justify="right")
    others.add_column("reason")
    for reason, count in list(reasons(plan, ["excluded", "waiting"]).items())[:20]:
        others.add_row(str(count), escape(reason))
    console.print(others)


def stats_document(desk: Desk) -> dict[str, Any]:
    """Today in numbers."""
    view = outlook(desk.campaign, ledger=desk.ledger, now=desk.clock.now())
    return {
        "day": view.day,
        "now": view.now,
        "mode": desk.campaign.mode.value,
        "sent_today": view.sent_today,
        "day_cap": view.policy.day_cap,
        "sent_last_hour": view.sent_in_hour,
        "hour_cap": view.policy.hour_cap,
        "room": view.room,
        "plan": summary(kept_plan(desk.ledger, view.day)),
        "spent_today_usd": round(desk.ledger.work.spent(day=view.day), 4),
        "budget_day_usd": desk.campaign.budget.per_day_usd,
        "perhaps_charged_today_usd": round(desk.ledger.purses.uncertain(day=view.day, now=view.now), 4),
        "cost_by_prompt_version": economics(desk.ledger),
        "balances": [
            {
                "service": one.service,
                "left_usd": round(one.left_usd, 2),
                "usd_a_day": round(one.rate_usd, 4),
                "days_left": None if one.days is None else round(one.days, 1),
            }
            for one in runways(desk.ledger, desk.campaign, now=view.now)
        ],
        "last_read": {
            name: stamp[0] if (stamp := desk.ledger.flags.stamped(f"{name}.read")) else None
            for name in ("airtable", "events", "replies")
        },
        "stopped_by": [
            {"name": flag.name, "reason": flag.reason, "since": flag.at} for flag in desk.ledger.flags.raised()
        ],
    }


def show_economics(versions: Sequence[Mapping[str, Any]], console: Console) -> None:
    """What a draft, a person and a positive reply cost, all in, by prompt version."""
    if not versions:
        return
    table = Table(title="Cost by prompt version, research and verification included", title_justify="left")
    for name in ("prompt", "drafts", "people", "positive", "dollars", "a draft", "a person", "a positive reply"):
        table.add_column(name, justify="left" if name == "prompt" else "right")
    for row in versions:
        per = [row["per_draft_usd"], row["per_lead_usd"], row["per_positive_reply_usd"]]
        table.add_row(
            row["version"] or "-", *(str(row[name]) for name in ("drafts", "leads", "positive_replies")),
            f"{row['all_in_usd']:.2f}", *("-" if dollars is None else f"{dollars:.4f}" for dollars in per),
        )  # fmt: skip
    console.print(table)


def show_stats(document: Mapping[str, Any], console: Console) -> None:
    """Print today's numbers."""
    console.print(
        f"{document['day']} ({document['mode']}): {document['sent_today']} of {document['day_cap']} sent, "
        f"{document['sent_last_hour']} of {document['hour_cap']} in the last hour, room for {document['room']} now",
        highlight=False,
    )
    console.print("plan: " + (", ".join(f"{count} {name}" for name, count in document["plan"].items()) or "none yet"))
    console.print(
        f"spent today: ${document['spent_today_usd']:.2f} of ${document['budget_day_usd']:.2f}", highlight=False
    )
    if document["perhaps_charged_today_usd"]:
        console.print(f"perhaps charged beside that, without an answer: ${document['perhaps_charged_today_usd']:.2f}")
    show_economics(document["cost_by_prompt_version"], console)
    for one in document["balances"]:
        days = "nothing is being spent" if one["days_left"] is None else f"about {one['days_left']:.0f} days"
        console.print(
            f"{one['service']}: ${one['left_usd']:.2f} left at ${one['usd_a_day']:.2f} a day, {days}", highlight=False
        )
    for name, at in document["last_read"].items():
        console.print(f"{name} last read: {at or 'never'}", highlight=False)
    for flag in document["stopped_by"]:
        console.print(f"[red]{flag['name']}[/red] since {flag['since']}: {escape(flag['reason'])}", highlight=False)

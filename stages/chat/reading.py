"""Answers that only look: numbers, the last mails, the plan, a lead's story."""

from collections.abc import Sequence
from datetime import date, timedelta

from rules.campaign import Campaign
from stages.charts import volume_png
from stages.chat.desk import COMMANDS, Answer, Desk
from stages.days import day_of
from stages.obstacles import Obstacle, obstacles
from stages.outlook import outlook
from stages.queueing import kept_plan, reasons, summary
from stages.story import NoSuchLead, Story, find_lead, tell

FORTNIGHT = 14


def help_text() -> str:
    """Every command with what it does."""
    return "\n".join(f"/{name}: {what}" for name, what in COMMANDS.items())


def stats(desk: Desk) -> Answer:
    """Today against the caps, what stands in the way, and the fortnight as a picture."""
    view = outlook(desk.campaign, ledger=desk.ledger, now=desk.clock.now())
    plan = summary(kept_plan(desk.ledger, view.day))
    standing = ", ".join(f"{count} {name}" for name, count in plan.items()) or "no plan yet"
    flags = "".join(f"\n! {flag.name}: {flag.reason}" for flag in desk.ledger.flags.raised())
    text = (
        f"{view.day}: {view.sent_today} of {view.policy.day_cap} sent today, "
        f"{view.sent_in_hour} of {view.policy.hour_cap} in the last hour.\nPlan: {standing}.\n"
        f"Spent today: ${desk.ledger.work.spent(day=view.day):.2f} of ${desk.campaign.budget.per_day_usd:.2f}.{flags}"
    )
    last = date.fromisoformat(view.day)
    days = [(last - timedelta(days=back)).isoformat() for back in reversed(range(FORTNIGHT))]
    sent = desk.ledger.questions.sent_by_day(since=days[0])
    if not sent:
        return Answer(text)
    answered = desk.ledger.questions.answered_by_day(since=days[0])
    rows = [(day, sent.get(day, 0), answered.get(day, 0)) for day in days]
    return Answer(text, picture=volume_png(rows, title=f"{desk.campaign.id}: the fortnight to {view.day}"))


def recent(desk: Desk) -> str:
    """The last mails and what became of them."""
    since = desk.clock.now() - timedelta(days=FORTNIGHT)
    rows = [row for row in desk.ledger.questions.recent(10) if row["intent_at"] and row["intent_at"] >= since]
    if not rows:
        return "Nothing was sent in the last fortnight."
    events = desk.ledger.events.kinds_by_message([row["message_id"] for row in rows if row["message_id"]])
    lines = []
    for row in rows:
        kinds = [kind for kind in events.get(row["message_id"] or "", {}) if kind != "request"]
        when = row["intent_at"].astimezone(desk.campaign.zone)
        lines.append(f"{when:%d %b %H:%M} {row['step']} to {row['to_name']}: {', '.join(kinds) or row['state']}")
    return "\n".join(lines)


def queue(desk: Desk) -> str:
    """Today's plan in numbers, and what keeps the others."""
    plan = kept_plan(desk.ledger, day_of(desk.clock.now(), desk.campaign.zone))
    if plan.is_empty():
        return "There is no plan for today yet; the outreach job makes it."
    standing = ", ".join(f"{count} {name}" for name, count in summary(plan).items())
    why = "\n".join(f"{count}: {reason}" for reason, count in list(reasons(plan, ["excluded"]).items())[:8])
    return f"Today: {standing}.\nNot mailed:\n{why or 'nobody is excluded'}"


def why(asked: str, desk: Desk) -> str:
    """A lead's story in a dozen lines."""
    if not asked.strip():
        return "Say who: /why address, record id or full name"
    try:
        lead = find_lead(asked, ledger=desk.ledger, campaign=desk.campaign)
    except NoSuchLead as error:
        return str(error)
    today = day_of(desk.clock.now(), desk.campaign.zone)
    story = tell(lead, ledger=desk.ledger, pepper=desk.pepper, today=today)
    keeping = obstacles(story, ledger=desk.ledger, campaign=desk.campaign, now=desk.clock.now())
    return short_story(story, keeping, desk.campaign)


def short_story(story: Story, keeping: Sequence[Obstacle], campaign: Campaign) -> str:
    """A story in a dozen lines, and what keeps the next mail."""
    lead = story.lead
    lines = [f"{lead.full_name}, {lead.title or 'no title'} at {lead.company or lead.company_key}"]
    if lead.rejected:
        return "\n".join([*lines, f"Never a lead: {lead.rejected}"])
    if story.verdicts:
        verdict = story.verdicts[-1]
        lines.append(f"Address {verdict.get('verdict')}: {verdict.get('evidence')}")
    for mail in story.mails:
        when = mail["intent_at"] or mail["ready_at"]
        kinds = ", ".join(dict.fromkeys(event["kind"] for event in mail["events"])) or "no event yet"
        lines.append(f"{when.astimezone(campaign.zone):%d %b %H:%M} {mail['step']} {mail['state']} ({kinds})")
    lines += [f"Answered ({reply['class']}): {' '.join(reply['excerpt'].split())[:120]}" for reply in story.replies]
    if story.plan:
        lines.append(f"Now: {story.plan['step']} {story.plan['standing']}: {story.plan['reason']}")
    lines += [f"In the way: {one.what}; changes {one.changes}" for one in keeping[:4]]
    return "\n".join(lines)

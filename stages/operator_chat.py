"""The bot's answers: only to people on the list, each update acted on at most once (rules A12, B19).

What must hold: strangers are dropped before their text is read, and no command goes around a guard: `/send` asks for a
run of the ordinary job, which obeys every cap and window.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from resources.clock.gateway import Clock
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.telegram.gateway import Bot, BotUpdate
from rules.campaign import Campaign
from stages.breakers import reopen
from stages.days import day_of
from stages.outlook import outlook
from stages.queueing import kept_plan, reasons, summary
from stages.story import NoSuchLead, Story, find_lead, tell

COMMANDS: Mapping[str, str] = {
    "stats": "what was sent today and what the caps leave",
    "recent": "the last mails and what became of them",
    "queue": "who is due today, and why others are not",
    "why": "the story of a lead: /why address, record id or name",
    "draft": "write the next N mails now: /draft 5",
    "send": "send up to N mails now, within every guard: /send 5",
    "pause": "stop all sending until /resume",
    "resume": "take off the pause and every breaker, on your word",
    "help": "this list",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A run of the outreach job that a command asked for: its update id makes it happen once."""

    update_id: int
    kind: str
    count: int


@dataclass
class ChatReport:
    """What was answered, who was dropped, and which runs are wanted."""

    answered: int = 0
    dropped: int = 0
    requests: list[Request] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the answers are made from."""

    ledger: Ledger
    campaign: Campaign
    clock: Clock
    pepper: str


async def answer_updates(bot: Bot, desk: Desk, *, wait_seconds: int = 0) -> ChatReport:
    """Read new updates and answer them.

    Returns:
        What happened; the caller starts the runs that were asked for.
    """
    report = ChatReport()
    operator = desk.campaign.operator
    for update in await bot.updates(after=desk.ledger.keepsakes.last_update(), wait_seconds=wait_seconds):
        allowed = (
            update.private and update.user_id in operator.telegram_users and update.chat_id == operator.telegram_chat
        )
        handled = update.text.split(" ", 1)[0][:40] if allowed else "dropped: not on the list"
        if not desk.ledger.keepsakes.take_update(update.update_id, handled=handled, now=desk.clock.now()):
            continue
        if not allowed:
            report.dropped += 1
            continue
        text = reply_to(update, desk, report)
        await bot.say(update.chat_id, text)
        report.answered += 1
    return report


def reply_to(update: BotUpdate, desk: Desk, report: ChatReport) -> str:
    """The answer to one command; runs it asks for are added to the report."""
    word, _, rest = update.text.strip().partition(" ")
    command = word.removeprefix("/").partition("@")[0].casefold()
    if command in ("draft", "send"):
        return _wanted(command, rest, update, desk, report)
    answers: Mapping[str, Callable[[], str]] = {
        "stats": lambda: _stats(desk),
        "recent": lambda: _recent(desk),
        "queue": lambda: _queue(desk),
        "why": lambda: _why(rest, desk),
        "pause": lambda: _pause(rest, desk),
        "resume": lambda: _resume(desk),
        "help": _help,
        "start": _help,
    }
    answer = answers.get(command)
    return answer() if answer else f"I do not know {word!r}.\n{_help()}"


def _help() -> str:
    return "\n".join(f"/{name}: {what}" for name, what in COMMANDS.items())


def _wanted(kind: str, rest: str, update: BotUpdate, desk: Desk, report: ChatReport) -> str:
    if not rest.strip().isdigit() or not 1 <= int(rest) <= 500:  # noqa: PLR2004 - the provider's free day is 300
        return f"Say how many, 1 to 500: /{kind} 5"
    count = int(rest)
    view = outlook(desk.campaign, ledger=desk.ledger, now=desk.clock.now())
    ready = len(desk.ledger.sends.ready(now=view.now))
    report.requests.append(Request(update.update_id, kind, count))
    if kind == "draft":
        return f"Writing up to {count}: the caps leave room for {max(0, view.room - ready)} more today's hour."
    halted = desk.ledger.flags.raised()
    stops = "".join(f"\nBut {flag.name} is on: {flag.reason}" for flag in halted)
    return f"Sending up to {min(count, view.room)} of {ready} ready: the caps leave {view.room} now.{stops}"


def _stats(desk: Desk) -> str:
    view = outlook(desk.campaign, ledger=desk.ledger, now=desk.clock.now())
    plan = summary(kept_plan(desk.ledger, view.day))
    standing = ", ".join(f"{count} {name}" for name, count in plan.items()) or "no plan yet"
    flags = "".join(f"\n! {flag.name}: {flag.reason}" for flag in desk.ledger.flags.raised())
    return (
        f"{view.day}: {view.sent_today} of {view.policy.day_cap} sent today, "
        f"{view.sent_in_hour} of {view.policy.hour_cap} in the last hour.\nPlan: {standing}.\n"
        f"Spent today: ${desk.ledger.work.spent(day=view.day):.2f} of ${desk.campaign.budget.per_day_usd:.2f}.{flags}"
    )


def _recent(desk: Desk) -> str:
    since = desk.clock.now() - timedelta(days=14)
    events = desk.ledger.events.kinds_by_message()
    rows = [row for row in desk.ledger.questions.recent(10) if row["intent_at"] and row["intent_at"] >= since][:10]
    if not rows:
        return "Nothing was sent in the last fortnight."
    lines = []
    for row in rows:
        kinds = [kind for kind in events.get(row["message_id"] or "", {}) if kind != "request"]
        when = row["intent_at"].astimezone(desk.campaign.zone)
        lines.append(f"{when:%d %b %H:%M} {row['step']} to {row['to_name']}: {', '.join(kinds) or row['state']}")
    return "\n".join(lines)


def _queue(desk: Desk) -> str:
    plan = kept_plan(desk.ledger, day_of(desk.clock.now(), desk.campaign.zone))
    if plan.is_empty():
        return "There is no plan for today yet; the outreach job makes it."
    standing = ", ".join(f"{count} {name}" for name, count in summary(plan).items())
    why = "\n".join(f"{count}: {reason}" for reason, count in list(reasons(plan, ["excluded"]).items())[:8])
    return f"Today: {standing}.\nNot mailed:\n{why or 'nobody is excluded'}"


def _why(asked: str, desk: Desk) -> str:
    if not asked.strip():
        return "Say who: /why address, record id or full name"
    try:
        lead = find_lead(asked, ledger=desk.ledger, campaign=desk.campaign)
    except NoSuchLead as error:
        return str(error)
    today = day_of(desk.clock.now(), desk.campaign.zone)
    return short_story(tell(lead, ledger=desk.ledger, pepper=desk.pepper, today=today), desk.campaign)


def short_story(story: Story, campaign: Campaign) -> str:
    """A story in a dozen lines."""
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
    lines += [f"Not to be mailed: {fact['reason']}" for fact in story.suppressions]
    if story.plan:
        lines.append(f"Now: {story.plan['step']} {story.plan['standing']}: {story.plan['reason']}")
    return "\n".join(lines)


def _pause(reason: str, desk: Desk) -> str:
    said = reason.strip() or "asked for in the chat"
    new = desk.ledger.flags.raise_flag(FlagName.PAUSE, reason=said, actor="telegram", now=desk.clock.now())
    return "Paused: nothing is sent until /resume." if new else "It was paused already."


def _resume(desk: Desk) -> str:
    done = reopen(desk.ledger, actor="telegram", now=desk.clock.now())
    lines = [f"Taken off: {flag.name} ({flag.reason})" for flag in done.taken_off]
    lines = ["Going on.", *lines] if lines else ["Nothing stood in the way."]
    return "\n".join([*lines, *(f"Still closed: {flag.reason}" for flag in done.kept)])

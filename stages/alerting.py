"""Telling the operator: open alerts as one message, notes one by one, a second way when the first is closed.

What must hold: an alert counts as told only after a channel took it (rule A12); what hurries has a second channel.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from resources.clock.gateway import Clock
from resources.ledger.alerts import RESOLVED, Alert
from resources.ledger.ledger import Ledger
from resources.mail_provider.gateway import MailProvider
from resources.redaction import redact
from resources.telegram.gateway import Bot
from rules.alarms import Severity
from rules.campaign import Campaign
from rules.failures import FailureKind, ServiceFailure
from rules.hashing import input_hash
from rules.mail import Mail, harmless
from stages.operator_mail import Letter, mail_operator
from stages.watching import TESTED

AT_ONCE = 8
"""Alerts spelled out in one message; the others are counted."""
TEST_TEXT = (
    "Weekly test of the alert path: nothing is wrong. It comes by chat and by mail; if one of them misses it, "
    "`outbound doctor` says which way is closed."
)


@dataclass
class Told:
    """What reached the operator, and what stood in the way."""

    alerts: int = 0
    notes: int = 0
    by_mail: bool = False
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Channels:
    """The two ways to the operator, and what they need."""

    bot: Bot
    provider: MailProvider
    ledger: Ledger
    campaign: Campaign
    clock: Clock
    pepper: str


async def tell_operator(channels: Channels) -> Told:
    """Tell what is to be told; safe to repeat."""
    told = Told()
    ledger, now = channels.ledger, channels.clock.now()
    news = ledger.alerts.to_tell(now=now, every=timedelta(hours=channels.campaign.alarms.repeat_hours))
    if news:
        text = message(news, channels.campaign)
        if await _say(channels, text, told) or (_hurries(news) and await _mail(channels, news, text, told)):
            ledger.alerts.told(news, now=now)
            told.alerts = len(news)
    for note in ledger.alerts.unsaid():
        if not await _say(channels, note.text, told):
            break
        ledger.alerts.said(note.key, now=now)
        told.notes += 1
    return told


async def try_path(channels: Channels) -> Told:
    """Send the weekly test both ways; remembered as working only where both took it."""
    told = Told()
    now = channels.clock.now()
    local = now.astimezone(channels.campaign.zone)
    said = await _say(channels, TEST_TEXT, told)
    week = "{}-{:02}".format(*local.isocalendar()[:2])
    letter = Letter(
        "alert", f"test-{week}", Mail(f"{channels.campaign.id}: test of the alert path", TEST_TEXT), _page(TEST_TEXT)
    )
    problem = await mail_operator(
        letter, provider=channels.provider, ledger=channels.ledger, campaign=channels.campaign, clock=channels.clock,
        pepper=channels.pepper,
    )  # fmt: skip
    told.problems += [problem] if problem else []
    told.by_mail = problem is None
    if said and problem is None:
        channels.ledger.flags.stamp(TESTED, at=now)
    return told


def trial_due(ledger: Ledger, campaign: Campaign, *, now: datetime) -> bool:
    """Whether this is the moment of the weekly test: the day of the week at digest time, once."""
    local = now.astimezone(campaign.zone)
    if f"{local:%A}".casefold() != campaign.alarms.test_on or local.time() < campaign.operator.digest_at:
        return False
    tested = ledger.flags.stamped(TESTED)
    return tested is None or tested[0].astimezone(campaign.zone).date() < local.date()


def message(news: Sequence[Alert], campaign: Campaign) -> str:
    """Alerts as one text: what happened, what it means, what to do, where to look."""
    ordered = sorted(news, key=lambda one: (one.state == RESOLVED, one.alarm.severity != Severity.PAGE, one.first_at))
    parts = [_told(one, campaign) for one in ordered[:AT_ONCE]]
    if len(ordered) > AT_ONCE:
        parts.append(f"And {len(ordered) - AT_ONCE} more: {campaign.operator.dagster_url}")
    return str(redact("\n\n".join(parts)))


def _told(one: Alert, campaign: Campaign) -> str:
    alarm = one.alarm
    since, last = (f"{at.astimezone(campaign.zone):%d %b %H:%M}" for at in (one.first_at, one.last_at))
    if one.state == RESOLVED:
        return f"OVER  {alarm.what}\nIt lasted from {since} to {last}."
    again = f" (still so since {since}, {one.times} times)" if one.told_times is not None else ""
    mark = "ALARM" if alarm.severity == Severity.PAGE else "LOOK"
    link = f"{campaign.operator.dagster_url.rstrip('/')}{alarm.look}"
    return f"{mark}  {alarm.what}{again}\nMeans: {alarm.means}\nDo: {alarm.fix}\n{link}"


def _hurries(news: Sequence[Alert]) -> bool:
    return any(one.alarm.severity == Severity.PAGE for one in news)


async def _say(channels: Channels, text: str, told: Told) -> bool:
    try:
        await channels.bot.say(channels.campaign.operator.telegram_chat, text)
    except ServiceFailure as error:
        told.problems.append(f"the chat did not take it: {error}")
        # It may have arrived; saying it again is worse than trusting the second channel with it.
        return error.failure.kind is FailureKind.UNKNOWN_OUTCOME
    return True


async def _mail(channels: Channels, news: Sequence[Alert], text: str, told: Told) -> bool:
    name = input_hash(alerts=[[one.alarm.key, one.state, one.times, one.first_at.isoformat()] for one in news])[:20]
    subject = harmless(f"{channels.campaign.id}: {news[0].alarm.what}".replace("\n", " ")[:150])
    letter = Letter("alert", name, Mail(subject, harmless(text)), _page(harmless(text)))
    problem = await mail_operator(
        letter, provider=channels.provider, ledger=channels.ledger, campaign=channels.campaign, clock=channels.clock,
        pepper=channels.pepper,
    )  # fmt: skip
    told.problems += [problem] if problem else []
    told.by_mail = problem is None
    return told.by_mail


def _page(text: str) -> str:
    return f'<html><body><pre style="font-size:14px;white-space:pre-wrap">{html.escape(text)}</pre></body></html>'

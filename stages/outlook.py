"""What the caps leave room for right now: the same numbers for research, drafts and sends (rule A9)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from resources.ledger.ledger import Ledger
from rules.breakers import warned
from rules.business_hours import BusinessHours
from rules.campaign import Campaign
from rules.holidays_calendar import EVERYWHERE, HolidayCalendar
from rules.sending import HOUR, SendPolicy, opened
from rules.warmup import SendingDay, daily_cap, ramp_step
from stages.breakers import WEEK
from stages.days import day_of, next_day_at


@dataclass(frozen=True, slots=True)
class Outlook:
    """The moment, the operator's day, the limits in force and the room they leave."""

    now: datetime
    day: str
    policy: SendPolicy
    room: int
    sent_today: int
    sent_in_hour: int


def outlook(campaign: Campaign, *, ledger: Ledger, now: datetime) -> Outlook:
    """Count from the ledger and hold against the configuration."""
    day = day_of(now, campaign.zone)
    policy = SendPolicy(
        hours=business_hours(campaign),
        holidays=holiday_calendar(campaign),
        hour_cap=campaign.caps.per_hour,
        day_cap=_day_cap(campaign, ledger, day=day, now=now),
        company_cap=campaign.caps.per_company_per_day,
        company_gap=timedelta(minutes=campaign.caps.company_minutes),
        next_day=next_day_at(now, campaign.zone),
        max_lateness=timedelta(hours=campaign.hours.max_lateness_hours),
    )
    return seen_again(Outlook(now, day, policy, 0, 0, 0), ledger=ledger, now=now)


def seen_again(view: Outlook, *, ledger: Ledger, now: datetime) -> Outlook:
    """The same limits with what is used up of them by now; on the same operator's day only."""
    used, policy = ledger.sends.counts(now=now, day=view.day), view.policy
    room = min(policy.hour_cap - used.hour, policy.day_cap - used.today)
    if used.resumed_at is not None and now - used.resumed_at < HOUR:
        room = min(room, opened(policy.hour_cap, now - used.resumed_at) - used.since_resumed)
    return replace(view, now=now, room=max(0, room), sent_today=used.today, sent_in_hour=used.hour)


def _day_cap(campaign: Campaign, ledger: Ledger, *, day: str, now: datetime) -> int:
    steps = len(campaign.caps.ramp)
    if not steps or (step := _ramp_step(campaign, ledger, day=day, enough=steps)) >= steps:
        return campaign.caps.per_day
    warns = warned(ledger.questions.outcomes_since(now - WEEK), campaign.breakers) is not None
    return daily_cap(campaign.caps, step, warned=warns)


def _ramp_step(campaign: Campaign, ledger: Ledger, *, day: str, enough: int) -> int:
    """How far up the ramp today is, or any number from ``enough`` on: the last days alone mostly show that."""
    newest = 2 * enough
    while True:
        told = ledger.questions.sending_days(before=day, newest=newest)
        days = [
            SendingDay(date.fromisoformat(one), green=warned(outcomes, campaign.breakers) is None)
            for one, outcomes in told
        ]
        step = ramp_step(days, date.fromisoformat(day))
        if step >= enough or len(told) < newest:
            return step
        newest *= 4


def business_hours(campaign: Campaign) -> BusinessHours:
    """The configured business hours."""
    hours = campaign.hours
    return BusinessHours(opens=hours.opens, closes=hours.closes, minutes_left=hours.minutes_left)


def holiday_calendar(campaign: Campaign) -> HolidayCalendar:
    """Public holidays and the campaign's own closed days; one object for the same days, so that windows stay known."""
    return _calendar(frozenset(campaign.hours.closed_days))


@lru_cache(16)
def _calendar(closed: frozenset[date]) -> HolidayCalendar:
    return HolidayCalendar(closed={EVERYWHERE: closed})

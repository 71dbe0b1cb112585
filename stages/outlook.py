"""What the caps leave room for right now: the same numbers for research, drafts and sends (rule A9)."""

from dataclasses import dataclass
from datetime import datetime

from resources.ledger.ledger import Ledger
from rules.business_hours import BusinessHours
from rules.campaign import Campaign
from rules.holidays_calendar import EVERYWHERE, HolidayCalendar
from rules.sending import SendPolicy, daily_cap
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
    hour, today, before = ledger.sends.counts(now=now, day=day)
    policy = SendPolicy(
        hours=business_hours(campaign),
        holidays=holiday_calendar(campaign),
        hour_cap=campaign.caps.per_hour,
        day_cap=daily_cap(campaign.caps, before),
        company_cap=campaign.caps.per_company_per_day,
        next_day=next_day_at(now, campaign.zone),
    )
    room = max(0, min(policy.hour_cap - hour, policy.day_cap - today))
    return Outlook(now, day, policy, room, today, hour)


def business_hours(campaign: Campaign) -> BusinessHours:
    """The configured business hours."""
    hours = campaign.hours
    return BusinessHours(opens=hours.opens, closes=hours.closes, minutes_left=hours.minutes_left)


def holiday_calendar(campaign: Campaign) -> HolidayCalendar:
    """Public holidays and the campaign's own closed days."""
    return HolidayCalendar(closed={EVERYWHERE: frozenset(campaign.hours.closed_days)})

"""When the operator's own place last worked: where the time of a fresh sandbox may begin.

What must hold: the moment is never later than now, so that Dagster, which counts days by the machine's clock, has a
partition for it.
"""

from datetime import datetime, time, timedelta
from typing import Final

from rules.business_hours import sendable
from rules.campaign import Campaign
from rules.place.zones import Confidence, Zones
from stages.outlook import business_hours, holiday_calendar

MORNING: Final = time(10, 0)
ENOUGH: Final = timedelta(hours=2)
"""A working day with less than that left is not worth beginning."""
LONGEST_HOLIDAY: Final = 14


def last_office_hours(now: datetime, campaign: Campaign) -> datetime:
    """Now, if the operator's place works for hours yet; else ten in the morning of the last day it worked.

    Args:
        now: The moment.
        campaign: Whose zone and hours.
    """
    place = Zones((campaign.operator.timezone,), Confidence.HIGH, "the operator's zone")
    hours, holidays = business_hours(campaign), holiday_calendar(campaign)
    if all(sendable(moment, place, hours, holidays) for moment in (now, now + ENOUGH)):
        return now
    today = now.astimezone(campaign.zone).date()
    for back in range(LONGEST_HOLIDAY):
        morning = datetime.combine(today - timedelta(days=back), MORNING, tzinfo=campaign.zone)
        if morning <= now and sendable(morning, place, hours, holidays):
            return morning
    return now

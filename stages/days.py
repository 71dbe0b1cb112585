"""Days as the operator counts them: a partition is a day in the operator's zone (rule B25)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def day_of(moment: datetime, zone: ZoneInfo) -> str:
    """The day an instant belongs to, as ``YYYY-MM-DD``."""
    return moment.astimezone(zone).date().isoformat()


def starts_at(day: str, zone: ZoneInfo) -> datetime:
    """The first instant of a day, in UTC."""
    return datetime.combine(date.fromisoformat(day), time(), tzinfo=zone).astimezone(UTC)


def next_day_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the day after an instant's, in UTC."""
    return starts_at((moment.astimezone(zone).date() + timedelta(days=1)).isoformat(), zone)


def day_after(day: str) -> str:
    """The next day."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()

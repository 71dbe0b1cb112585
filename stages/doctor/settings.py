"""`campaign.toml` by sense: what is valid and still not wise, and the switch to people."""

from collections.abc import AsyncGenerator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from rules.campaign import Campaign, Mode
from stages.doctor.findings import Finding, fail, ok, warn
from stages.doctor.practice import Practice

BULK: Final = 5_000
"""Mails a day from which Gmail counts a sender as bulk, for good."""
SHORTEST_DAY: Final = timedelta(hours=4)
STEEP: Final = 3.0
"""A day of a ramp with so many times the mails of the day before looks like a stolen account."""


async def settings(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the configuration."""
    campaign = practice.campaign
    yield caps_line(campaign)
    yield ramp_line(campaign)
    yield hours_line(campaign)
    yield start_line(campaign, practice.clock.now().astimezone(campaign.zone).date())
    yield mode_line(campaign, practice.machine.switch)


def caps_line(campaign: Campaign) -> Finding:
    """Whether hour and day fit together, and fit business hours."""
    caps, hours = campaign.caps, _open_hours(campaign)
    if caps.per_hour > caps.per_day:
        fix = f"set caps.per_hour to about {max(1, caps.per_day // 8)}"
        return warn("settings.caps", f"an hour may send {caps.per_hour}, a whole day {caps.per_day}", fix)
    if caps.per_day >= BULK:
        fix = "stay under it, or spread the campaign over domains"
        return warn("settings.caps", f"{caps.per_day} mails a day make a bulk sender in Gmail's eyes, for good", fix)
    # A list from one zone has its business hours only; one from all over the world has the day round.
    reach = int(caps.per_hour * hours)
    if reach < caps.per_day:
        return ok(
            "settings.caps", f"{caps.per_hour} an hour, {caps.per_day} a day; one zone's hours hold {reach} of them"
        )
    return ok("settings.caps", f"{caps.per_hour} an hour, {caps.per_day} a day")


def ramp_line(campaign: Campaign) -> Finding:
    """Whether a new domain is warmed up, and gently."""
    ramp, per_day = campaign.caps.ramp, campaign.caps.per_day
    if not ramp and campaign.mode is not Mode.SANDBOX and per_day > 50:  # noqa: PLR2004 - what a mailbox sends by hand
        fix = f"set caps.ramp = [20, 35, 60, 100, 170, ...] up to {per_day}, unless the domain has sent for months"
        return warn("settings.ramp", f"there is no warm-up: the first day may send {per_day}", fix)
    days = (*ramp, per_day)
    steep = [day for day, (before, after) in enumerate(pairwise(days), 1) if after > STEEP * before]
    if ramp and steep:
        told = f"after day {steep[0]} the ramp jumps from {days[steep[0] - 1]} to {days[steep[0]]} mails"
        return warn("settings.ramp", told, "grow by no more than half or double from day to day")
    return ok("settings.ramp", f"the ramp has {len(ramp)} days" if ramp else "no warm-up is asked for")


def hours_line(campaign: Campaign) -> Finding:
    """Whether the window leaves time to send in."""
    hours = _open_hours(campaign)
    told = f"recipients' business hours are {campaign.hours.opens:%H:%M} to {campaign.hours.closes:%H:%M}"
    if hours < SHORTEST_DAY.total_seconds() / 3600:
        return warn("settings.hours", f"{told}: {hours:.1f} hours to send in", "widen hours.opens and hours.closes")
    return ok("settings.hours", told)


def start_line(campaign: Campaign, today: date) -> Finding:
    """Whether the campaign has begun."""
    if campaign.starts > today:
        fix = "set starts to today; days before it have no partitions"
        return warn(
            "settings.starts", f"the campaign starts on {campaign.starts.isoformat()}: until then nothing runs", fix
        )
    return ok("settings.starts", f"the campaign runs since {campaign.starts.isoformat()}")


def mode_line(campaign: Campaign, switch: str) -> Finding:
    """The mode, and whether the switch in the environment is the one it needs."""
    if campaign.mode is Mode.LIVE and switch != campaign.id:
        fix = f"set OUTBOUND_LIVE={campaign.id} where `outbound up` runs"
        return fail("settings.mode", "mode is live, but the switch does not name this campaign", fix)
    if campaign.mode is not Mode.LIVE and switch:
        fix = "unset OUTBOUND_LIVE, or set mode to live"
        return warn("settings.mode", f"OUTBOUND_LIVE is set, and mode is {campaign.mode.value}", fix)
    return ok("settings.mode", f"mode is {campaign.mode.value}")


def _open_hours(campaign: Campaign) -> float:
    day = date(2026, 1, 1)
    hours = campaign.hours
    return (datetime.combine(day, hours.closes) - datetime.combine(day, hours.opens)).total_seconds() / 3600

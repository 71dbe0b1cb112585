"""Bugs in when somebody may be written to, and in how many are."""

from simulation.mutants.luck import BACKLOG, BARE, BUSY, CROWD, LIES, PEOPLE, QUIET
from simulation.mutants.mutant import mutant

_HOURS = "rules/business_hours.py"
_CLOSED = "rules/holidays_calendar.py"
_RULE = "rules/sending.py"
_COUNT = "resources/ledger/send_facts.py"
_HOUR_AGO = '    asked = {"ago": now - HOUR, '
_WINDOW = "    window = sendable(facts.now, facts.places, policy.hours, policy.holidays)\n    if not window.allowed:"
_END = "    end = min(_instants(day, hours.closes, name)) - timedelta(minutes=hours.minutes_left)"
_HOUR_CAP = "    if facts.in_last_hour >= policy.hour_cap:"
_DAY_CAP = "    if facts.today >= policy.day_cap:"
_COMPANY_CAP = "    if facts.company_today >= policy.company_cap:"
_ROOM = "    room = min(policy.hour_cap - used.hour, policy.day_cap - used.today)"

HOURS_AND_CAPS = (
    mutant(
        "the window is not checked in the intent", "I3", PEOPLE,
        (_RULE, _WINDOW, _WINDOW.replace("if not window.allowed:", "if False and not window.allowed:")),
        ("stages/queueing.py", '(pl.col("opens_at") <= now) & (pl.col("closes_at") > now)', 'pl.col("opens_at").is_not_null()'),
    ),
    mutant(
        "UTC instead of the recipient's clock", "I3", QUIET,
        (_HOURS, "    local = datetime.combine(day, wall, tzinfo=zone(name))", "    local = datetime.combine(day, wall, tzinfo=UTC)"),
    ),
    mutant("the window closes an hour late", "I3", BUSY, (_HOURS, _END, _END + " + timedelta(hours=1)")),
    mutant("no time is left before closing", "I3", CROWD, (_HOURS, " - timedelta(minutes=hours.minutes_left)", "")),
    mutant(
        "winter time all year", "I3", BARE,
        (
            _HOURS, "    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)",
            "    winter = datetime.combine(day.replace(month=1, day=1), wall, tzinfo=zone(name)).utcoffset()\n"
            "    naive = datetime.combine(day, wall, tzinfo=UTC) - (winter or timedelta())\n    return naive, naive",
        ),
    ),
    mutant(
        "the first candidate zone decides", "I3", BARE,
        (_HOURS, "    for name in places.candidates:\n        here = _windows", "    for name in places.candidates[:1]:\n        here = _windows"),
    ),
    mutant(
        "an unknown zone is UTC", "I3", QUIET,
        (
            "stages/places.py", 'candidates=tuple(row["zones"] or ()),\n        confidence=Confidence(row["zone_confidence"]),',
            'candidates=tuple(row["zones"] or ("UTC",)),\n        confidence=Confidence.HIGH,',
        ),
        ("stages/queueing.py", '        if not lead["zones"]:', "        if False:"),
        ("stages/queueing.py", 'place = (*lead["zones"],', 'place = (*(lead["zones"] or ()),'),
    ),
    mutant(
        "every weekend is Saturday and Sunday", "I3", QUIET,
        (_CLOSED, "        if day.weekday() in weekend_of(country, subdivision):", "        if day.weekday() in _USUAL_WEEKEND:"),
    ),
    mutant(
        "no weekend at all", "I3", QUIET,
        (_CLOSED, "        if day.weekday() in weekend_of(country, subdivision):", "        if False:"),
    ),
    mutant(
        "public holidays are not kept", "I3", PEOPLE,
        (_CLOSED, "        if country and self.respect_holidays and (name", "        if False and (name"),
    ),
    mutant(
        "the weekday is the sender's", "I3", PEOPLE,
        (
            _HOURS, "    found = (_day_window(d, name, hours) for d in days if _closed_because(d, name, places, hours, holidays) is None)",
            "    found = (_day_window(d, name, hours) for d in days if d.weekday() < 5)",
        ),
    ),
    mutant(
        "unknown outcomes use up no cap", "I7", LIES,
        (_RULE, "COUNTED = (SendState.SENDING, SendState.ACCEPTED, SendState.UNKNOWN, SendState.PRESUMED)",
         "COUNTED = (SendState.SENDING, SendState.ACCEPTED)"),
    ),
    mutant(
        "the hour begins at the full hour", "I7", BUSY,
        (_COUNT, _HOUR_AGO, '    asked = {"ago": now.replace(minute=0, second=0, microsecond=0), '),
    ),
    mutant(
        "the hour's cap is looked at before the stage only", "I7", BACKLOG,
        (_RULE, _HOUR_CAP, "    if False:"), (_RULE, "    if facts.since_resumed < opened(policy.hour_cap, since):", "    if True:"),
    ),
    mutant("the day's cap is looked at before the stage only", "I7", BUSY, (_RULE, _DAY_CAP, "    if False:")),
    mutant(
        "one mail too many a day", "I7", BUSY,
        (_RULE, _DAY_CAP, "    if facts.today > policy.day_cap:"),
        ("stages/outlook.py", _ROOM, "    room = min(policy.hour_cap - used.hour, policy.day_cap + 1 - used.today)"),
    ),
    mutant(
        "the company's cap is not counted", "I7", BUSY,
        (_RULE, _COMPANY_CAP, "    if False:"),
        ("stages/queueing.py", '        if company[row["company_key"]] >= campaign.caps.per_company_per_day:', "        if False:"),
        (
            "stages/queueing.py",
            'if due and self._company[lead["company_key"]] >= self.campaign.caps.per_company_per_day:',
            "if False:",
        ),
    ),
    mutant(
        "the ramp is not kept", "I7", BUSY,
        ("rules/warmup.py", "    if step >= len(caps.ramp):", "    if True:"),
    ),
    mutant(
        "a day is counted in UTC", "I7", BARE,
        ("stages/days.py", "    return moment.astimezone(zone).date().isoformat()", "    return moment.astimezone(UTC).date().isoformat()"),
    ),
)  # fmt: skip

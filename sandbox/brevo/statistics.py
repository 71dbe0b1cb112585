"""Reading the event log: single events, and sums over days.

The one thing that must hold: days are days of the account's zone, dates carry that zone's offset, and an event that is
not visible yet is in no answer at all.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from sandbox.brevo import errors
from sandbox.brevo.reception import Visit
from sandbox.wire import Json
from sandbox.world.chance import chance
from sandbox.world.mail import EventKind, MailEvent
from sandbox.world.places import zone_called
from sandbox.world.provider import EventQuery, Provider

MAX_SPAN_DAYS: Final = 90
DEFAULT_DAYS: Final = 30
REPORT_DAYS: Final = 30
_FILTERS: Final = frozenset({"bounces", *(kind.value for kind in EventKind)})
_SUMS: Final = {
    "requests": EventKind.REQUESTS,
    "delivered": EventKind.DELIVERED,
    "hardBounces": EventKind.HARD_BOUNCE,
    "softBounces": EventKind.SOFT_BOUNCE,
    "clicks": EventKind.CLICK,
    "opens": EventKind.OPENED,
    "spamReports": EventKind.SPAM,
    "blocked": EventKind.BLOCKED,
    "invalid": EventKind.INVALID,
    "unsubscribed": EventKind.UNSUBSCRIBED,
}
_UNIQUE: Final = {"uniqueClicks": EventKind.CLICK, "uniqueOpens": EventKind.OPENED}


async def events(visit: Visit) -> Response:
    """GET /smtp/statistics/events."""
    world, query = visit.house.world, visit.query
    if world.faults.strikes("brevo.events_not_found", visit.subject):
        raise errors.not_found("Event not found")
    if world.faults.strikes("brevo.events_missing", visit.subject):
        return Json({})
    first, last = days_of(visit, default=DEFAULT_DAYS, most=MAX_SPAN_DAYS)
    found = _matching(visit, first, last)
    if query.get("sort", "desc") not in ("asc", "desc"):
        raise errors.invalid("sort should be asc or desc")
    if query.get("sort", "desc") == "desc":
        found.reverse()
    limit = whole(query, "limit", default=2_500, most=5_000)
    offset = whole(query, "offset", default=0)
    page = [_wire(visit, event) for event in found[offset : offset + limit]]
    if not page:
        return _empty(visit)
    stream = chance(world.seed, "page", len(world.provider.events), offset)
    if world.faults.strikes("brevo.events_repeated", visit.subject):
        page += page[: max(1, len(page) // 3)]
    if world.faults.strikes("brevo.events_shuffled", visit.subject):
        stream.shuffle(page)
    return Json({"events": page})


def _empty(visit: Visit) -> Response:
    shape = visit.house.world.switches.brevo_empty_events
    if shape == "not_found":
        raise errors.not_found("Event not found")
    return Json({"events": []} if shape == "list" else {})


def _matching(visit: Visit, first: date, last: date) -> list[MailEvent]:
    world, query = visit.house.world, visit.query
    name = query.get("event")
    if name is not None and name not in _FILTERS:
        raise errors.invalid("event is not valid")
    message_id = query.get("messageId")
    template = query.get("templateId")
    wanted = EventQuery(
        first_day=first,
        last_day=last,
        kind=None if name in (None, "bounces") else EventKind(name),
        email=query.get("email"),
        message_id=_bracketed(message_id) if message_id else None,
        tags=_tags(query.get("tags")),
        template_id=int(template) if template else None,
    )
    found = world.provider.query(wanted, now=world.now)
    if name == "bounces":
        found = [event for event in found if event.kind in (EventKind.HARD_BOUNCE, EventKind.SOFT_BOUNCE)]
    return found


def _bracketed(message_id: str) -> str:
    return f"<{message_id.strip('<>')}>"


def _tags(text: str | None) -> tuple[str, ...]:
    """Read the tags filter: a serialised JSON array, or a plain tag as some clients send it."""
    if not text:
        return ()
    try:
        tags = json.loads(text)
    except ValueError:
        return tuple(part.strip() for part in text.split(","))
    return tuple(str(tag) for tag in tags) if isinstance(tags, list) else (str(tags),)


def _wire(visit: Visit, event: MailEvent) -> dict[str, Any]:
    world = visit.house.world
    local = event.at.astimezone(zone_called(world.switches.brevo_timezone))
    bare = world.faults.peek("brevo.ids_without_brackets")
    shown: dict[str, Any] = {
        "date": local.isoformat(timespec="milliseconds"),
        "email": event.email,
        "event": event.kind.value,
        "messageId": event.message_id.strip("<>") if bare else event.message_id,
        "subject": event.subject,
        "from": event.sender,
        "tag": event.tags[0] if event.tags else "",
        "ip": event.ip,
    }
    extras = {"reason": event.reason, "link": event.link, "templateId": event.template_id}
    return shown | {name: value for name, value in extras.items() if value}


async def aggregated(visit: Visit) -> Response:
    """GET /smtp/statistics/aggregatedReport."""
    first, last = days_of(visit, default=MAX_SPAN_DAYS, most=None)
    found = _visible(visit, first, last)
    return Json({"range": f"{first.isoformat()}|{last.isoformat()}", **_sums(found)})


async def reports(visit: Visit) -> Response:
    """GET /smtp/statistics/reports: the same sums, a day each."""
    first, last = days_of(visit, default=REPORT_DAYS, most=REPORT_DAYS)
    provider = visit.house.world.provider
    by_day: dict[date, list[MailEvent]] = {}
    for event in _visible(visit, first, last):
        by_day.setdefault(provider.local_day(event.at), []).append(event)
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    if visit.query.get("sort", "desc") == "desc":
        days.reverse()
    limit = whole(visit.query, "limit", default=10, most=30)
    offset = whole(visit.query, "offset", default=0)
    shown = [{"date": day.isoformat(), **_sums(by_day.get(day, []))} for day in days[offset : offset + limit]]
    return Json({"reports": shown})


def _visible(visit: Visit, first: date, last: date) -> list[MailEvent]:
    world, tag = visit.house.world, visit.query.get("tag")
    provider: Provider = world.provider
    return [
        event
        for event in provider.within(first, last)
        if event.visible_at <= world.now and (not tag or tag in event.tags)
    ]


def _sums(events_of_range: Iterable[MailEvent]) -> dict[str, int]:
    found = list(events_of_range)
    sums = {name: sum(event.kind is kind for event in found) for name, kind in _SUMS.items()}
    for name, kind in _UNIQUE.items():
        sums[name] = len({(event.message_id, event.email) for event in found if event.kind is kind})
    return sums


def days_of(visit: Visit, *, default: int, most: int | None) -> tuple[date, date]:
    """Return the first and the last day a query covers.

    Raises:
        BrevoRefusal: 400 for half a range, a reversed or too long one, or `days` together with dates.
    """
    query, provider = visit.query, visit.house.world.provider
    today = provider.local_day(visit.house.world.now)
    first, last, days = query.get("startDate"), query.get("endDate"), query.get("days")
    if days is not None:
        if first or last:
            raise errors.invalid("days is not compatible with startDate and endDate")
        count = whole(query, "days", default=default, most=most or MAX_SPAN_DAYS)
        return today - timedelta(days=count), today
    if first is None and last is None:
        return today - timedelta(days=default), today
    if first is None or last is None:
        raise errors.missing("startDate" if first is None else "endDate")
    try:
        start, end = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    except ValueError:
        raise errors.invalid("startDate and endDate should be of format YYYY-MM-DD") from None
    if start > end:
        raise errors.invalid("startDate should not be greater than endDate")
    if most is not None and (end - start).days > most:
        raise errors.invalid(f"Time period should not be greater than {most} days")
    return start, end


def whole(query: Mapping[str, str], name: str, *, default: int, most: int | None = None) -> int:
    """Return a whole-number parameter.

    Raises:
        BrevoRefusal: 400 invalid_parameter or out_of_range.
    """
    try:
        value = int(query.get(name, default))
    except ValueError:
        raise errors.BrevoRefusal(HTTPStatus.BAD_REQUEST, "invalid_parameter", f"{name} is not valid") from None
    if value < 0 or (most is not None and value > most):
        raise errors.out_of_range(f"{name} is out of range: 0 to {most}")
    return value

"""What a recipient does with a mail: decided when it is accepted, carried out as world time passes.

The one thing that must hold: the plan depends on the seed, the address, and how many mails that address has had; on
nothing else that other people do.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sandbox.world.chance import chance, portion, weighted
from sandbox.world.habits import REPLIES, UNDELIVERED, Fate, Habits, Scripted
from sandbox.world.mail import EventKind
from sandbox.world.places import next_working_moment

_PROXY_IP: Final = "66.249.84.12"
_GATEWAY_IP: Final = "203.0.113.25"
_REASONS: Final[dict[Fate, tuple[EventKind, str]]] = {
    Fate.HARD_BOUNCE: (
        EventKind.HARD_BOUNCE,
        " RecipientError: 550 5.5.0 Requested action not taken: mailbox unavailable.",
    ),
    Fate.SOFT_BOUNCE: (EventKind.SOFT_BOUNCE, "452 4.2.2 The recipient's mailbox is over its storage limit"),
    Fate.BLOCKED: (EventKind.BLOCKED, "blocked : due to blacklist user"),
    Fate.INVALID: (EventKind.INVALID, "undefined Unable to find MX of domain"),
    Fate.ERROR: (
        EventKind.ERROR,
        (
            "Sending has been rejected because the sender you used {sender} is not valid. "
            "Validate your sender or authenticate your domain"
        ),
    ),
}
_GREYLISTED: Final = "451 4.7.1 Greylisting in action, please come back later"


class Doing(StrEnum):
    """Kinds of things that happen later."""

    EVENT = "event"
    REPLY = "reply"
    AWAY_NOTICE = "away_notice"
    BOUNCE_NOTICE = "bounce_notice"
    SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that will happen to one mail and one recipient at an instant.

    `word` is the event name, the reply kind, or the ISO date somebody returns on.
    """

    at: datetime
    doing: Doing
    message_id: str
    email: str
    word: str = ""
    reason: str = ""
    link: str = ""
    ip: str = ""
    postponed: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a plan is made from: `nth` is 1 for the first mail an address receives."""

    seed: int
    habits: Habits
    message_id: str
    sender: str
    email: str
    domain: str
    zone: str
    at: datetime
    nth: int
    links: tuple[str, ...]
    scripted: Sequence[Scripted] = ()


def plan(case: Situation) -> list[Happening]:
    """Decide everything that follows from one mail being accepted, in no particular order of time."""
    stream = chance(case.seed, "mail", case.email, case.nth)
    fates = _scripted_fates(case) if case.scripted else _drawn_fates(case, stream)
    happenings = [_event(case, case.at, EventKind.REQUESTS)]
    for fate, _ in fates:
        if fate in UNDELIVERED:
            return happenings + _failure(case, fate, stream)
    arrived = case.at + timedelta(seconds=stream.uniform(1, 20))
    if any(fate is Fate.DEFERRED for fate, _ in fates):
        happenings.append(_event(case, arrived, EventKind.DEFERRED, reason=_GREYLISTED))
        arrived += timedelta(minutes=stream.uniform(5, 180))
    happenings.append(_event(case, arrived, EventKind.DELIVERED))
    for fate, after in fates:
        happenings += _reaction(case, fate, arrived, after, stream)
    return happenings


def _scripted_fates(case: Situation) -> list[tuple[Fate, timedelta | None]]:
    return [(order.fate, order.after) for order in case.scripted if order.on_mail in (0, case.nth)]


def _drawn_fates(case: Situation, stream: random.Random) -> list[tuple[Fate, timedelta | None]]:
    habits = case.habits
    standing = portion(case.seed, "standing", case.email)
    fates: list[Fate] = []
    if standing < habits.hard_bounce + habits.invalid:
        return [(Fate.HARD_BOUNCE if standing < habits.hard_bounce else Fate.INVALID, None)]
    failure = stream.random() * (1.0 - habits.hard_bounce - habits.invalid)
    for fate, share in (
        (Fate.SOFT_BOUNCE, habits.soft_bounce),
        (Fate.BLOCKED, habits.blocked),
        (Fate.ERROR, habits.error),
    ):
        if failure < share:
            return [(fate, None)]
        failure -= share
    if habits.scanners and portion(case.seed, "gateway", case.domain) < habits.scanners:
        fates.append(Fate.SCANNER)
    for fate, share in (
        (Fate.DEFERRED, habits.deferred_first),
        (Fate.PROXY_OPEN, habits.proxy_opens),
        (Fate.OPEN, habits.opens),
        (Fate.CLICK, habits.clicks),
        (Fate.OUT_OF_OFFICE, habits.out_of_office),
        (Fate.UNSUBSCRIBE, habits.unsubscribes),
        (Fate.COMPLAINT, habits.complaints),
    ):
        if stream.random() < share:
            fates.append(fate)
    reply = _reply_fate(case)
    if reply is not None:
        fates.append(reply)
    return [(fate, None) for fate in fates]


def _reply_fate(case: Situation) -> Fate | None:
    habits = case.habits
    if portion(case.seed, "willing", case.email) >= habits.replies:
        return None
    person = chance(case.seed, "person", case.email)
    answers_to = weighted(person, [(index + 1, share) for index, share in enumerate(habits.reply_by_mail)])
    kind = weighted(person, habits.reply_mix)
    if answers_to != case.nth:
        return None
    return next(fate for fate, meant in REPLIES.items() if meant is kind)


def _failure(case: Situation, fate: Fate, stream: random.Random) -> list[Happening]:
    kind, reason = _REASONS[fate]
    at = case.at + timedelta(seconds=stream.uniform(1, 30))
    reason = reason.format(sender=case.sender)
    if fate is Fate.INVALID:
        reason = f"{reason} {case.domain}"
    happenings = [_event(case, at, kind, reason=reason)]
    if fate is Fate.HARD_BOUNCE and stream.random() < case.habits.bounce_mails:
        happenings.append(
            Happening(at + timedelta(seconds=5), Doing.BOUNCE_NOTICE, case.message_id, case.email, reason=reason)
        )
    return happenings


def _reaction(
    case: Situation, fate: Fate, arrived: datetime, after: timedelta | None, stream: random.Random
) -> list[Happening]:
    """Turn one fate of a delivered mail into happenings; `after` overrules the person's own pace."""
    read = arrived + after if after is not None else _reading_time(case, arrived, stream)
    if fate in REPLIES:
        opened = _event(case, read, EventKind.OPENED)
        answered = read if after is not None else _answering_time(case, read, stream)
        return [opened, Happening(answered, Doing.REPLY, case.message_id, case.email, word=REPLIES[fate].value)]
    if fate is Fate.SCANNER:
        return _scan(case, arrived, stream)
    if fate is Fate.PROXY_OPEN:
        at = arrived + (after if after is not None else timedelta(seconds=stream.uniform(20, 900)))
        return [_event(case, at, EventKind.PROXY_OPENED, ip=_PROXY_IP)]
    if fate is Fate.OUT_OF_OFFICE:
        at = arrived + (after if after is not None else timedelta(seconds=stream.uniform(5, 120)))
        returns = (at + timedelta(days=stream.randint(2, 14))).date()
        return [Happening(at, Doing.AWAY_NOTICE, case.message_id, case.email, word=returns.isoformat())]
    opened = _event(case, read, EventKind.OPENED)
    if fate is Fate.OPEN:
        return [opened]
    later = read + timedelta(seconds=0 if after is not None else stream.uniform(8, 240))
    if fate is Fate.CLICK:
        return [opened, *(_event(case, later, EventKind.CLICK, link=link) for link in case.links[:1])]
    if fate is Fate.UNSUBSCRIBE:
        return [opened, _event(case, later, EventKind.UNSUBSCRIBED)]
    return [opened, _event(case, later, EventKind.SPAM)] if fate is Fate.COMPLAINT else []


def _scan(case: Situation, arrived: datetime, stream: random.Random) -> list[Happening]:
    """A gateway opens the mail and follows every link within seconds of delivery, as no person does."""
    at = arrived + timedelta(seconds=stream.uniform(0.5, 3))
    found = [_event(case, at, EventKind.OPENED, ip=_GATEWAY_IP)]
    for link in case.links:
        at += timedelta(seconds=stream.uniform(0.05, 0.8))
        found.append(_event(case, at, EventKind.CLICK, link=link, ip=_GATEWAY_IP))
    return found


def _reading_time(case: Situation, arrived: datetime, stream: random.Random) -> datetime:
    """People read within minutes to days, mostly while they work."""
    read = arrived + timedelta(minutes=min(stream.lognormvariate(4.0, 1.6), 4 * 24 * 60))
    return read if stream.random() < 0.2 else next_working_moment(read, case.zone, stream)  # noqa: PLR2004 - evenings


def _answering_time(case: Situation, read: datetime, stream: random.Random) -> datetime:
    answered = read + timedelta(minutes=stream.uniform(2, 300))
    return answered if stream.random() < 0.1 else next_working_moment(answered, case.zone, stream)  # noqa: PLR2004


def _event(
    case: Situation, at: datetime, kind: EventKind, *, reason: str = "", link: str = "", ip: str = ""
) -> Happening:
    return Happening(at, Doing.EVENT, case.message_id, case.email, kind.value, reason, link, ip)

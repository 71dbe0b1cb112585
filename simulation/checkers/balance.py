"""I10: each day our accepted sends equal the provider's count; a difference blocks the sends that follow.

What must hold: both numbers are also counted here, from the mails themselves, so that a comparison cannot be blind.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from simulation.facts import (
    EventHeld,
    IntentDurable,
    OperatorActed,
    ProcessCrashed,
    ProcessEnded,
    ProcessPaused,
    ProviderAccepted,
    RequestStarted,
    RunEnded,
    RunStarted,
    SwitchChanged,
    TallyDurable,
)
from simulation.history import History, Violation

_EDGE = timedelta(minutes=2)
_LONGEST_UNSEEN = timedelta(days=3)
_ASKED_WITHIN = timedelta(hours=2)
"""The provider was asked at most so long before the comparison was written down, standing still left out."""


def check(history: History) -> list[Violation]:
    """Comparisons that were wrong, missing, or not obeyed."""
    settings = next(iter(history.of(RunStarted)), None)
    if settings is None:
        return []
    return [*_wrong(history, settings), *_missing(history, settings), *_not_obeyed(history, settings)]


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _wrong(history: History, settings: RunStarted) -> Iterator[Violation]:
    """A comparison must tell the number the provider showed then, and call equal only what may be."""
    zone = ZoneInfo(settings.provider_zone)
    shown = {held.message_id: held.visible_at for held in history.of(EventHeld) if held.kind == "request"}
    theirs: dict[str, list[datetime]] = {}
    asked: Counter[str] = Counter()
    edges: Counter[str] = Counter()
    pauses = history.of(ProcessPaused)
    for fact in history.among(ProviderAccepted, RequestStarted, TallyDurable):
        if isinstance(fact, ProviderAccepted):
            theirs.setdefault(_day(fact.at, zone), []).append(shown.get(fact.message_id, fact.at))
        elif isinstance(fact, RequestStarted):
            day = _day(fact.at, zone)
            asked[day] += 1
            for near in (_day(fact.at - _EDGE, zone), _day(fact.at + _EDGE, zone)):
                if near != day:
                    edges[near] += 1
                    edges[day] += 1
        elif isinstance(fact, TallyDurable):
            mails = theirs.get(fact.day, [])
            least_shown, most_shown = _shown(mails, _asked_from(fact, pauses)), _shown(mails, fact.at)
            if not least_shown <= fact.theirs <= most_shown:
                yield Violation(
                    "I10", fact.at, f"the comparison of {fact.day} says the provider took {fact.theirs} mails; it "
                    f"showed {most_shown}", (fact.day,),
                )  # fmt: skip
            most = asked[fact.day] + edges[fact.day]
            least = fact.ours - edges[fact.day]
            if fact.verdict == "equal" and not least <= fact.theirs <= max(most, fact.ours):
                yield Violation(
                    "I10", fact.at, f"{fact.day} was called equal: ours {fact.ours}, the provider's {fact.theirs}, "
                    f"{most} requests", (fact.day,),
                )  # fmt: skip


def _asked_from(comparison: TallyDurable, pauses: list[ProcessPaused]) -> datetime:
    """The earliest moment at which the provider's books can have been asked for a comparison."""
    earliest = comparison.at - _ASKED_WITHIN
    for pause in reversed(pauses):
        until = min(pause.until, comparison.at)
        if pause.who in ("the machine", comparison.who) and pause.at < comparison.at and until > earliest:
            earliest -= until - pause.at
    return earliest


def _shown(mails: list[datetime], asked: datetime) -> int:
    """How many of a day's mails the provider's books showed at a moment."""
    return sum(at <= asked for at in mails)


def _missing(history: History, settings: RunStarted) -> Iterator[Violation]:
    """A day with mails is compared sooner or later, as long as any comparison is made at all."""
    ends = next((fact.at for fact in history.of(RunEnded)), None)
    zone = ZoneInfo(settings.provider_zone)
    if ends is None:
        return
    compared = {fact.day for fact in history.of(TallyDurable)}
    for day in sorted({_day(fact.at, zone) for fact in history.of(ProviderAccepted)} - compared):
        over = datetime.combine(date.fromisoformat(day), datetime.min.time(), tzinfo=zone) + timedelta(days=1)
        if over + _LONGEST_UNSEEN < ends:
            yield Violation("I10", ends, f"{day} was never compared with the provider's books", (day,))


def _not_obeyed(history: History, settings: RunStarted) -> Iterator[Violation]:
    """From the end of a comparison that found a difference until somebody has looked, nothing is asked for."""
    found: dict[str, str] = {}
    blocked = ""
    for fact in history.among(TallyDurable, ProcessEnded, ProcessCrashed, OperatorActed, SwitchChanged, IntentDurable):
        if isinstance(fact, TallyDurable) and fact.verdict != "equal":
            found[fact.who] = fact.day
        elif isinstance(fact, ProcessEnded):
            blocked = found.pop(fact.who, blocked)
        elif isinstance(fact, ProcessCrashed):
            found.pop(fact.who, None)
        elif _looked_at(fact):
            blocked = ""
            found.clear()
        elif isinstance(fact, IntentDurable) and blocked and fact.address != settings.operator:
            yield Violation(
                "I10", fact.at, f"{fact.key} was sent although {blocked} differs from the provider's books",
                (fact.key, blocked),
            )  # fmt: skip


def _looked_at(fact: object) -> bool:
    if isinstance(fact, OperatorActed):
        return fact.action in {"resume", "adopt"} and fact.about in {"", "imbalance"}
    return isinstance(fact, SwitchChanged) and fact.name == "imbalance" and not fact.on

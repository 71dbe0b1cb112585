"""I7: hourly, daily, warm-up and per-company caps hold, whatever overlaps, dies or is restored.

What must hold: what counts is what the provider took, at the moment of its intent; a mail that was refused or lost used
nothing up, and whether the product knew which it was does not matter here. A process may keep to the limits it began
with: of those that were in force in its life it is held to the widest.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from simulation.facts import (
    CapsInForce,
    IntentDurable,
    LedgerReplaced,
    ProcessStarted,
    ProviderAccepted,
    RecipientKnown,
    RunStarted,
    SwitchChanged,
)
from simulation.history import History, Violation

HOUR = timedelta(hours=1)
_STOP_OTHER_THINGS = frozenset({"writer", "researcher"})


def check(history: History) -> list[Violation]:
    """Intents of mails that were taken, where they exceed a cap; any intent while a switch stops sending."""
    settings = next(iter(history.of(RunStarted)), None)
    return [] if settings is None else [*_exceeded(history, settings), *_while_stopped(history, settings)]


def _while_stopped(history: History, settings: RunStarted) -> Iterator[Violation]:
    """A switch that is on is a cap of nothing. Which are on in a ledger that was put back is not known here."""
    on: dict[str, str] = {}
    for fact in history.among(LedgerReplaced, SwitchChanged, IntentDurable):
        if isinstance(fact, LedgerReplaced):
            on.clear()
        elif isinstance(fact, SwitchChanged) and fact.on and fact.name not in _STOP_OTHER_THINGS:
            on[fact.name] = fact.reason
        elif isinstance(fact, SwitchChanged):
            on.pop(fact.name, None)
        elif isinstance(fact, IntentDurable) and on and fact.address != settings.operator:
            name, reason = next(iter(on.items()))
            yield Violation("I7", fact.at, f"{fact.key} was sent although {name} stops sending: {reason}", (fact.key,))


def _exceeded(history: History, settings: RunStarted) -> Iterator[Violation]:
    zone = ZoneInfo(settings.zone)
    taken = _taken(history)
    company_of: dict[str, str] = {}
    limits: list[CapsInForce] = []
    begun: dict[str, int] = {}
    days: Counter[str] = Counter()
    companies: Counter[tuple[str, str]] = Counter()
    touched: set[str] = set()
    moments: list[datetime] = []
    for index, fact in history.numbered(CapsInForce, RecipientKnown, ProcessStarted, IntentDurable):
        if isinstance(fact, CapsInForce):
            limits.append(fact)
        elif isinstance(fact, ProcessStarted):
            begun[fact.who] = max(len(limits) - 1, 0)
        elif isinstance(fact, RecipientKnown):
            company_of[fact.address] = fact.company
        elif isinstance(fact, IntentDurable) and fact.address != settings.operator and limits:
            day = fact.at.astimezone(zone).date().isoformat()
            touched.add(day)
            if index not in taken:
                continue
            company = company_of.get(fact.address, fact.company)
            moments.append(fact.at)
            days[day] += 1
            companies[company, day] += 1
            in_hour = len(moments) - bisect_right(moments, fact.at - HOUR)
            before = len({other for other in touched if other < day})
            known = limits[begun.get(fact.who, len(limits) - 1) :]
            for what, count, most in (
                ("in sixty minutes", in_hour, max(caps.per_hour for caps in known)),
                (f"on {day}", days[day], max(_per_day(caps, before) for caps in known)),
                (f"to {company} on {day}", companies[company, day], max(caps.per_company_per_day for caps in known)),
            ):
                if count > most:
                    yield Violation(
                        "I7", fact.at, f"{count} mails {what}, at most {most} were allowed", (fact.key, day, company)
                    )


def _per_day(caps: CapsInForce, before: int) -> int:
    """The limit of a day, so many sending days after the first."""
    return min(caps.ramp[before], caps.per_day) if before < len(caps.ramp) else caps.per_day


def _taken(history: History) -> set[int]:
    """Places in the history of the intents whose request the provider took."""
    latest: dict[str, int] = {}
    found = set()
    for index, fact in history.numbered(IntentDurable, ProviderAccepted):
        if isinstance(fact, IntentDurable):
            latest[fact.key] = index
        elif isinstance(fact, ProviderAccepted) and fact.key in latest:
            found.add(latest[fact.key])
    return found

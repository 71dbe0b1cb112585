"""I6: every event the provider holds is applied within a day, once, and what it means for a person follows from it.

What must hold: an event is the provider's own entry; time in which the whole machine stood still is not counted.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from simulation.facts import (
    EventApplied,
    EventHeld,
    LedgerReplaced,
    LetterHeld,
    ProcessPaused,
    RequestStarted,
    RunEnded,
    RunStarted,
    SuppressionDurable,
)
from simulation.history import History, Violation

DAY = timedelta(days=1)
_STOPS = frozenset({"unsubscribed", "hard_bounce", "complaint", "invalid"})
"""Kinds after which nobody may write to the address any more."""
Name = tuple[str, str, float, str]
F = TypeVar("F")
Named = list[tuple[Name, F]]


def check(history: History) -> list[Violation]:
    """Events that were not applied in time, were applied twice, or had no effect."""
    held = [(_name(fact), fact) for fact in history.of(EventHeld)]
    applied = [(_name(fact), fact) for fact in history.of(EventApplied)]
    return [
        *_late(history, held, applied), *_twice(history, applied), *_without_effect(history, held, applied),
        *_unheard(history),
    ]  # fmt: skip


def _name(fact: EventHeld | EventApplied) -> Name:
    """What tells two events apart: two opens within a second are one, since some ways of telling know seconds only."""
    return fact.kind, fact.message_id, fact.happened_at.timestamp() // 1, fact.link


def _restores(history: History) -> list[LedgerReplaced]:
    return [fact for fact in history.of(LedgerReplaced) if fact.how == "restored"]


def _standstills(history: History) -> list[tuple[datetime, datetime]]:
    return [(fact.at, fact.until) for fact in history.of(ProcessPaused) if fact.who == "the machine"]


def _a_day_after(start: datetime, standstills: list[tuple[datetime, datetime]]) -> datetime:
    """When the machine has run for a day since then."""
    due = start + DAY
    for begins, until in standstills:
        if begins < due and until > start:
            due += until - max(begins, start)
    return due


def _late(history: History, held: Named[EventHeld], applied: Named[EventApplied]) -> Iterator[Violation]:
    ends = next((fact.at for fact in history.of(RunEnded)), None)
    operator = next((fact.operator for fact in history.of(RunStarted)), "")
    if ends is None:
        return
    moments: dict[Name, list[datetime]] = {}
    for name, fact in applied:
        moments.setdefault(name, []).append(fact.at)
    restores, standstills = _restores(history), _standstills(history)
    for name, event in held:
        known = moments.get(name, ())
        if event.address == operator or (known and not restores and known[0] - event.visible_at <= DAY):
            continue
        # Each copy that was put back may have forgotten the event: it is due again from then on.
        for begins, until in _spans(event, restores, ends):
            due = _a_day_after(begins, standstills)
            if due > min(until, ends):
                continue
            if not any(at <= due for at in known if _remembered(at, begins, restores)):
                yield Violation(
                    "I6", due, f"{event.kind} of {event.address} was shown at {begins:%Y-%m-%d %H:%M}Z and not applied "
                    "a day later", (event.message_id, event.address),
                )  # fmt: skip


def _spans(held: EventHeld, restores: list[LedgerReplaced], ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    begins = held.visible_at
    for restore in restores:
        if restore.at > begins:
            yield begins, restore.at
            begins = restore.at
    yield begins, ends


def _remembered(at: datetime, begins: datetime, restores: list[LedgerReplaced]) -> bool:
    """Whether what was applied at a moment is still in the ledger that is used from ``begins`` on."""
    return not any(restore.since < at <= restore.at <= begins for restore in restores)


def _twice(history: History, applied: Named[EventApplied]) -> Iterator[Violation]:
    names = (name for name, _ in applied)
    seen: dict[Name, datetime] = {}
    for fact in history.among(LedgerReplaced, EventApplied):
        if isinstance(fact, LedgerReplaced) and fact.how == "restored":
            seen = {name: at for name, at in seen.items() if at <= fact.since}
        elif isinstance(fact, EventApplied):
            name = next(names)
            if name in seen:
                yield Violation(
                    "I6", fact.at, f"{fact.kind} of {fact.message_id} was applied a second time", (fact.message_id,)
                )
            seen[name] = fact.at


def _without_effect(history: History, held: Named[EventHeld], applied: Named[EventApplied]) -> Iterator[Violation]:
    """Whoever bounced, complained or unsubscribed is suppressed a day after the ledger knew."""
    ends = next((fact.at for fact in history.of(RunEnded)), None)
    if ends is None:
        return
    addresses = {name: fact.address for name, fact in held if fact.kind in _STOPS}
    operators = {fact.operator for fact in history.of(RunStarted)}  # no send to a lead depends on the digest's reader
    suppressed: dict[str, datetime] = {}
    standstills = _standstills(history)
    for known in history.of(SuppressionDurable):
        if known.until is None:
            suppressed.setdefault(known.whom, known.at)
    for name, fact in applied:
        address = addresses.get(name, "")
        if not address or address in operators:
            continue
        due = _a_day_after(fact.at, standstills)
        if due <= ends and suppressed.get(address, due) >= due:
            yield Violation(
                "I6", due, f"{fact.kind} of {address} was applied and {address} is not suppressed", (address,)
            )


def _unheard(history: History) -> Iterator[Violation]:
    """A person whom we wrote to and who answers is left alone a day later, whatever they said."""
    ends = next((fact.at for fact in history.of(RunEnded)), None)
    if ends is None:
        return
    standstills = _standstills(history)
    operators = {fact.operator for fact in history.of(RunStarted)}  # whoever gets the digest may answer it
    written = {fact.address for fact in history.of(RequestStarted)} - operators
    suppressed = {known.whom for known in history.of(SuppressionDurable)}
    for letter in history.of(LetterHeld):
        due = _a_day_after(letter.at, standstills)
        if letter.kind == "person" and letter.sender in written and due <= ends and letter.sender not in suppressed:
            yield Violation(
                "I6", due, f"{letter.sender} answered at {letter.at:%Y-%m-%d %H:%M}Z and is not suppressed",
                (letter.sender, letter.uid),
            )  # fmt: skip

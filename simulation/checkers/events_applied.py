"""I6: every event the provider holds is applied within a day, once, and what it means for a person follows from it.

What must hold: an event is the provider's own entry; time in which the whole machine stood still is not counted.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

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
Name = tuple[str, str, datetime, str]


def check(history: History) -> list[Violation]:
    """Events that were not applied in time, were applied twice, or had no effect."""
    return [*_late(history), *_twice(history), *_without_effect(history), *_unheard(history)]


def _name(fact: EventHeld | EventApplied) -> Name:
    """What tells two events apart: two opens within a second are one, since some ways of telling know seconds only."""
    return fact.kind, fact.message_id, fact.happened_at.replace(microsecond=0), fact.link


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


def _late(history: History) -> Iterator[Violation]:
    ends = next((fact.at for fact in history.of(RunEnded)), None)
    operator = next((fact.operator for fact in history.of(RunStarted)), "")
    if ends is None:
        return
    applied: dict[Name, list[datetime]] = {}
    for fact in history.of(EventApplied):
        applied.setdefault(_name(fact), []).append(fact.at)
    restores, standstills = _restores(history), _standstills(history)
    for held in history.of(EventHeld):
        if held.address == operator:
            continue
        # Each copy that was put back may have forgotten the event: it is due again from then on.
        for begins, until in _spans(held, restores, ends):
            due = _a_day_after(begins, standstills)
            if due > min(until, ends):
                continue
            if not any(at <= due for at in applied.get(_name(held), ()) if _remembered(at, begins, restores)):
                yield Violation(
                    "I6", due, f"{held.kind} of {held.address} was shown at {begins:%Y-%m-%d %H:%M}Z and not applied "
                    "a day later", (held.message_id, held.address),
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


def _twice(history: History) -> Iterator[Violation]:
    seen: dict[Name, datetime] = {}
    for fact in history.among(LedgerReplaced, EventApplied):
        if isinstance(fact, LedgerReplaced) and fact.how == "restored":
            seen = {name: at for name, at in seen.items() if at <= fact.since}
        elif isinstance(fact, EventApplied):
            if _name(fact) in seen:
                yield Violation(
                    "I6", fact.at, f"{fact.kind} of {fact.message_id} was applied a second time", (fact.message_id,)
                )
            seen[_name(fact)] = fact.at


def _without_effect(history: History) -> Iterator[Violation]:
    """Whoever bounced, complained or unsubscribed is suppressed a day after the ledger knew."""
    ends = next((fact.at for fact in history.of(RunEnded)), None)
    if ends is None:
        return
    addresses = {_name(fact): fact.address for fact in history.of(EventHeld)}
    operators = {fact.operator for fact in history.of(RunStarted)}  # no send to a lead depends on the digest's reader
    suppressed: dict[str, datetime] = {}
    standstills = _standstills(history)
    for known in history.of(SuppressionDurable):
        if known.until is None:
            suppressed.setdefault(known.whom, known.at)
    for fact in history.of(EventApplied):
        address = addresses.get(_name(fact), "")
        due = _a_day_after(fact.at, standstills)
        if address in operators:
            continue
        if fact.kind in _STOPS and address and due <= ends and suppressed.get(address, due) >= due:
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

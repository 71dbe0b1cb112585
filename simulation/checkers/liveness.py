"""I9: once faults are gone, every due item reaches a final state within one working day.

What must hold: only what is nobody's fault excuses a send: a switch that is on, a night, a day off, a full cap, a pause
after an answer.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from simulation.facts import (
    Approved,
    FaultsEnded,
    IntentDurable,
    LedgerReplaced,
    RunEnded,
    RunStarted,
    StateChanged,
    SuppressionDurable,
    SwitchChanged,
)
from simulation.history import History, Violation

DAY = timedelta(days=1)
_LONGEST = {
    "claimed": timedelta(hours=2),
    "sending": timedelta(hours=2),
    "unknown": timedelta(hours=26),
    "ready": timedelta(days=4),
}
"""How long a send may stay in a state: a lease and the next run, a day of look-ups, a draft's age and a weekend."""


def check(history: History) -> list[Violation]:
    """Sends that are stuck at the end, though nothing has been in their way."""
    ended, faults = history.of(RunEnded), history.of(FaultsEnded)
    return list(_stuck(history, ended[-1].at, faults[0].at)) if ended and faults else []


def _stuck(history: History, end: datetime, calm: datetime) -> Iterator[Violation]:
    operator = next((fact.operator for fact in history.of(RunStarted)), "")
    people = {fact.key: fact.address for fact in history.of(Approved)}
    companies = {fact.key: fact.company for fact in history.of(Approved)}
    left_alone = {fact.whom for fact in history.of(SuppressionDurable) if fact.until is not None and fact.until > end}
    latest: dict[str, StateChanged] = {}
    intents: dict[str, datetime] = {}
    for fact in history.among(StateChanged, IntentDurable, LedgerReplaced):
        if isinstance(fact, StateChanged):
            latest[fact.key] = fact
        elif isinstance(fact, IntentDurable):
            intents[fact.key] = fact.at
        elif isinstance(fact, LedgerReplaced) and fact.how == "restored":
            latest = _known_then(history, fact)
    free = max(calm, _last_stop(history, end))
    for key, fact in latest.items():
        longest = _LONGEST.get(fact.after)
        if longest is None or people.get(key) == operator:
            continue
        if fact.after == "ready" and left_alone & {people.get(key, ""), companies.get(key, "")}:
            continue
        since = intents.get(key, fact.at) if fact.after == "unknown" else fact.at
        if max(since, free) + longest < end:
            yield Violation(
                "I9", end, f"{key} has been {fact.after} since {since:%Y-%m-%d %H:%M}Z, {end - since} before the end",
                (key,),
            )  # fmt: skip


def _known_then(history: History, restore: LedgerReplaced) -> dict[str, StateChanged]:
    """What stands in the copy that was put back; a copy of a copy knows what the first one knew."""
    states: dict[str, StateChanged] = {}
    for fact in history.among(StateChanged, LedgerReplaced):
        if fact is restore or fact.at > restore.since:
            break
        if isinstance(fact, StateChanged):
            states[fact.key] = fact
        elif isinstance(fact, LedgerReplaced) and fact.how == "restored":
            states = _known_then(history, fact)
    return states


def _last_stop(history: History, end: datetime) -> datetime:
    """The last moment at which a switch stopped sending."""
    on: set[str] = set()
    last = datetime.min.replace(tzinfo=end.tzinfo)
    for fact in history.of(SwitchChanged):
        on = on | {fact.name} if fact.on else on - {fact.name}
        last = fact.at
    return end if on else last

"""I11: past partitions never act: no request, no paid call; and what is made again from the same ledger is the same.

What must hold: a process' day is the one it was started for; one that runs on over midnight was started for today.
"""

from collections.abc import Iterator

from simulation.facts import (
    Approved,
    EventApplied,
    IntentDurable,
    LedgerReplaced,
    LetterApplied,
    LookedUp,
    PaidCall,
    Planned,
    ProcessStarted,
    RequestStarted,
    StateChanged,
    SuppressionDurable,
    TableRebuilt,
)
from simulation.history import History, Violation

_CHANGES = (
    Approved, EventApplied, LedgerReplaced, LetterApplied, LookedUp, Planned, StateChanged, SuppressionDurable,
)  # fmt: skip


def check(history: History) -> list[Violation]:
    """Acts of processes that were started for a past day, and tables that came back different."""
    return [*_acts(history), *_differences(history)]


def _acts(history: History) -> Iterator[Violation]:
    past: dict[str, str] = {}
    for fact in history.among(ProcessStarted, IntentDurable, RequestStarted, PaidCall):
        if isinstance(fact, ProcessStarted) and fact.partition and fact.partition != fact.today:
            past[fact.who] = fact.partition
        elif isinstance(fact, IntentDurable | RequestStarted | PaidCall) and fact.who in past:
            did = "paid for a call" if isinstance(fact, PaidCall) else "sent"
            key = "" if isinstance(fact, PaidCall) else fact.key
            yield Violation(
                "I11",
                fact.at,
                f"{fact.who} was started for {past[fact.who]} and {did}",
                (fact.who, *filter(None, (key,))),
            )


def _differences(history: History) -> Iterator[Violation]:
    made: dict[tuple[str, str], TableRebuilt] = {}
    for fact in history.among(*_CHANGES, TableRebuilt):
        if isinstance(fact, _CHANGES):
            made.clear()
        elif isinstance(fact, TableRebuilt):
            first = made.setdefault((fact.table, fact.partition), fact)
            if (first.rows, first.fingerprint) != (fact.rows, fact.fingerprint):
                yield Violation(
                    "I11", fact.at, f"{fact.table} of {fact.partition} was made twice from one ledger and differs: "
                    f"{first.rows} and {fact.rows} rows", (fact.table, fact.partition),
                )  # fmt: skip

"""I8: nothing leaves silently: every send that was ever planned is in one state, and the states add up.

What must hold: the sum is folded from the changes as committed, and held against the rows the database has.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from simulation.facts import (
    Approved,
    IntentDurable,
    LedgerReplaced,
    OperatorActed,
    RunStarted,
    StateChanged,
    StatesCounted,
)
from simulation.history import History, Violation

DAY = timedelta(days=1)
STATES = frozenset({
    "ready", "claimed", "sending", "accepted", "rejected", "unknown", "presumed", "cancelled",
})  # fmt: skip
_NEXT: dict[str, frozenset[str]] = {
    "": frozenset({"ready", "accepted"}),
    "ready": frozenset({"claimed", "cancelled", "accepted"}),
    "claimed": frozenset({"ready", "sending", "cancelled", "accepted"}),
    "sending": frozenset({"accepted", "rejected", "ready", "unknown"}),
    "unknown": frozenset({"accepted", "presumed", "rejected"}),
    "presumed": frozenset({"accepted", "rejected"}),
    "rejected": frozenset({"ready", "accepted"}),
    "cancelled": frozenset({"ready", "accepted"}),
    "accepted": frozenset(),
}
"""Which state may follow which; what the provider reports may settle any."""


def check(history: History) -> list[Violation]:
    """Rows that vanished or appeared, counts that do not add up, and steps between states that do not exist."""
    return [*_sums(history), *_impossible(history), *_presumed_early(history)]


def _sums(history: History) -> Iterator[Violation]:
    operator = next((fact.operator for fact in history.of(RunStarted)), "")
    digests = {fact.key for fact in history.of(Approved) if fact.address == operator}
    states: dict[str, str] = {}
    copies: list[tuple[OperatorActed, dict[str, str]]] = []
    for fact in history.among(StateChanged, OperatorActed, LedgerReplaced, StatesCounted):
        if isinstance(fact, StateChanged):
            states[fact.key] = fact.after
        elif isinstance(fact, OperatorActed) and fact.action == "backup":
            copies.append((fact, dict(states)))
        elif isinstance(fact, LedgerReplaced) and fact.how == "restored":
            states = next((dict(copy) for made, copy in reversed(copies) if made.at == fact.since), states)
        elif isinstance(fact, StatesCounted):
            folded = Counter(state for key, state in states.items() if key not in digests)
            counted = Counter(dict(fact.counts))
            if folded != counted:
                off = {state: (folded[state], counted[state]) for state in sorted((folded | counted).keys())}
                told = ", ".join(f"{state} {a} and {b}" for state, (a, b) in off.items() if a != b)
                yield Violation("I8", fact.at, f"sends by their changes and by their rows differ: {told}")


def _presumed_early(history: History) -> Iterator[Violation]:
    """An outcome is presumed a day after its intent at the earliest: so long it is looked for."""
    intents: dict[str, IntentDurable] = {}
    for fact in history.among(IntentDurable, StateChanged):
        if isinstance(fact, IntentDurable):
            intents[fact.key] = fact
        elif isinstance(fact, StateChanged) and fact.after == "presumed" and fact.key in intents:
            waited = fact.at - intents[fact.key].intended_at
            if waited < DAY:
                yield Violation("I8", fact.at, f"{fact.key} was presumed sent after {waited} only", (fact.key,))


def _impossible(history: History) -> Iterator[Violation]:
    by_hand: set[str] = set()
    known: dict[str, str] = {}
    restored = False
    for fact in history.among(OperatorActed, LedgerReplaced, StateChanged):
        if isinstance(fact, OperatorActed) and fact.action == "resolve":
            by_hand.add(fact.about)
        elif isinstance(fact, LedgerReplaced) and fact.how == "restored":
            known.clear()
            restored = True
        elif isinstance(fact, StateChanged):
            before = known.get(fact.key, fact.before if restored else "")
            if before != fact.before:
                yield Violation(
                    "I8", fact.at, f"{fact.key} was {before or 'not there'} and is said to have been "
                    f"{fact.before or 'not there'}", (fact.key,),
                )  # fmt: skip
            elif fact.after not in _NEXT.get(fact.before, STATES) and fact.key not in by_hand:
                yield Violation(
                    "I8", fact.at, f"{fact.key} went from {fact.before or 'nothing'} to {fact.after}", (fact.key,)
                )
            known[fact.key] = fact.after

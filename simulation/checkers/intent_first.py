"""I5: a durable intent precedes every request: one intent, one request, one epoch.

What must hold: facts stand in the order in which they happened, so an intent counts only if it stands before.
"""

from collections.abc import Iterator

from simulation.facts import IntentDurable, LedgerReplaced, ProviderAccepted, RequestStarted
from simulation.history import History, Violation


def check(history: History) -> list[Violation]:
    """Requests and acceptances without an intent of their own; epochs that were used twice."""
    return [*_without_intent(history), *_same_epoch(history)]


def _without_intent(history: History) -> Iterator[Violation]:
    open_intents: dict[str, int] = {}
    requested: set[str] = set()
    for fact in history.among(IntentDurable, RequestStarted, ProviderAccepted):
        if isinstance(fact, IntentDurable):
            open_intents[fact.key] = open_intents.get(fact.key, 0) + 1
        elif isinstance(fact, RequestStarted):
            requested.add(fact.key)
            left = open_intents.get(fact.key, 0)
            if left < 1:
                yield Violation(
                    "I5", fact.at, f"{fact.who or 'somebody'} asked for {fact.key} without a durable intent",
                    (fact.key, fact.address),
                )  # fmt: skip
            open_intents[fact.key] = max(0, left - 1)
        elif isinstance(fact, ProviderAccepted) and fact.key not in requested:
            yield Violation(
                "I5", fact.at, f"the provider took {fact.key}, which nobody asked for", (fact.key, fact.address)
            )


def _same_epoch(history: History) -> Iterator[Violation]:
    """An epoch names one holder's turn; a ledger that was put back counts anew from its copy."""
    used: set[tuple[str, int]] = set()
    for fact in history.among(LedgerReplaced, IntentDurable):
        if isinstance(fact, LedgerReplaced) and fact.how == "restored":
            used.clear()
        elif isinstance(fact, IntentDurable):
            if (fact.key, fact.epoch) in used:
                yield Violation(
                    "I5", fact.at, f"epoch {fact.epoch} of {fact.key} was used for a second intent", (fact.key,)
                )
            used.add((fact.key, fact.epoch))

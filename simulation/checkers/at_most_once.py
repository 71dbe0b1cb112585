"""I1: the provider takes at most one mail per step and address, and what was asked for once is not given back by guess.

What must hold: acceptances are the provider's own; which step a mail belongs to was recorded when it was approved.
"""

from collections.abc import Iterator

from simulation.facts import Approved, OperatorActed, ProviderAccepted, RunStarted, StateChanged
from simulation.history import History, Violation

_ASKED_FOR = frozenset({"sending", "unknown", "presumed", "accepted"})
_BACK = frozenset({"ready", "claimed", "cancelled"})


def check(history: History) -> list[Violation]:
    """Two acceptances for one person and step; an unknown outcome that may be sent again."""
    return [*_doubles(history), *_given_back(history)]


def _doubles(history: History) -> Iterator[Violation]:
    operator = next((fact.operator for fact in history.of(RunStarted)), "")
    steps: dict[str, str] = {}
    taken: dict[tuple[str, str], ProviderAccepted] = {}
    for fact in history.among(Approved, ProviderAccepted):
        if isinstance(fact, Approved):
            steps[fact.key] = fact.step
        elif isinstance(fact, ProviderAccepted) and fact.address != operator:
            address = fact.address.strip().casefold()
            what = (steps.get(fact.key, fact.key), address)
            first = taken.setdefault(what, fact)
            if first is not fact:
                yield Violation(
                    "I1", fact.at, f"{address} got the {what[0]} twice: first at {first.at:%Y-%m-%d %H:%M:%S}Z",
                    (first.key, fact.key, address),
                )  # fmt: skip


def _given_back(history: History) -> Iterator[Violation]:
    """A person may settle an unknown outcome by hand, and a restored ledger is another one; nobody else."""
    by_hand: set[str] = set()
    for fact in history.among(OperatorActed, StateChanged):
        if isinstance(fact, OperatorActed) and fact.action == "resolve":
            by_hand.add(fact.about)
        elif isinstance(fact, StateChanged) and _is_guess(fact) and fact.key not in by_hand:
            yield Violation(
                "I1", fact.at, f"{fact.key} went from {fact.before} back to {fact.after}: it may go out again",
                (fact.key,),
            )  # fmt: skip


def _is_guess(fact: StateChanged) -> bool:
    """A request that is under way may turn out not to have left; an unknown outcome cannot."""
    if fact.before == "sending":
        return fact.after in {"claimed", "cancelled"}
    return fact.before in _ASKED_FOR and fact.after in _BACK

"""I2: no request starts for an address after a suppression of it, or of its company, was durable.

What must hold: a request counts from the moment it starts, not from the decision; a breath of two seconds lies between.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from simulation.facts import (
    Approved,
    OperatorActed,
    ProcessEnded,
    ProcessStarted,
    RecipientKnown,
    RequestStarted,
    SuppressionDurable,
    SuppressionLifted,
)
from simulation.history import History, Violation

BREATH = timedelta(seconds=2)
"""A suppression that became durable so shortly before the request may have found the intent committed."""


def check(history: History) -> list[Violation]:
    """Requests for people who must not be written to."""
    return [*_after_suppression(history), *_after_do_not_contact(history), *_lifted_by_nobody(history)]


def _after_suppression(history: History) -> Iterator[Violation]:
    companies: dict[str, set[str]] = defaultdict(set)
    suppressed: dict[str, list[SuppressionDurable]] = defaultdict(list)
    for fact in history.among(RecipientKnown, Approved, SuppressionDurable, SuppressionLifted, RequestStarted):
        if isinstance(fact, RecipientKnown | Approved):
            companies[fact.address].add(fact.company)
        elif isinstance(fact, SuppressionDurable):
            suppressed[fact.whom].append(fact)
        elif isinstance(fact, SuppressionLifted):
            kept = [each for each in suppressed[fact.whom] if each.reason != fact.reason]
            suppressed[fact.whom] = kept
        elif isinstance(fact, RequestStarted):
            for whom in (fact.address, *sorted(companies[fact.address])):
                known = next((each for each in suppressed[whom] if _holds(each, fact)), None)
                if known is not None:
                    yield Violation(
                        "I2", fact.at,
                        f"a request to {fact.address} started after {known.kind} {whom} was suppressed "
                        f"({known.reason}) at {known.at:%Y-%m-%d %H:%M:%S}Z",
                        (fact.key, fact.address, whom),
                    )  # fmt: skip
                    break


def _lifted_by_nobody(history: History) -> Iterator[Violation]:
    """Only a person takes a suppression back; no event, no letter and no posted body does."""
    by_hand: set[str] = set()
    for fact in history.among(OperatorActed, SuppressionLifted):
        if isinstance(fact, OperatorActed) and fact.action == "lift":
            by_hand.add(fact.about)
        elif isinstance(fact, SuppressionLifted) and fact.whom not in by_hand:
            yield Violation(
                "I2", fact.at, f"the suppression of {fact.whom} ({fact.reason}) was lifted, and by no person",
                (fact.whom, fact.key),
            )  # fmt: skip


def _holds(known: SuppressionDurable, request: RequestStarted) -> bool:
    return known.at + BREATH < request.at and (known.until is None or known.until > request.at)


def _after_do_not_contact(history: History) -> Iterator[Violation]:
    """The base's flag is durable once a whole intake that began after it has ended well."""
    flagged: dict[str, str] = {}
    reading: dict[str, dict[str, str]] = {}
    durable: dict[str, str] = {}
    for fact in history.among(OperatorActed, ProcessStarted, ProcessEnded, RequestStarted):
        if isinstance(fact, OperatorActed) and fact.action == "do_not_contact":
            flagged[fact.detail] = fact.about
        elif isinstance(fact, ProcessStarted) and fact.job in {"intake", "nightly"}:
            reading[fact.who] = dict(flagged)
        elif isinstance(fact, ProcessEnded) and fact.how == "done":
            durable |= reading.pop(fact.who, {})
        elif isinstance(fact, RequestStarted) and fact.address in durable:
            yield Violation(
                "I2", fact.at, f"a request to {fact.address} started after the operator's do-not-contact was read",
                (fact.key, fact.address, durable[fact.address]),
            )  # fmt: skip

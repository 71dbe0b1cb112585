"""Who must not be mailed: facts only ever add, and take back at once what was ready."""

from datetime import timedelta

import pytest

from resources.ledger.ledger import Ledger
from resources.ledger.suppressions import Suppression, SuppressionReason
from tests.builders import MONDAY, claimed, prepared, sending, state_of

GOOD = SuppressionReason.UNSUBSCRIBED


def fact(key: str, *, kind: str = "address", days: int = 0, evidence: str = "event-1") -> Suppression:
    until = MONDAY + timedelta(days=days) if days else None
    reason = SuppressionReason.OUT_OF_OFFICE if days else GOOD
    return Suppression(kind, key, reason, MONDAY, "provider_event", evidence, until, "rec1")


def test_a_fact_told_twice_is_one_fact(ledger: Ledger) -> None:
    assert ledger.suppressions.add([fact("a"), fact("a")], now=MONDAY) == 1
    assert ledger.suppressions.add([fact("a")], now=MONDAY + timedelta(days=1)) == 0
    assert ledger.suppressions.add([fact("a", evidence="event-2")], now=MONDAY) == 1
    assert ledger.suppressions.add([], now=MONDAY) == 0

    assert [entry["kind"] for entry in ledger.story("rec1")] == ["suppressed", "suppressed"]


@pytest.mark.rule("A10")
def test_what_was_ready_for_the_address_is_cancelled_and_what_is_asked_for_stays(ledger: Ledger) -> None:
    """Invariant I2. What is claimed meets the suppression in its intent; what is being sent is out of reach."""
    ready, held, gone, other = (
        prepared(ledger, 1), claimed(ledger, 2), sending(ledger, 3), prepared(ledger, 4),
    )  # fmt: skip
    hashes = {row["send_key"]: row["address_hash"] for row in ledger.sends.of_day(ready.day)}

    ledger.suppressions.add([fact(hashes[send.send_key]) for send in (ready, held, gone)], now=MONDAY)

    states = [state_of(ledger, send.send_key) for send in (ready, held, gone, other)]
    assert states == ["cancelled", "claimed", "sending", "ready"]


def test_a_company_is_suppressed_as_a_whole(ledger: Ledger) -> None:
    first, second = (prepared(ledger, number, company_key="firm.example") for number in (1, 2))
    other = prepared(ledger, 3)

    ledger.suppressions.add([fact("firm.example", kind="company")], now=MONDAY)

    assert [state_of(ledger, send.send_key) for send in (first, second, other)] == ["cancelled", "cancelled", "ready"]


def test_an_absence_cancels_nothing(ledger: Ledger) -> None:
    send = prepared(ledger, 1)
    ledger.suppressions.add([fact(send.address_hash, days=3)], now=MONDAY)

    assert state_of(ledger, send.send_key) == "ready"
    assert list(ledger.suppressions.live(now=MONDAY)) == [send.address_hash]
    assert ledger.suppressions.live(now=MONDAY + timedelta(days=3)) == {}


def test_nothing_lifts_a_suppression_for_good(ledger: Ledger) -> None:
    ledger.suppressions.add([fact("a")], now=MONDAY)

    assert list(ledger.suppressions.live(now=MONDAY + timedelta(days=36_500))) == ["a"]
    assert [row["reason"] for row in ledger.suppressions.all()] == ["unsubscribed"]

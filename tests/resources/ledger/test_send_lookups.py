"""Unknown outcomes: looked for in the provider's events, presumed sent after a day, never sent again."""

from datetime import timedelta

import pytest

from resources.ledger.ledger import Ledger
from resources.ledger.sends import Claim
from resources.ledger.unknowns import CHECKS
from tests.builders import DAY, MONDAY, send_row, sending
from tests.events import NewEvent, hear


def unknown(ledger: Ledger, number: int = 1) -> Claim:
    claim = sending(ledger, number)
    ledger.sends.unknown(claim, reason="the connection broke", now=MONDAY)
    return claim


def heard(claim: Claim, *, kind: str = "request") -> NewEvent:
    return NewEvent(
        f"{claim.send_key}.{kind}"[-32:], DAY, kind, "<m@relay>", claim.send_key, "hash", MONDAY, None, None, "{}"
    )


def test_it_is_looked_for_after_two_minutes_a_quarter_two_hours_and_a_day(ledger: Ledger) -> None:
    claim = unknown(ledger)
    asked = []
    for minutes in (*range(1, 130), *range(1430, 1450)):
        now = MONDAY + timedelta(minutes=minutes)
        for item in ledger.sends.unknown_due(now=now):
            asked.append(now - MONDAY)
            ledger.sends.looked_up(item, message_id=None, now=now)

    assert tuple(asked) == CHECKS
    row = send_row(ledger, claim.send_key)
    assert (row["state"], row["checks"], row["message_id"]) == ("presumed", 4, None)
    assert row["reason"] == "no trace after a day: presumed sent"


def test_they_are_looked_for_oldest_first_and_those_of_one_moment_by_key(ledger: Ledger) -> None:
    """SQLite had left the order open: one seed of the simulator had two histories."""
    minutes = {1: 9, 2: 3, 3: 3, 4: 0, 5: 3, 6: 1}
    for number, late in minutes.items():
        claim = sending(ledger, number, now=MONDAY + timedelta(minutes=late))
        ledger.sends.unknown(claim, reason="the connection broke", now=MONDAY + timedelta(minutes=late))
        if number % 2:
            hear(ledger, [heard(claim)], now=MONDAY + timedelta(minutes=late))

    due = [(item.intent_at, item.send_key) for item in ledger.sends.unknown_due(now=MONDAY + timedelta(hours=1))]

    assert len(due) == len(minutes)
    assert due == sorted(due)


def test_what_was_found_is_accepted(ledger: Ledger) -> None:
    claim = unknown(ledger)
    hear(ledger, [heard(claim)], now=MONDAY)

    (item,) = ledger.sends.unknown_due(now=MONDAY + CHECKS[0])
    found = ledger.events.by_send_key([item.send_key])
    ledger.sends.looked_up(item, message_id=found[item.send_key], now=MONDAY + CHECKS[0])

    row = send_row(ledger, claim.send_key)
    assert (row["state"], row["message_id"], row["intent_at"]) == ("accepted", "<m@relay>", MONDAY)
    assert ledger.sends.unknown_due(now=MONDAY + timedelta(days=9)) == []


@pytest.mark.rule("A10")
def test_an_event_that_comes_after_the_presumption_settles_it(ledger: Ledger) -> None:
    """Events come late; without this the sequence would wait for a delivery it never looks for again."""
    claim = unknown(ledger)
    tomorrow = MONDAY + CHECKS[-1]
    (item,) = ledger.sends.unknown_due(now=tomorrow)
    ledger.sends.looked_up(item, message_id=None, now=tomorrow)
    assert ledger.sends.unknown_due(now=tomorrow + timedelta(days=1)) == []

    hear(ledger, [heard(claim, kind="delivered")], now=tomorrow)

    assert [due.send_key for due in ledger.sends.unknown_due(now=tomorrow)] == [claim.send_key]


def test_a_look_up_that_comes_too_late_changes_nothing(ledger: Ledger) -> None:
    claim = unknown(ledger)
    (item,) = ledger.sends.unknown_due(now=MONDAY + CHECKS[0])
    ledger.sends.accepted(claim, message_id="<true@relay>", now=MONDAY)

    ledger.sends.looked_up(item, message_id="<other@relay>", now=MONDAY + CHECKS[0])

    assert send_row(ledger, claim.send_key)["message_id"] == "<true@relay>"

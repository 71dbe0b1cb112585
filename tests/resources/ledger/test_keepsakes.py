"""Small facts with one row each: kept once, read back whole."""

import pytest

from resources.ledger.ledger import Ledger
from tests.builders import DAY, HOUR, MONDAY


def test_a_plan_is_kept_per_day_and_replaced_when_it_differs(ledger: Ledger) -> None:
    assert ledger.keepsakes.kept("outreach_queue", DAY) is None
    assert ledger.keepsakes.keep("outreach_queue", DAY, b"first" * 1000, now=MONDAY)
    assert not ledger.keepsakes.keep("outreach_queue", DAY, b"first" * 1000, now=MONDAY + HOUR)
    assert ledger.keepsakes.keep("outreach_queue", DAY, b"second", now=MONDAY)
    assert ledger.keepsakes.keep("outreach_queue", "2026-11-24", b"other", now=MONDAY)

    assert ledger.keepsakes.kept("outreach_queue", DAY) == b"second"


@pytest.mark.rule("B9")
def test_what_was_mirrored_is_remembered_by_record(ledger: Ledger) -> None:
    ledger.keepsakes.mirror_written({}, now=MONDAY)
    ledger.keepsakes.mirror_written({"rec1": "a", "rec2": "b"}, now=MONDAY)
    ledger.keepsakes.mirror_written({"rec2": "c"}, now=MONDAY + HOUR)

    assert ledger.keepsakes.mirror_hashes() == {"rec1": "a", "rec2": "c"}


def test_an_update_of_the_chat_is_taken_once(ledger: Ledger, second: Ledger) -> None:
    assert ledger.keepsakes.last_update() is None
    assert ledger.keepsakes.take_update(8, handled="/pause", now=MONDAY)
    assert ledger.keepsakes.take_update(7, handled="/stats", now=MONDAY)
    assert not second.keepsakes.take_update(8, handled="/pause", now=MONDAY + HOUR)

    assert ledger.keepsakes.last_update() == 8


def test_a_days_balance_is_the_last_one_drawn(ledger: Ledger) -> None:
    ledger.keepsakes.tally(DAY, ours=3, provider=2, verdict="missing", now=MONDAY)
    ledger.keepsakes.tally(DAY, ours=3, provider=3, verdict="equal", now=MONDAY + HOUR)

    (row,) = ledger.keepsakes.tallies()
    assert (row["day"], row["ours"], row["provider"], row["verdict"]) == (DAY, 3, 3, "equal")

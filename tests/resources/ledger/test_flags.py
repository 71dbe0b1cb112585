"""Switches latch with their first reason; stamps remember when something was last done."""

from datetime import timedelta

import pytest

from resources.ledger.flags import Flag, FlagName
from resources.ledger.ledger import Ledger
from tests.builders import HOUR, MONDAY


@pytest.mark.rule("B4")
def test_a_switch_stays_on_with_its_first_reason_until_it_is_taken_off(ledger: Ledger, second: Ledger) -> None:
    assert ledger.flags.raise_flag(FlagName.PROVIDER, reason="no credits", actor="sender", now=MONDAY)
    assert not second.flags.raise_flag(FlagName.PROVIDER, reason="another", actor="sender", now=MONDAY + HOUR)

    assert second.flags.raised() == [Flag("provider", "no credits", "sender", MONDAY)]


@pytest.mark.rule("B19")
def test_taking_a_switch_off_is_one_step_and_leaves_a_trace(ledger: Ledger) -> None:
    assert not ledger.flags.lower_flag(FlagName.PAUSE, reason="resumed", actor="ada", now=MONDAY)
    ledger.flags.raise_flag(FlagName.PAUSE, reason="lunch", actor="ada", now=MONDAY)
    assert ledger.flags.lower_flag(FlagName.PAUSE, reason="resumed", actor="ada", now=MONDAY + HOUR)
    assert ledger.flags.raise_flag(FlagName.PAUSE, reason="dinner", actor="ada", now=MONDAY + 2 * HOUR)

    assert [flag.reason for flag in ledger.flags.raised()] == ["dinner"]
    assert ledger.verify() == 3


def test_switches_are_told_oldest_first(ledger: Ledger) -> None:
    ledger.flags.raise_flag(FlagName.PAUSE, reason="b", actor="x", now=MONDAY + HOUR)
    ledger.flags.raise_flag(FlagName.GATE, reason="a", actor="x", now=MONDAY)

    assert [flag.name for flag in ledger.flags.raised()] == ["gate", "pause"]


@pytest.mark.rule("B5")
def test_a_stamp_is_the_last_time(ledger: Ledger) -> None:
    assert ledger.flags.stamped("events.read") is None
    ledger.flags.stamp("events.read", at=MONDAY, detail="3 read")
    ledger.flags.stamp("events.read", at=MONDAY + timedelta(minutes=15), detail="4 read")

    assert ledger.flags.stamped("events.read") == (MONDAY + timedelta(minutes=15), "4 read")

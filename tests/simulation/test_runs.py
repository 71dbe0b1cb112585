"""Whole runs: repeatable to the letter, and without a violation."""

import os
import subprocess
import sys

import pytest

from simulation import facts
from simulation.history import History
from simulation.run import Outcome, Script, simulate
from tests.repository import ROOT

_PRINT_DIGEST = """
from simulation.run import Script, simulate
print(simulate(Script(11, days=2, faults="hostile", calm=0, leads=40)).history.digest())
"""


def run(seed: int, *, days: int, faults: str) -> Outcome:
    return simulate(Script(seed, days=days, faults=faults, leads=60))


def test_a_seed_gives_the_same_history_in_every_process() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", _PRINT_DIGEST], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": salt},
        ).stdout
        for salt in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "faults"), [(1, "rough"), (2, "hostile")])
def test_days_of_bad_luck_break_no_invariant(seed: int, faults: str) -> None:
    outcome = run(seed, days=8, faults=faults)  # the last five are without faults
    assert outcome.violations == ()
    assert outcome.sends > 0
    assert outcome.crashes > 0


def test_without_faults_everybody_who_is_due_gets_one_mail_and_nobody_a_second() -> None:
    outcome = run(5, days=3, faults="none")
    assert outcome.violations == ()
    assert outcome.crashes == 0
    taken = outcome.history.of(facts.ProviderAccepted)
    assert len({fact.key for fact in taken}) == len(taken) > 0
    assert not outcome.struck


def test_what_is_recorded_is_told_by_both_sides() -> None:
    """The provider's books, the wire and the ledger are three witnesses of the same mails."""
    history: History = run(6, days=3, faults="none").history
    accepted = {fact.key: fact.fingerprint for fact in history.of(facts.ProviderAccepted)}
    asked = {fact.key: fact.fingerprint for fact in history.of(facts.RequestStarted)}
    intents = {fact.key for fact in history.of(facts.IntentDurable)}
    settled = {fact.key for fact in history.of(facts.StateChanged) if fact.after == "accepted"}
    assert accepted == asked
    assert set(accepted) == intents == settled
    applied = {(fact.kind, fact.message_id, fact.happened_at) for fact in history.of(facts.EventApplied)}
    held = {(fact.kind, fact.message_id, fact.happened_at) for fact in history.of(facts.EventHeld)}
    assert applied
    assert applied <= held

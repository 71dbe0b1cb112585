"""Dense runs: thousands of people, hundreds of mails an hour, and all the bad luck on the way of a mail."""

import pytest

from simulation import facts
from simulation.kinds import SCALES, Kind
from simulation.run import Outcome, Script, simulate
from simulation.series import scripts
from simulation.shrinking import replay_command


def run(seed: int, *, days: int, faults: str, people: int) -> Outcome:
    return simulate(Script(seed, days, faults, calm=SCALES[Kind.DENSE].calm, leads=people, kind=Kind.DENSE))


def test_every_mail_goes_its_whole_way_and_no_model_writes_it() -> None:
    outcome = run(3, days=5, faults="none", people=150)
    assert outcome.violations == ()
    assert outcome.sends > 150  # more than one step for most
    asked = [fact.service for fact in outcome.history.of(facts.PaidCall)]
    assert "perplexity" not in asked
    assert len(asked) < 20  # about addresses of another domain; nothing is written
    steps = {fact.step for fact in outcome.history.of(facts.Approved)}
    assert {"opener", "bump", "breakup"} <= steps


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "faults"), [(4, "rough"), (5, "hostile")])
def test_thousands_of_mails_in_bad_luck_break_no_invariant(seed: int, faults: str) -> None:
    outcome = run(seed, days=SCALES[Kind.DENSE].longest, faults=faults, people=600)
    assert outcome.violations == ()
    assert outcome.unknowns > 5
    assert outcome.crashes > 0


def test_a_zone_of_half_hours_has_its_hourly_jobs_too() -> None:
    outcome = run(2, days=2, faults="none", people=40)
    (begun,) = outcome.history.of(facts.RunStarted)
    assert begun.zone == "Asia/Kolkata"
    jobs = {fact.job for fact in outcome.history.of(facts.ProcessStarted)}
    assert jobs == {"intake", "nightly", "outreach", "engagement"}
    assert outcome.sends > 0


def test_a_dense_series_is_made_of_weeks() -> None:
    wanted = scripts(7, days=16, seeds=1, faults="rough", kind=Kind.DENSE)
    assert [(script.days, script.calm, script.kind) for script in wanted] == [
        (7, 2, Kind.DENSE), (7, 2, Kind.DENSE), (2, 1, Kind.DENSE),
    ]  # fmt: skip
    assert "--kind dense" in replay_command(wanted[0])
    assert wanted[0].people > 400

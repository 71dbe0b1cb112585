"""A violation is told with the shortest run that shows it."""

from datetime import timedelta

from simulation.facts import FaultStruck, Planned, ProcessStarted
from simulation.history import History, Violation
from simulation.kinds import SCALES, Kind
from simulation.run import Outcome, Script
from simulation.series import scripts
from simulation.shrinking import replay_command, shrink
from tests.builders import MONDAY


def ran(script: Script) -> Outcome:
    """A world in which the invariant breaks on the third day, if at least 10 people meet a crash."""
    history = History()
    history.add(ProcessStarted(at=MONDAY, who="outreach-1#1", job="outreach", partition="", today=""))
    history.add(Planned(at=MONDAY, day="", lead_id="rec1", step="opener", standing="due", reason=""))
    history.add(FaultStruck(at=MONDAY, name="crash", about="rec1"))
    broken = script.people >= 10 and script.profile.crash > 0 and script.days >= 3
    found = (Violation("I1", MONDAY + timedelta(days=2, hours=3), "two mails", ("rec1",)),) if broken else ()
    return Outcome(script, history, found, 0, 0, 0, 0, 0.0, {})


def test_days_faults_and_people_that_are_not_needed_are_left_out() -> None:
    found = shrink(ran(Script(5, 30, "rough", leads=200)), again=ran, tries=60)

    assert found.script.days == 3
    assert found.script.profile.active() == ("crash",)
    assert 10 <= found.script.people <= 14
    assert [type(fact) for fact in found.facts] == [Planned, FaultStruck]
    assert replay_command(found.script).startswith("outbound simulate --seed 5 --days 3 --faults rough --without ")
    assert replay_command(found.script).endswith(f"--people {found.script.people}")


def test_shrinking_ends_after_its_tries_with_the_best_so_far() -> None:
    found = shrink(ran(Script(5, 30, "rough", leads=200)), again=ran, tries=2)

    assert found.runs == 2
    assert found.violation.invariant == "I1"


def test_many_days_are_many_seeds() -> None:
    wanted = scripts(7, days=70, seeds=2, faults="rough")

    assert [script.seed for script in wanted] == [7, 8, 9, 10, 11, 12]
    assert sum(script.days for script in wanted) == 140
    assert max(script.days for script in wanted) == SCALES[Kind.ORDINARY].longest

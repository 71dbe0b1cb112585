"""Bare runs: nobody plans, so that what keeps a mail from going out is the intent alone."""

from datetime import UTC, date, datetime
from random import Random

import pytest

from simulation import facts
from simulation.kinds import SCALES, Kind
from simulation.people import SEATS, Person, one_person, some_people
from simulation.run import Outcome, Script, simulate
from simulation.settings import some_campaign
from simulation.unplanned import Unplanned

NIGHT = datetime(2026, 11, 24, 2, tzinfo=UTC)
CAMPAIGN = some_campaign(Random(1), starts=date(2026, 11, 23), numbered=1, kind=Kind.BARE)


def run(seed: int, *, days: int, faults: str, people: int) -> Outcome:
    return simulate(Script(seed, days, faults, calm=SCALES[Kind.BARE].calm, leads=people, kind=Kind.BARE))


def in_berlin(count: int) -> list[Person]:
    return [one_person(Random(n), f"Harbour {n}", f"harbour{n}.com", SEATS[0], 0) for n in range(count)]


def test_what_nobody_planned_is_stopped_by_the_guards_and_by_nothing_else() -> None:
    outcome = run(3, days=5, faults="none", people=400)
    history = outcome.history

    assert outcome.violations == ()
    assert outcome.sends > 400
    assert not history.of(facts.Planned)
    held_back = {fact.reason for fact in history.of(facts.StateChanged) if fact.after == "ready"}
    assert any("outside" in reason for reason in held_back)
    assert any("weekend" in reason for reason in held_back)
    withdrawn = {fact.reason for fact in history.of(facts.StateChanged) if fact.after == "cancelled"}
    assert withdrawn & {"hard_bounce", "unsubscribed", "replied", "complaint", "refused"}
    nowhere = {fact.address for fact in history.of(facts.RecipientKnown) if not fact.zones}
    assert nowhere
    assert not nowhere & {fact.address for fact in history.of(facts.RequestStarted)}


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "faults"), [(4, "rough"), (5, "hostile")])
def test_bad_luck_and_no_plan_break_no_invariant(seed: int, faults: str) -> None:
    outcome = run(seed, days=SCALES[Kind.BARE].longest, faults=faults, people=1_200)
    assert outcome.violations == ()
    assert outcome.unknowns > 10
    assert outcome.crashes > 0
    assert any(fact.action == "suppress" for fact in outcome.history.of(facts.OperatorActed))


def test_a_run_is_the_same_twice() -> None:
    first, second = (run(6, days=3, faults="hostile", people=300).history.digest() for _ in range(2))
    assert first == second


def test_mails_are_given_at_night_when_nothing_fits_and_again() -> None:
    giver = Unplanned(Random(1), pepper="pepper", considerate=0.85)
    known = giver.welcome(in_berlin(30))
    given = [
        mail.send_key
        for _ in range(200)
        for mail in giver.give(CAMPAIGN, room=0, waiting=50, day="2026-11-24", now=NIGHT)
    ]
    assert len(set(given)) == len(known) * len(CAMPAIGN.cadence.steps)
    assert len(given) > len(set(given))


def test_nobody_is_written_to_under_an_address_of_another_company() -> None:
    giver = Unplanned(Random(1), pepper="pepper", considerate=0.85)
    people = some_people(Random(2), 2_000)
    known = giver.welcome(people)
    chosen = [reader.person for reader in known]
    assert len(chosen) > 1_800
    assert {person.address.rpartition("@")[2] for person in chosen} <= {person.company for person in people}
    assert len({person.address for person in chosen}) == len(known)
    assert 0 < sum(not person.seat.zones for person in chosen) <= 3

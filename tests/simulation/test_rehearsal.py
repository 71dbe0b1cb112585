"""A campaign's own days ahead of time."""

from datetime import date

from simulation.rehearsal import rehearse
from tests.builders import campaign
from tests.stages.office import lead

BEGINS = date(2026, 11, 23)


def test_a_rehearsal_tells_volume_the_dry_day_and_who_never_gets_a_mail() -> None:
    rows = [lead(number) for number in range(1, 9)]
    rows.append(lead(20, Country="Atlantis", City=""))
    rows.append(lead(21, Email="nobody"))

    found = rehearse(campaign(caps={"per_day": 3, "per_hour": 3}), rows, begins=BEGINS, days=5, seed=1)

    assert [day.mails["opener"] for day in found.days[:3]] == [3, 3, 2]
    assert found.contacted == 8
    assert found.waiting == 0
    assert found.dry_on == "2026-11-25"
    assert sum(len(leads) for leads in found.never.values()) == 2
    assert set(found.never) == {"'...' has no @", "nobody knows what time it is there: no zone for this place"}
    assert found.cost_usd > 0


def test_who_is_not_reached_in_time_is_waiting_and_not_lost() -> None:
    rows = [lead(number) for number in range(1, 9)]

    found = rehearse(campaign(caps={"per_day": 2, "per_hour": 2}), rows, begins=BEGINS, days=2, seed=1)

    assert found.contacted == 4
    assert found.waiting == 4
    assert found.dry_on is None
    assert not found.never

"""How many mails may leave now."""

from datetime import date, timedelta
from pathlib import Path

from stages.outlook import outlook
from tests.builders import DAY, MONDAY, prepared
from tests.stages.office import open_office


async def test_the_room_of_the_moment_is_the_smaller_of_hour_and_day(tmp_path: Path) -> None:
    office = open_office(tmp_path, caps={"per_hour": 5, "per_day": 7}, hours={"closed_days": [date(2026, 11, 24)]})
    view = outlook(office.campaign, ledger=office.ledger, now=office.now)
    assert (view.room, view.day, view.policy.day_cap) == (5, DAY, 7)
    for number in range(5):
        prepared(office.ledger, number)
    await office.send()
    assert outlook(office.campaign, ledger=office.ledger, now=office.now).room == 0
    office.later(hours=2)
    assert outlook(office.campaign, ledger=office.ledger, now=office.now).room == 2
    office.clock.move_to(MONDAY + timedelta(days=1))
    prepared(office.ledger, 9, now=office.now)
    await office.send()
    assert len(office.accepted) == 5
    office.close()

"""A weekend in every zone of the world: no follow-up leaves while it is one where the recipient is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rules.holidays_calendar import weekend_of
from rules.place.zones import UNKNOWN, Confidence, Zones
from rules.timezones import zone, zones_by_country
from tests.builders import new_send
from tests.stages.office import open_office

SATURDAY_EVENING = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
"""It is eight on Sunday morning in Kiritimati, where Sunday comes first."""
SUNDAY = 6


@pytest.mark.rule("A1")
@pytest.mark.rule("A5")
async def test_a_follow_up_is_never_sent_on_a_sunday_anywhere(tmp_path: Path) -> None:
    """Every country with each of its zones, every hour from before the first Sunday to after the last."""
    office = open_office(tmp_path, start=SATURDAY_EVENING, caps={"per_hour": 10_000, "per_day": 10_000})
    where: dict[str, tuple[str, str]] = {}
    mails = []
    for country, names in zones_by_country().items():
        for name in names:
            send = new_send(
                len(where) + 1, step="bump", not_before=office.now,
                places=Zones((name,), Confidence.HIGH, "stated", country),
            )  # fmt: skip
            where[send.address] = (country, name)
            mails.append(send)
    nowhere = new_send(9_999, step="bump", places=UNKNOWN, not_before=office.now)
    office.ledger.sends.prepare([*mails, nowhere], now=office.now)

    for _ in range(47):
        await office.send()
        office.later(hours=1)

    sent = [(*where[mail.mail.to[0].email], mail.at) for mail in office.world.provider.mails.values()]
    wrong = [
        (country, name, f"{at.astimezone(zone(name)):%a %H:%M}")
        for country, name, at in sent
        if at.astimezone(zone(name)).weekday() in weekend_of(country) or not 9 <= at.astimezone(zone(name)).hour < 17
    ]
    assert wrong == []
    on_sunday = {country for country, name, at in sent if at.astimezone(zone(name)).weekday() == SUNDAY}
    assert on_sunday <= {country for country in zones_by_country() if SUNDAY not in weekend_of(country)}
    assert {"IL", "EG"} <= on_sunday
    assert {"DE", "US", "SG", "JP"} & on_sunday == set()
    assert len(sent) > 0.9 * len(where)
    assert nowhere.address not in office.accepted
    assert office.now - SATURDAY_EVENING == timedelta(hours=47)
    office.close()

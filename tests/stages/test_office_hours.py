"""Where a fresh sandbox's time begins: now in office hours, else in the last ones, never later than now."""

from datetime import UTC, datetime, timedelta

import pytest

from stages.office_hours import last_office_hours
from tests.builders import campaign

BERLIN = campaign()


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-25T12:00+01:00", "2026-11-25T12:00+01:00"),
        ("2026-11-25T15:30+01:00", "2026-11-25T10:00+01:00"),
        ("2026-11-25T08:00+01:00", "2026-11-24T10:00+01:00"),
        ("2026-11-22T04:00+01:00", "2026-11-20T10:00+01:00"),
        ("2026-12-27T20:00+01:00", "2026-12-24T10:00+01:00"),
    ],
    ids=["at noon", "late on a working day", "before it begins", "on a Sunday", "after the holidays"],
)
def test_it_begins_where_somebody_is_at_work(now: str, begins: str) -> None:
    assert last_office_hours(datetime.fromisoformat(now), BERLIN) == datetime.fromisoformat(begins)


def test_it_is_never_later_than_now() -> None:
    for hour in range(24 * 60):
        now = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=hour)
        assert now - timedelta(days=14) < last_office_hours(now, BERLIN) <= now

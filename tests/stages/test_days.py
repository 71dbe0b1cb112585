"""Days as the operator counts them."""

from datetime import UTC, datetime

import pytest

from stages.days import day_of, next_day_at, starts_at
from tests.builders import HOUR
from tests.stages.office import Office


@pytest.mark.rule("B25")
def test_a_day_is_a_day_of_the_operator(office: Office) -> None:
    zone = office.campaign.zone
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert day_of(late, zone) == "2026-11-24"
    assert starts_at("2026-11-24", zone) == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert next_day_at(late, zone) == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    spring = next_day_at(datetime(2027, 3, 27, 12, 0, tzinfo=UTC), zone)
    assert (spring, next_day_at(spring, zone) - spring) == (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), 23 * HOUR)

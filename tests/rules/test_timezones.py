"""The time zone rules are the packaged ones, whatever the machine has."""

import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest

from rules.timezones import zone, zones_by_country


def test_vancouver_is_at_minus_seven_in_january_2027() -> None:
    moment = datetime(2027, 1, 15, 12, tzinfo=UTC)
    assert moment.astimezone(zone("America/Vancouver")).utcoffset() == timedelta(hours=-7)


def test_an_unknown_zone_is_an_error_and_not_utc() -> None:
    for name in ("Mars/Olympus", "America", "../zone.tab", ""):
        with pytest.raises(zoneinfo.ZoneInfoNotFoundError):
            zone(name)


def test_every_zone_of_every_country_loads() -> None:
    assert all(zone(name).key == name for names in zones_by_country().values() for name in names)
    assert len(zones_by_country()) > 240


@pytest.mark.rule("A5")
def test_an_older_copy_on_the_machine_stops_the_start_and_pinning_passes_it_by(tmp_path: Path) -> None:
    stale = tmp_path / "America"
    stale.mkdir()
    rules = resources.files("tzdata.zoneinfo.Etc").joinpath("GMT+8").read_bytes()
    (stale / "Vancouver").write_bytes(rules)
    script = """
from rules.timezones import StaleTimeZoneRulesError, assert_time_zone_rules, pin_time_zone_rules
try:
    assert_time_zone_rules()
except StaleTimeZoneRulesError as stale:
    assert "tzdata 2026.6" in str(stale)
else:
    raise SystemExit("a stale copy passed")
pin_time_zone_rules()
assert_time_zone_rules()
"""
    environment = {"PYTHONTZPATH": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, env=environment)

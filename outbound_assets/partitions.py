"""The one partitions definition: days in the operator's zone, today included (sending today needs ``end_offset=1``)."""

from typing import Final

import dagster as dg

from outbound_assets.settings import read_settings
from rules.timezones import assert_time_zone_rules, pin_time_zone_rules

pin_time_zone_rules()
assert_time_zone_rules()

SETTINGS: Final = read_settings()
CAMPAIGN: Final = SETTINGS.campaign()

DAILY: Final = dg.DailyPartitionsDefinition(
    start_date=CAMPAIGN.starts.isoformat(),
    timezone=CAMPAIGN.operator.timezone,
    end_offset=1,
)

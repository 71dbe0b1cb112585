"""Zones out of a row of the `leads` table."""

from collections.abc import Mapping
from typing import Any

from rules.place.zones import Confidence, Zones


def zones_of(row: Mapping[str, Any]) -> Zones:
    """The candidate zones that the row's columns say."""
    return Zones(
        candidates=tuple(row["zones"] or ()),
        confidence=Confidence(row["zone_confidence"]),
        how=row["zone_how"],
        country=row["country_code"],
        subdivision=row["subdivision"],
    )

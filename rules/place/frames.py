"""Locating a whole list: each distinct place is looked up once.

One thing must hold: a row's zones depend on the row alone, not on its neighbours or their order.
"""

import polars as pl

from rules.place.locating import locate
from rules.place.zones import UNKNOWN, Zones

PLACE_COLUMNS = ("country", "state", "city")
HINT_COLUMNS = ("phone", "mail_domain", "site_domain")
_FOUND: dict[str, pl.DataType] = {
    "zones": pl.List(pl.String()),
    "confidence": pl.String(),
    "how": pl.String(),
    "country_code": pl.String(),
    "subdivision": pl.String(),
}


def locate_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the candidate zones of every row.

    Args:
        frame: Any columns; of these `country, state, city, phone, mail_domain, site_domain` are read where present.

    Returns:
        The frame, rows in order, with `zones` (list of IANA names, empty when unknown), `confidence`, `how`,
        `country_code` and `subdivision` added.
    """
    read = [name for name in (*PLACE_COLUMNS, *HINT_COLUMNS) if name in frame.columns]
    if not read:
        return frame.hstack(_columns([UNKNOWN] * frame.height))
    rows = frame.select(pl.col(read).cast(pl.String))
    places = rows.unique(maintain_order=True)
    hints = [name for name in HINT_COLUMNS if name in read]
    columns = [places[name] if name in read else [None] * places.height for name in (*PLACE_COLUMNS, *hints)]
    located = [
        locate(country, state, city, **dict(zip(hints, hinted, strict=True)))
        for country, state, city, *hinted in zip(*columns, strict=True)
    ]
    table = places.hstack(_columns(located))
    found = rows.join(table, on=read, how="left", nulls_equal=True, maintain_order="left")
    return frame.hstack(found.select(_FOUND.keys()))


def _columns(located: list[Zones]) -> pl.DataFrame:
    columns: dict[str, list[object]] = {
        "zones": [list(zones.candidates) for zones in located],
        "confidence": [zones.confidence.value for zones in located],
        "how": [zones.how for zones in located],
        "country_code": [zones.country for zones in located],
        "subdivision": [zones.subdivision for zones in located],
    }
    return pl.DataFrame(columns, schema=_FOUND)

"""Locating a whole list: each distinct place is looked up once.

One thing must hold: a row's zones depend on the row alone, not on its neighbours or their order.
"""

import polars as pl

from rules.place.locating import locate

PLACE_COLUMNS = ("country", "state", "city")
HINT_COLUMNS = ("phone", "mail_domain", "site_domain")
_FOUND = pl.Struct(
    {
        "zones": pl.List(pl.String),
        "confidence": pl.String,
        "how": pl.String,
        "country_code": pl.String,
        "subdivision": pl.String,
    }
)


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
        return frame.with_columns(pl.lit(_located({}), dtype=_FOUND).alias("_found")).unnest("_found")
    places = frame.select(pl.struct(pl.col(read).cast(pl.String)).alias("_place"))["_place"]
    distinct = places.unique()
    found = pl.Series("_found", [_located(place) for place in distinct], dtype=_FOUND)
    table = pl.DataFrame({"_place": distinct, "_found": found})
    return (
        frame.with_columns(places)
        .join(table, on="_place", how="left", nulls_equal=True, maintain_order="left")
        .drop("_place")
        .unnest("_found")
    )


def _located(place: dict[str, str | None]) -> dict[str, object]:
    zones = locate(
        place.get("country"),
        place.get("state"),
        place.get("city"),
        phone=place.get("phone"),
        mail_domain=place.get("mail_domain"),
        site_domain=place.get("site_domain"),
    )
    return {
        "zones": list(zones.candidates),
        "confidence": zones.confidence.value,
        "how": zones.how,
        "country_code": zones.country,
        "subdivision": zones.subdivision,
    }

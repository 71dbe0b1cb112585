"""How fast leads are located, and how often a second business hours can be asked about.

The rows are made from the shipped tables, every one with a different city, so that no look-up is repeated.
Usage: `python -m bench.place [ROWS]`, default 24000.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import polars as pl

from rules.business_hours import BusinessHours, sendable
from rules.holidays_calendar import STANDARD_CALENDAR
from rules.place.locating import locate
from rules.reference import reference_rows
from stages.place_file import place_file

_ASKED = 200_000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 24_000
    cities = ((name, places.partition(";")[0]) for name, places in reference_rows("cities.tsv"))
    rows = [(f"L{number}", country, city) for number, (city, country) in enumerate(islice(cities, count))]
    monday = datetime(2027, 1, 18, 9, tzinfo=UTC)
    hours = BusinessHours(minutes_left=15)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.csv"
        pl.DataFrame(rows, schema=["id", "country", "city"], orient="row").write_csv(source)
        started = time.perf_counter()
        summary = place_file(source, Path(folder) / "out.csv", at=monday, hours=hours, holidays=STANDARD_CALENDAR)
        took = time.perf_counter() - started
    known = summary.rows - summary.counts.get("none", 0)
    print(f"{summary.rows:,} rows located, with next slots: {took:.2f} s; {known:,} have zones")
    places = [locate(name) for name in ("USA", "Germany", "Saudi Arabia", "Japan", "Brazil", "India")]
    for turn in ("first", "again"):
        started = time.perf_counter()
        for number in range(_ASKED):
            sendable(monday + timedelta(minutes=number % 5000), places[number % len(places)], hours, STANDARD_CALENDAR)
        print(f"sendable, {turn} time: {_ASKED / (time.perf_counter() - started):,.0f} a second")


if __name__ == "__main__":
    main()

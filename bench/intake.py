"""Reading 24,000 leads out of Airtable into the ledger and DuckDB, against merely reading them.

The sandbox answers over HTTP without its limits; at the real five requests a second the pages alone take 48 seconds,
whoever asks. The baseline is the plain client's `all()` in a process that keeps nothing.

Usage: `python -m bench.intake [LEADS]`.
"""

import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from bench.measuring import alone, measured, show, tell
from bench.worlds import World, spent, world
from outbound_cli.home import use_home

LEADS = 24_000
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
"""The passes are an hour apart, as the schedule's are."""


def plain(port: int) -> Mapping[str, Any]:
    """What everybody writes first."""
    from pyairtable import Api  # noqa: PLC0415 - counted as part of neither side

    from sandbox.keys import SANDBOX_AIRTABLE_TOKEN, SANDBOX_BASE_ID  # noqa: PLC0415

    api = Api(SANDBOX_AIRTABLE_TOKEN, endpoint_url=f"http://127.0.0.1:{port}/airtable")
    return measured(lambda: {"records": len(api.table(SANDBOX_BASE_ID, "Leads").all(view="Queue"))})


def product(home: Path, port: int, *, full: bool) -> Mapping[str, Any]:
    """The asset `lead_records`, with everything around it."""
    use_home(home, sandbox_port=port)
    from outbound_assets.intake import lead_records  # noqa: PLC0415 - reads the home's campaign
    from outbound_assets.wiring import resources  # noqa: PLC0415

    built = resources()

    def work() -> Mapping[str, Any]:
        config = {
            "ops": {"lead_records": {"config": {"full": full}}},
            "loggers": {"console": {"config": {"log_level": "ERROR"}}},
        }
        done = dg.materialize([lead_records], resources=built, run_config=config)
        metadata = done.asset_materializations_for_node("lead_records")[0].metadata
        return {"records": metadata["dagster/row_count"].value, "listed": metadata["listed"].value}

    return measured(work)


def main() -> None:
    """Measure and print; with a part's name, do that part and print its result for the process that asked."""
    match sys.argv[1:]:
        case ["plain", port]:
            tell(plain(int(port)))
        case ["product", home, port, how]:
            tell(product(Path(home), int(port), full=how == "full"))
        case [*count]:
            compare(int(count[0]) if count else LEADS)


def compare(leads: int) -> None:
    """All parts against one sandbox."""
    options = ["--clock", "virtual", "--start", MORNING.isoformat()]
    with tempfile.TemporaryDirectory() as name, world(Path(name), leads, options) as place:
        parts = {
            "pyairtable's all() (baseline)": ["plain", str(place.port)],
            "lead_records, everything new": ["product", str(place.home), str(place.port), "changes"],
            "lead_records, nothing changed": ["product", str(place.home), str(place.port), "changes"],
            "lead_records, whole view again": ["product", str(place.home), str(place.port), "full"],
        }
        rows, base = [], 0.0
        for hour, (what, arguments) in enumerate(parts.items()):
            place.control.move_to(MORNING + timedelta(hours=hour))
            told = _counted(place, arguments)
            base = base or told["seconds"]
            rows.append([
                what, told.get("listed", told["records"]), told["requests"], told["seconds"],
                f"{told['seconds'] / base:.2f} x", round(told["peak_mb"]),
            ])  # fmt: skip
    show(f"Intake of {leads:,} leads", ["what", "listed", "requests", "wall s", "to baseline", "peak MB"], rows)


def _counted(place: World, arguments: list[str]) -> dict[str, Any]:
    before = place.requests()
    told = alone("bench.intake", *arguments)
    return {**told, "requests": spent(before, place.requests())}


if __name__ == "__main__":
    main()

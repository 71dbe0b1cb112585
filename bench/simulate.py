"""How fast the simulator is, and what rehearsing a large campaign takes.

The baseline is the calendar: a day of a real installation takes a day, a rehearsed quarter a quarter of a year. What
counts is whether a person waits for it. All figures are of one process.

Usage: `python -m bench.simulate [LEADS [DAYS]]`; a quarter of the real size is `24000 90`.
"""

import json
import sys
from datetime import date
from itertools import product
from pathlib import Path

from bench.measuring import ROOT, alone, measured, show, tell
from sandbox.world.chance import chance
from simulation.kinds import SCALES, Kind
from simulation.people import some_people
from simulation.rehearsal import rehearse
from simulation.series import Series, run_all, scripts

LEADS, DAYS = 24_000, 5
SEEDS, LENGTH = 3, 15
BEGINS = date(2026, 11, 23)


def runs(faults: str, kind: Kind) -> dict[str, object]:
    """A few seeds of one profile."""
    length = min(LENGTH, SCALES[kind].longest)
    series: Series = run_all(scripts(1, days=length, seeds=SEEDS, faults=faults, kind=kind))
    return {
        "days": series.days, "sends": series.sends, "processes": series.processes, "crashes": series.crashes,
        "unknowns": series.unknowns, "violations": len(series.violations),
    }  # fmt: skip


def ahead(leads: int, days: int) -> dict[str, object]:
    """A rehearsal with the sample campaign and drawn leads."""
    from resources.campaign_file import load_campaign  # noqa: PLC0415 - the part's own

    rows = [person.fields for person in some_people(chance(1, "bench"), leads)]
    found = rehearse(load_campaign(Path(ROOT / "campaign.toml")), rows, begins=BEGINS, days=days, seed=1)
    return {"mails": found.mails, "contacted": found.contacted, "cost_usd": found.cost_usd, "dry_on": found.dry_on}


def main() -> None:
    """Measure each part in a process of its own."""
    if sys.argv[1:2] == ["part"]:
        what, *rest = sys.argv[2:]
        if what == "ahead":
            tell(measured(lambda: ahead(int(rest[0]), int(rest[1]))))
        else:
            tell(measured(lambda: runs(what, Kind(rest[0]))))
        return
    leads, days = (int(sys.argv[1]) if sys.argv[1:] else LEADS), (int(sys.argv[2]) if sys.argv[2:] else DAYS)
    rows = []
    for faults, how in product(("none", "rough", "hostile"), Kind):
        part = alone("bench.simulate", "part", faults, how)
        rows.append((
            f"{faults} {how}", part["days"], part["sends"], part["processes"], part["crashes"], part["violations"],
            60 * part["days"] / part["seconds"], part["sends"] / part["seconds"],
        ))  # fmt: skip
    show(
        "the simulator, one process",
        ("faults", "days", "mails", "processes", "killed", "violations", "days a minute", "mails a second"), rows,
    )  # fmt: skip
    part = alone("bench.simulate", "part", "ahead", str(leads), str(days))
    show(
        f"a rehearsal of {days} days with {leads:,} leads",
        ("", "mails", "contacted", "minutes", "mails a second", "peak MB"),
        [("one process", part["mails"], part["contacted"], part["seconds"] / 60, part["mails"] / part["seconds"],
          part["peak_mb"])],
    )  # fmt: skip
    print(json.dumps({"leads": leads, "days": days, "minutes": round(part["seconds"] / 60, 1)}))


if __name__ == "__main__":
    main()

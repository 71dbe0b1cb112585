"""Research and drafts at the providers' real latencies, against the limit that concurrency sets.

Research answers in 2 s, a draft in 1.5 s; with so many calls at once nobody can be faster than calls x latency /
concurrency.

Usage: `python -m bench.research [LEADS]`.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from bench.loop import LATENCY, TUESDAY
from bench.measuring import alone, measured, show, tell
from bench.worlds import World, world
from outbound_cli.home import use_home

LEADS = 500
BAR = 1.3
SECONDS = {"research": 2.0, "drafts": 1.5}


def work(home: Path, port: int) -> Mapping[str, Any]:
    """Intake through Dagster, then research and drafts, as the stages do them."""
    use_home(home, sandbox_port=port)
    from outbound_assets.partitions import CAMPAIGN  # noqa: PLC0415 - reads the home's campaign
    from outbound_assets.reading import by_lead, judged_leads  # noqa: PLC0415
    from outbound_assets.wiring import resources  # noqa: PLC0415
    from outbound_cli.ticking import Runner, open_ledger  # noqa: PLC0415
    from stages.drafting import draft_mails  # noqa: PLC0415
    from stages.queueing import picks, plan_day  # noqa: PLC0415
    from stages.researching import research_companies  # noqa: PLC0415

    built = {name: one.process_config_and_initialize() for name, one in resources().items()}
    with dg.DagsterInstance.get() as instance:
        Runner(instance, say=lambda _: None).run("intake", day=TUESDAY.date().isoformat())
    ledger, clock, secret = open_ledger(), built["clock"].clock(), built["desk"].secret()
    judged: pl.DataFrame = judged_leads(built["warehouse"].store(), ledger, pepper=secret)
    plan = plan_day(judged, ledger=ledger, campaign=CAMPAIGN, now=clock.now())
    rows = picks(plan.frame, ledger=ledger, campaign=CAMPAIGN, now=clock.now())
    people = by_lead(judged)

    async def both() -> dict[str, float]:
        async with built["researcher"].open() as model, built["writer"].open() as writer:
            began = time.perf_counter()
            await research_companies(rows, people, model=model, ledger=ledger, campaign=CAMPAIGN, clock=clock)
            researched = time.perf_counter()
            await draft_mails(
                rows, people, model=writer, ledger=ledger, campaign=CAMPAIGN, clock=clock, pepper=secret
            )  # fmt: skip
            return {"research": researched - began, "drafts": time.perf_counter() - researched}

    def timed() -> Mapping[str, Any]:
        walls = asyncio.run(both())
        calls = [call["stage"] for call in ledger.work.calls()]
        at_once = {"research": CAMPAIGN.research.concurrency, "drafts": CAMPAIGN.drafting.concurrency}
        companies = len({row["company_key"] for row in rows})
        return {
            "walls": walls, "calls": {name: calls.count(name) for name in SECONDS}, "at_once": at_once,
            "companies": companies, "paid_twice": _paid_twice(ledger),
        }  # fmt: skip

    return measured(timed)


def _paid_twice(ledger: Any) -> int:
    """Companies whose first search was paid more than once."""
    firsts = [call["item"] for call in ledger.work.calls() if call["stage"] == "research" and call["attempt"] == 1]
    return len(firsts) - len(set(firsts))


def main() -> None:
    """Measure and print; with a part's name, do that part and print its result for the process that asked."""
    match sys.argv[1:]:
        case ["work", home, port]:
            tell(work(Path(home), int(port)))
        case [*count]:
            compare(int(count[0]) if count else LEADS)


def compare(leads: int) -> None:
    """Both stages against their limits."""
    options = ["--clock", "real", "--start", TUESDAY.isoformat(), "--latency", LATENCY]
    with tempfile.TemporaryDirectory() as name, world(Path(name), leads, options, caps=leads + 1) as place:
        told = alone("bench.research", "work", str(place.home), str(place.port))
        billed = _billed(place)
    table = []
    for stage, seconds in SECONDS.items():
        limit = told["calls"][stage] * seconds / told["at_once"][stage]
        table.append([stage, told["calls"][stage], limit, told["walls"][stage], told["walls"][stage] / limit])
    show(
        f"{leads:,} leads, {told['companies']:,} companies",
        ["stage", "calls", "limit s", "wall s", "to limit"], table,
    )  # fmt: skip
    worst = max(row[-1] for row in table)
    print(f"worst {worst:.2f} times the limit: {'within' if worst <= BAR else 'OVER'} the bar of {BAR}")
    print(f"companies paid twice: {told['paid_twice']}; the sandbox billed {billed} research questions")


def _billed(place: World) -> int:
    paid: dict[str, dict[str, int]] = place.stats()["paid_calls"]
    return sum(paid.get("perplexity", {}).values())


if __name__ == "__main__":
    main()

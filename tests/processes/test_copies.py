"""Copies of a ledger put in its place: from a backup, or torn out from under a sender.

What must hold: whichever moment the copy is of, the provider never gets a mail twice.
"""

import asyncio
import shutil
import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from resources.mail_provider.client import connect
from sandbox import keys
from stages.engagement import REPLIES_STAMP, pull_events
from stages.intake import READ_STAMP
from stages.reconciliation import adopt_ledger
from tests.builders import PEPPER
from tests.processes.crew import PAST_THE_LEASE, Crew
from tests.processes.worker import TownTime


def backup(on_file: Crew, to: Path) -> None:
    """A whole copy, as a good backup makes it."""
    with sqlite3.connect(on_file.folder / "ledger.db") as source, sqlite3.connect(to) as target:
        source.backup(target)
    source.close()
    target.close()


def put_back(on_file: Crew, copy: Path) -> None:
    shutil.copy(copy, on_file.folder / "ledger.db")
    (on_file.folder / "ledger.db-journal").unlink(missing_ok=True)


def adopt(on_file: Crew) -> int:
    """What `outbound reconcile --adopt` does, and the listening of the day after it."""

    async def run() -> int:
        with on_file.ledger() as ledger:
            async with connect(keys.SANDBOX_BREVO_KEY, base_url=f"{on_file.town.url}/brevo/v3") as provider:
                desk: Any = {
                    "ledger": ledger, "campaign": on_file.campaign, "clock": TownTime.of(on_file.town, ledger),
                    "pepper": PEPPER,
                }  # fmt: skip
                forgotten = await adopt_ledger(provider, **desk, actor="ada")
                on_file.town.later(timedelta(hours=25))
                await pull_events(provider, **desk)
            for nobody_here in (REPLIES_STAMP, READ_STAMP):
                ledger.flags.stamp(nobody_here, at=on_file.town.now())
            return forgotten

    return asyncio.run(run())


@pytest.mark.slow
@pytest.mark.rule("A7")
def test_a_backup_made_while_a_sender_worked_is_refused_and_after_taking_over_nothing_is_sent_twice(
    on_file: Crew, tmp_path: Path
) -> None:
    """The sender is killed before it ends, so that nothing of its run but the witness knows how far it came."""
    on_file.write(12)
    worker = on_file.worker(dies="request 9")
    copy = tmp_path / "backup.db"
    while len(on_file.town.outbox()) < 3:
        time.sleep(0.005)  # the backup falls into the middle of the run
    backup(on_file, copy)
    worker.process.join()
    asked = sum(on_file.town.outbox().values())
    assert asked == 8
    put_back(on_file, copy)
    on_file.town.later(PAST_THE_LEASE)

    refused = on_file.worker().ended()

    assert refused["done"] == 0
    assert sum(on_file.town.outbox().values()) == asked
    with on_file.ledger() as ledger:
        assert "the ledger was restored" in (ledger.flags.stops() or "")
    assert adopt(on_file) >= 1
    on_file.restored = True
    on_file.settle()
    assert len(on_file.town.outbox()) >= 11


@pytest.mark.slow
@pytest.mark.rule("A7")
def test_a_copy_torn_out_from_under_a_sender_is_refused_or_whole(on_file: Crew, tmp_path: Path) -> None:
    """A plain copy of the file, without its journal, at eight moments of a run: never a mail twice."""
    on_file.write(24)
    worker = on_file.worker()
    copies = []
    for number in range(8):
        torn = tmp_path / f"torn-{number}.db"
        shutil.copy(on_file.folder / "ledger.db", torn)
        copies.append(torn)
        time.sleep(0.06)  # the copies are spread over the run
    assert isinstance(worker.ended(), dict)
    on_file.audit()
    whole = tmp_path / "whole.db"
    backup(on_file, whole)
    asked = on_file.town.outbox()
    on_file.town.later(PAST_THE_LEASE)

    for torn in copies:
        put_back(on_file, torn)
        said = on_file.worker().ended()
        assert isinstance(said, str) or said["done"] == 0, said
        assert on_file.town.outbox() == asked

    put_back(on_file, whole)
    on_file.settle()
    assert on_file.town.outbox() == asked

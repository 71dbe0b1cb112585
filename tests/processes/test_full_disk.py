"""A disk that is full at any write: the sender refuses, nothing is doubled, and it goes on when there is room again.

The limit is the operating system's on the size of a process's files (``EFBIG``), which needs no privileges and hits the
database, its journal and the witness like a full disk does.
"""

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from rules.sending import SendState
from tests.processes.crew import PAST_THE_LEASE, Crew


def database(on_file: Crew) -> Path:
    return on_file.folder / "ledger.db"


@pytest.mark.slow
@pytest.mark.rule("A7")
def test_a_full_disk_sends_nothing_twice_and_is_survived(on_file: Crew) -> None:
    """Limits from nothing to more than enough: each is hit at another write of the protocol."""
    ends: Counter[str] = Counter()
    for share in (0.0, 0.001, 0.05, 0.5, 0.9, 1.0, 1.01, 1.03, 2.0):
        on_file.write(2)
        limit = int(database(on_file).stat().st_size * share)
        before = sum(on_file.town.outbox().values())
        said = on_file.worker(disk=limit).ended()
        ends["sent" if isinstance(said, dict) else str(said).partition(":")[0]] += 1
        if share < 0.5:
            assert not isinstance(said, dict), said
            assert sum(on_file.town.outbox().values()) == before, "a request left without a durable intent"
        on_file.audit()
        on_file.town.later(PAST_THE_LEASE)

    assert ends["OperationalError"] >= 3, ends
    assert 1 <= ends["sent"] <= 5, ends
    stood = on_file.settle()
    assert stood[SendState.ACCEPTED] == on_file.written - stood[SendState.PRESUMED]
    with sqlite3.connect(database(on_file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()

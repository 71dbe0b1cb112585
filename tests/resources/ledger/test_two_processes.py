"""Two operating-system processes over one ledger: each send is claimed once, each request decided once (I1, A7)."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from resources.ledger.ledger import Ledger, Place
from tests.builders import DAY, MONDAY, prepared
from tests.repository import ROOT

SENDS = 60
WORKER = """
import json, sys
from datetime import datetime
from pathlib import Path
from resources.ledger.ledger import Ledger, Place
from rules.sending import Answer, Decision

url, folder, name, now, day = sys.argv[1:]
ledger = Ledger.open(Place(url, Path(folder) / "witness.json", "spring", "machine-1"))
moment = datetime.fromisoformat(now)
capped = lambda facts: Decision.go() if facts.today < 50 else Decision.never("cap")
print("ready", flush=True)
for round in sys.stdin:
    wanted = [row["send_key"] for row in ledger.sends.ready(now=moment)][:5]
    mine = []
    for claim in ledger.sends.claim(wanted, holder=name, now=moment):
        if ledger.sends.intend(claim, now=moment, day=day, decide=capped).answer is Answer.GO:
            mine.append(claim.send_key)
            ledger.sends.accepted(claim, message_id=f"<{claim.send_key}>", now=moment)
    print(json.dumps([len(wanted), mine]), flush=True)
ledger.close()
"""


def work(place: Place, folder: Path, name: str) -> subprocess.Popen[str]:
    arguments = [place.url, str(folder), name, MONDAY.isoformat(), DAY]
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def told(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


@pytest.mark.rule("A7")
@pytest.mark.rule("A9")
@pytest.mark.parametrize("url", ["file", "postgres"], indirect=True)
def test_two_processes_claim_each_send_once_and_share_the_caps(place: Place, ledger: Ledger, tmp_path: Path) -> None:
    keys = {prepared(ledger, number).send_key for number in range(SENDS)}
    both = [work(place, tmp_path, name) for name in ("one", "two")]
    try:
        assert [told(worker) for worker in both] == ["ready", "ready"]
        requested: list[str] = []
        wanted = 1
        while wanted:
            for worker in both:
                assert worker.stdin is not None
                worker.stdin.write("go\n")
                worker.stdin.flush()
            answers = [json.loads(told(worker)) for worker in both]
            wanted = max(number for number, _ in answers)
            requested += [key for _, mine in answers for key in mine]
    finally:
        for worker in both:
            worker.kill()
            worker.communicate()

    assert len(requested) == len(set(requested)) == 50
    assert set(requested) <= keys
    states = Counter(row["state"] for row in ledger.sends.of_day(DAY))
    assert states == {"accepted": 50, "cancelled": SENDS - 50}
    assert {row["epoch"] for row in ledger.sends.of_day(DAY)} == {1}
    assert ledger.verify() == SENDS + SENDS + 50

"""A campaign in which senders are killed again and again, at chosen and at random moments, while the provider lies."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from rules.sending import SendState
from tests.processes.crew import PAST_THE_LEASE, Crew
from tests.processes.town import LIES

MAILS = 4
"""New mails for every kill."""
LYING = 0.15
MOMENTS = (
    *(f"statement {number}" for number in range(1, 15)), "request 1", "request 2", "answer 1", "answer 2", "answer 3",
)  # fmt: skip


@dataclass
class Toll:
    """What was done and what came of it."""

    kills: int = 0
    by_moment: Counter[str] = field(default_factory=Counter)
    survived: int = 0
    mails: int = 0
    doubles: int = 0
    ended: Counter[SendState] = field(default_factory=Counter)
    seconds: float = 0.0


def run_kills(crew: Crew, *, kills: int, seed: int, pairs: bool = True) -> Toll:
    """Kill so many real sender processes, one or two at work at a time, and audit after each.

    Every second kill is at a chosen moment (before a statement, before a request, with the answer in hand), the others
    at random times of a run.

    Raises:
        AssertionError: Something was sent twice, is lost, or was asked for without a durable intent.
    """
    chance, toll, began = random.Random(seed), Toll(), time.monotonic()
    crew.town.lie(list(LIES.values()), probability=LYING, seconds=0.05)
    while toll.kills < kills:
        crew.write(MAILS)
        moment = chance.choice(MOMENTS) if chance.random() < 0.5 else ""
        beside = crew.worker() if pairs and chance.random() < 0.3 else None
        worker = crew.worker(dies=moment)
        if not moment:
            time.sleep(chance.uniform(0.0, 0.35))  # the moment of this kill
            worker.kill()
        worker.process.join(timeout=60)
        if worker.process.exitcode == -9:
            toll.kills += 1
            toll.by_moment[moment.partition(" ")[0] or "random"] += 1
        else:
            toll.survived += 1
        if beside is not None:
            said = beside.ended()
            assert isinstance(said, dict), said
        crew.end()
        crew.audit()
        crew.town.later(PAST_THE_LEASE)
    crew.settle()
    toll.ended = Counter(crew.states().values())
    toll.mails, toll.doubles = crew.written, sum(count - 1 for count in crew.town.outbox().values())
    toll.seconds = time.monotonic() - began
    return toll

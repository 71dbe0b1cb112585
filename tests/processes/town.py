"""A sandbox in a process of its own, and its control room: the time for everybody, the faults, the outbox that counts.

What must hold: nobody masks a double. The provider's own memory of idempotency keys is switched off, so that a second
request for a mail is a second mail.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from zoneinfo import ZoneInfo

from outbound_cli.sandbox_process import SandboxControl
from sandbox.serving import running
from sandbox.world.world import World
from tests.builders import MONDAY
from tests.stages.office import QUIET

FORKS = get_context("forkserver")
"""Processes are forked from one that has loaded everything and nothing else: real ones, and quick to start."""
FORKS.set_forkserver_preload(["tests.processes.worker"])
LIES = {
    "accept, then drop the answer": "brevo.accepted_then_lost",
    "5xx after acceptance": "brevo.accepted_then_502",
    "late": "brevo.slow",
    "201 without a message id": "brevo.accepted_without_id",
    "201 with a wrong message id": "brevo.accepted_other_id",
    "dropped before acceptance": "brevo.lost",
    "events duplicated": "brevo.events_repeated",
    "events shuffled": "brevo.events_shuffled",
}
"""What the provider does wrong, and the sandbox's name for it."""
CLOSING, OPENING = 15, 10
BERLIN = ZoneInfo("Europe/Berlin")
SATURDAY = 5


class Town:
    """What a test asks of the sandbox, over HTTP like everybody else."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.control = SandboxControl(url)

    def now(self) -> datetime:
        """World time."""
        return datetime.fromisoformat(self.control.ask("clock")["now"])

    def later(self, span: timedelta) -> datetime:
        """Let time pass; where the working day would end, until the next one has begun."""
        then = (self.now() + span).astimezone(BERLIN)
        if then.hour >= CLOSING:
            then = (then + timedelta(days=1)).replace(hour=OPENING, minute=0)
        while then.weekday() >= SATURDAY:
            then += timedelta(days=1)
        self.control.move_to(then)
        return self.now()

    def lie(self, names: Sequence[str], *, probability: float, seconds: float = 0.3) -> None:
        """Let the provider misbehave in these ways."""
        for name in names:
            value = seconds if name.endswith("slow") else None
            self.control.tell("faults", {"name": name, "probability": probability, "value": value})

    def behave(self) -> None:
        """Take every fault back."""
        self.control.tell("faults", {"disarm": True})

    def outbox(self) -> Counter[str]:
        """How many mails the provider accepted per send key, by its own count."""
        told = self.control.ask("stats")["accepted"]
        return Counter({key: sum(by_address.values()) for key, by_address in told.items()})


def _serve(door: Connection, latency: float) -> None:
    world = World(7, start=MONDAY, habits=QUIET)
    world.flip({"brevo_idempotency_minutes": 0})
    with running(world, latency={"brevo": latency}) as sandbox:
        door.send(sandbox.url)
        door.recv()


@contextmanager
def town(*, latency: float = 0.01) -> Iterator[Town]:
    """A sandbox in its own process for the length of a block.

    Args:
        latency: Seconds the provider takes to answer.
    """
    here, there = FORKS.Pipe()
    process = FORKS.Process(target=_serve, args=(there, latency), daemon=True)
    process.start()
    try:
        assert here.poll(60), "the sandbox did not start"
        yield Town(here.recv())
    finally:
        here.send("close")
        process.join(timeout=20)
        if process.is_alive():
            process.kill()
            process.join()

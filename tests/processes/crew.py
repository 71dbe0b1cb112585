"""Workers as a test holds them: started, begun, killed, stopped, continued; and what must be true after any of it."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from resources.ledger.ledger import Ledger, Place
from rules.campaign import Campaign
from rules.sending import SendState
from tests.builders import campaign, new_send
from tests.processes.town import FORKS, Town
from tests.processes.worker import FREE, Orders, work

PATIENCE = 60
PAST_THE_LEASE = timedelta(minutes=6)
UNSURE = {SendState.UNKNOWN, SendState.PRESUMED}


class Worker:
    """One sender process."""

    def __init__(self, orders: Orders) -> None:
        self.door, there = FORKS.Pipe()
        self.process = FORKS.Process(target=work, args=(orders, there), daemon=True)
        self.process.start()
        there.close()

    def told(self) -> Any:
        """The next thing it says; ``None`` where it died first."""
        assert self.door.poll(PATIENCE), "a worker is silent"
        try:
            return self.door.recv()
        except EOFError:
            return None

    def begin(self) -> None:
        """Let it begin, once it is ready."""
        assert self.told() == "ready"
        self.door.send("go")

    def kill(self) -> None:
        """``kill -9``."""
        self.process.kill()
        self.process.join()
        self.door.close()

    def stop(self) -> None:
        """SIGSTOP."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def ended(self) -> Any:
        """Wait for its end; what it said of its run, ``None`` where it died."""
        said = self.told()
        self.process.join(timeout=PATIENCE)
        assert not self.process.is_alive()
        self.door.close()
        return said


@dataclass
class Crew:
    """A ledger, a town, and the people that mails are written to.

    Attributes:
        written: So many people were written to.
        hired: So many workers were started.
        restored: Whether the ledger has lost a part of its journal; then an adoption stands for an intent.
    """

    place: Place
    folder: Path
    town: Town
    written: int = 0
    hired: int = 0
    restored: bool = False
    workers: list[Worker] = field(default_factory=list)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger as the test sees it."""
        ledger = Ledger.open(self.place)
        try:
            yield ledger
        finally:
            ledger.close()

    @property
    def campaign(self) -> Campaign:
        """The campaign."""
        return campaign(**FREE)

    def write(self, number: int) -> None:
        """Mails to new people, ready now."""
        now = self.town.now()
        mails = [
            new_send(self.written + each, not_before=now, day=now.date().isoformat()) for each in range(number)
        ]  # fmt: skip
        self.written += number
        with self.ledger() as ledger:
            assert ledger.sends.prepare(mails, now=now) == number

    def worker(self, **orders: Any) -> Worker:
        """A new sender process, begun."""
        worker = Worker(self.ready(**orders))
        self.hired += 1
        self.workers.append(worker)
        worker.begin()
        return worker

    def ready(self, **orders: Any) -> Orders:
        """Orders for the next worker."""
        name = f"worker-{self.hired}"
        return Orders(**{"url": self.place.url, "folder": self.folder, "town": self.town.url, "name": name, **orders})

    def end(self) -> None:
        """No process outlives its test."""
        for worker in self.workers:
            if worker.process.is_alive():
                worker.go_on()
                worker.kill()
            worker.door.close()
            worker.process.close()
        self.workers.clear()

    def states(self) -> dict[str, SendState]:
        """Where every send stands."""
        with self.ledger() as ledger:
            return {row["send_key"]: SendState(row["state"]) for row in ledger.questions.steps("spring")}

    def audit(self) -> Counter[SendState]:
        """Hold the ledger against the provider's own books: nothing twice, nothing lost, nothing unannounced.

        Returns:
            How many sends stand where.
        """
        outbox, states = self.town.outbox(), self.states()
        assert {key: count for key, count in outbox.items() if count > 1} == {}, "sent twice"
        assert len(states) == self.written, "a send is gone"
        not_known = {key for key in outbox if states[key] not in UNSURE | {SendState.ACCEPTED, SendState.SENDING}}
        assert not_known == set(), "the provider has mails that the ledger believes unsent"
        assert {key for key, state in states.items() if state is SendState.ACCEPTED} <= set(outbox)
        with self.ledger() as ledger:
            told = ["send.sending", "send.accepted"] if self.restored else ["send.sending"]
            known = {row["subject"] for row in ledger.questions.journal_of_kinds(told)}
            assert set(outbox) <= known, "a request without a durable intent"
            ledger.verify()
        return Counter(states.values())

    def settle(self) -> Counter[SendState]:
        """Faults end, a day passes, the sender runs as it always does; then every send has an end.

        Returns:
            How many sends stand where: accepted where the provider has it, presumed where it never got it.
        """
        self.town.behave()
        for span in (
            PAST_THE_LEASE,
            timedelta(minutes=30),
            timedelta(hours=2),
            timedelta(days=1),
            timedelta(minutes=5),
        ):
            self.town.later(span)
            said = self.worker().ended()
            assert isinstance(said, dict), said
        stood = self.audit()
        assert set(stood) <= {SendState.ACCEPTED, SendState.PRESUMED}, stood
        assert stood[SendState.ACCEPTED] == len(self.town.outbox())
        return stood

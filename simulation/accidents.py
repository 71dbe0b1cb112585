"""What strikes, when: every piece of bad luck of a run is drawn here, from one stream (`simulation.profiles`).

What must hold: with the profile ``none`` nothing strikes, and nothing strikes after `cease`.
"""

import asyncio
import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from resources.wire import Answer
from sandbox.world.world import World
from simulation import facts, lives
from simulation.loop import VirtualLoop
from simulation.profiles import NONE, Profile
from simulation.recording import Recorder

_NEVER = datetime.min.replace(tzinfo=UTC)
_SPELL = timedelta(hours=2)
_OF_CALLS = frozenset({
    "pause", "suspend", "refused", "cut", "lost", "gateway", "late", "wrong_id", "empty", "server"
})  # fmt: skip
"""Faults that are drawn for every call or commit: outside of a spell of bad weather they are not."""


@dataclass
class Accidents:
    """Bad luck for one run.

    Attributes:
        spells: Share of the stretches of two hours in which calls and commits fail.
        longest_life: Boundaries that a process which dies passes at most.
        struck: How often each kind struck.
        underway: Requests in the network, whoever sent them: where the answer goes, and when they arrive.
    """

    profile: Profile
    stream: random.Random
    recorder: Recorder
    loop: VirtualLoop
    world: World
    spells: float = 1.0
    longest_life: int = 600
    struck: dict[str, int] = field(default_factory=dict)
    underway: dict["asyncio.Future[Answer]", asyncio.TimerHandle] = field(default_factory=dict)
    _weather_until: datetime = field(default=_NEVER)
    _fair: bool = False
    _storm_until: datetime = field(default=_NEVER)
    _storm: bool = False

    def cease(self) -> None:
        """From now on nothing goes wrong."""
        self.profile = NONE
        self._storm = False
        self.world.faults.disarm()
        self.recorder.add(facts.FaultsEnded)

    def strikes(self, name: str, about: str = "") -> bool:
        """Whether a kind of fault strikes now."""
        rate: float = getattr(self.profile, name)
        if rate <= 0.0 or (self.fair() and name in _OF_CALLS) or self.stream.random() >= rate:
            return False
        self.note(name, about)
        return True

    def fair(self) -> bool:
        """Whether it is a stretch of fair weather, in which no call and no commit fails.

        `strikes` asks by itself; who asks before it, at every call or commit, saves the time of asking for each fault.
        """
        if self.spells < 1.0 and self.world.now >= self._weather_until:
            self._weather_until = self.world.now + _SPELL
            self._fair = self.stream.random() >= self.spells
        return self._fair

    def note(self, name: str, about: str = "") -> None:
        """A fault struck."""
        self.struck[name] = self.struck.get(name, 0) + 1
        self.recorder.add(facts.FaultStruck, name=name, about=about)

    def stormy(self, key: str) -> bool:
        """Whether the provider refuses everything for being asked too often, this hour."""
        if self.profile.storm <= 0.0:
            return False
        now = self.world.now
        if now >= self._storm_until:
            hour = now.replace(minute=0, second=0, microsecond=0)
            self._storm_until = hour + timedelta(hours=1)
            self._storm = self.strikes("storm", f"{hour:%Y-%m-%dT%H}")
        if self._storm:
            self.recorder.add(facts.FaultStruck, name="storm", about=key)
        return self._storm

    def boundary(self, where: str, what: str = "") -> None:
        """A process reaches a boundary, ``what`` of ``where``; nobody lives past its time.

        Raises:
            simulation.lives.Killed: It dies here, or is dead.
        """
        life = lives.CURRENT.get()
        if life is None:
            return
        if life.died_at:
            raise lives.Killed(life.died_at)
        life.passed += 1
        if life.passed == life.dies_at:
            self.recorder.add(facts.ProcessCrashed, where=where + what)
            life.end(where + what)

    def lifetime(self) -> int:
        """How many boundaries a new process lives for; 0 for as many as it likes."""
        if not self.strikes("crash"):
            return 0
        return int(math.exp(self.stream.uniform(0.0, math.log(self.longest_life))))

    def drawn_latency(self) -> float:
        """Seconds one way takes."""
        return self.stream.uniform(0.02, 0.4)

    async def latency(self) -> None:
        """Let one way pass."""
        await asyncio.sleep(self.drawn_latency())

    async def travel(self, where: str) -> None:
        """One end of a call: a boundary, a pause perhaps, and the way."""
        self.boundary(where)
        await self.maybe_pause(where)
        await self.latency()

    async def maybe_pause(self, where: str) -> None:
        """The process stands still for 6 to 90 minutes, if it strikes; its lease runs out meanwhile."""
        if lives.CURRENT.get() is not None and self.strikes("pause", where):
            seconds = self.stream.uniform(360.0, 5_400.0)
            until = self.world.now + timedelta(seconds=seconds)
            self.recorder.add(facts.ProcessPaused, until=until, where=where)
            await asyncio.sleep(seconds)

    def maybe_suspend(self) -> None:
        """The machine stands still for 10 minutes to 20 hours, if it strikes: no process runs meanwhile."""
        if self.profile.suspend > 0.0 and not self.fair() and self.strikes("suspend"):
            seconds = math.exp(self.stream.uniform(math.log(600.0), math.log(72_000.0)))
            until = self.world.now + timedelta(seconds=seconds)
            self.recorder.history.add(
                facts.ProcessPaused(at=self.world.now, who="the machine", until=until, where="ledger: committed")
            )
            self.loop.jump(seconds)

    def arm(self) -> None:
        """Arm the world's own faults at the profile's rates."""
        rates: dict[str, tuple[float, tuple[str, ...]]] = {
            "reads": (self.profile.reads, _BASE_FAULTS),
            "models": (self.profile.models, _MODEL_FAULTS),
            "events": (self.profile.events, _EVENT_FAULTS),
        }
        for rate, names in rates.values():
            for name in names:
                if rate > 0.0:
                    self.world.faults.arm(name, probability=rate / len(names), value=_values(name))


def _values(name: str) -> Any:
    return 9.0 if name == "brevo.events_late" else None


_BASE_FAULTS = (
    "airtable.retriable", "airtable.bad_gateway", "airtable.rate_limited", "airtable.iterator_lost",
    "airtable.write_then_503", "airtable.write_then_lost", "airtable.server_error",
)  # fmt: skip
_MODEL_FAULTS = (
    "openai.rate_limited", "openai.server_error", "openai.overloaded", "openai.lost", "openai.refusal",
    "openai.cut_short", "openai.empty_answer", "openai.prose", "perplexity.rate_limited", "perplexity.failed",
    "perplexity.no_results", "perplexity.foreign_quote", "perplexity.bad_gateway", "perplexity.lost",
)  # fmt: skip
_EVENT_FAULTS = (
    "brevo.events_late", "brevo.events_shuffled", "brevo.events_repeated", "brevo.events_missing",
    "mailbox.replies_late",
)  # fmt: skip

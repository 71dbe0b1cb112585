"""One simulated run: a seed, a number of days, a profile of faults; what comes out is a history and its checks.

What must hold: the same seed, days and profile give the same history, in every process.
"""

import asyncio
import importlib
import pkgutil
import time as wall
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from resources.collecting import seldom_collected, uncollected
from sandbox.world.chance import chance
from simulation import checkers, facts
from simulation.daemon import HEARS, TICKS, Daemon
from simulation.history import History, Violation
from simulation.jobs import JOBS
from simulation.kinds import SCALES, Kind
from simulation.operators import Operators
from simulation.people import some_people
from simulation.profiles import PROFILES, Profile
from simulation.settings import some_campaign
from simulation.site import Site, first_instant, open_site, started

_FIRST_DAY = date(2026, 1, 5)
_SPREAD = 400


@dataclass(frozen=True, slots=True)
class Script:
    """What is run: all that it takes to run it again.

    Attributes:
        seed: Draws everything.
        days: Days in all, calm ones at the end included.
        faults: The profile's name, see `simulation.profiles.PROFILES`.
        without: Kinds of faults that are left out of it.
        calm: Days at the end on which nothing goes wrong.
        leads: People at the start; 0 draws their number from the seed.
        kind: How much of the product is at work.
        fakes: Whether ledger and provider are fakes; ``None`` leaves it to the kind.
    """

    seed: int
    days: int
    faults: str = "rough"
    without: tuple[str, ...] = ()
    calm: int = SCALES[Kind.ORDINARY].calm
    leads: int = 0
    kind: Kind = Kind.ORDINARY
    fakes: bool | None = None

    @property
    def profile(self) -> Profile:
        """What goes wrong, and how often."""
        profile = PROFILES[self.faults]
        for name in self.without:
            profile = profile.without(name)
        return profile

    @property
    def people(self) -> int:
        """How many people there are at the start."""
        return self.leads or chance(self.seed, "size").randint(20, 120) * SCALES[self.kind].people


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of a run; ``seconds`` of this process' computing time."""

    script: Script
    history: History
    violations: tuple[Violation, ...]
    sends: int
    crashes: int
    unknowns: int
    processes: int
    seconds: float
    struck: dict[str, int]


def simulate(script: Script, *, progress: Callable[[int, int], None] | None = None) -> Outcome:
    """Run a script to its end and hold its history against every invariant."""
    # Cycles are few in a run that keeps most of what it makes; en masse there is no time to look for them at all.
    with uncollected() if script.kind is Kind.MASS else seldom_collected():
        return _simulated(script, progress)


def _simulated(script: Script, progress: Callable[[int, int], None] | None) -> Outcome:
    began = wall.process_time()
    site, daemon = _opened(script)
    try:
        with asyncio.Runner(loop_factory=lambda: site.loop) as runner:
            runner.run(_days(script, site, daemon, progress))
    finally:
        site.close()
    history = site.recorder.history
    problems = [Violation("defect", site.now, f"{who}: {error!r}", (who,)) for who, error in daemon.problems]
    return Outcome(
        script=script,
        history=history,
        violations=(*problems, *check(history)),
        sends=len(history.of(facts.ProviderAccepted)),
        crashes=daemon.crashes,
        unknowns=sum(1 for fact in history.of(facts.StateChanged) if fact.after == "unknown"),
        processes=daemon.started,
        seconds=wall.process_time() - began,
        struck=dict(site.accidents.struck),
    )


def check(history: History) -> list[Violation]:
    """Every checker's word on a history."""
    found: list[Violation] = []
    for module in pkgutil.iter_modules(checkers.__path__):
        found += importlib.import_module(f"{checkers.__name__}.{module.name}").check(history)
    return found


def _opened(script: Script) -> tuple[Site, Daemon]:
    stream = chance(script.seed, "campaign")
    first = _FIRST_DAY + timedelta(days=stream.randrange(_SPREAD))
    campaign = some_campaign(stream, starts=first, numbered=script.seed, kind=script.kind)
    site = open_site(
        script.seed, campaign=campaign, profile=script.profile, loop_start=first_instant(first),
        kind=script.kind, habits=SCALES[script.kind].habits,
        fakes=script.fakes,
    )  # fmt: skip
    every, hears, scale = stream.choice(TICKS), stream.choice(HEARS), SCALES[script.kind]
    every, hears = scale.ticks or every, scale.hears or hears
    jobs = frozenset(JOBS) - scale.without
    return site, Daemon(site, every=timedelta(minutes=every), hear_every=timedelta(minutes=hears), jobs=jobs)


async def _days(script: Script, site: Site, daemon: Daemon, progress: Callable[[int, int], None] | None) -> None:
    started(site, faults=script.faults)
    operators = Operators(site, daemon, chance(script.seed, "operators"))
    operators.welcome(some_people(chance(script.seed, "people"), script.people))
    begins = site.now
    for number in range(script.days):
        if number == script.days - script.calm:
            site.accidents.cease()
        until = begins + timedelta(days=number + 1)
        async with asyncio.TaskGroup() as group:
            group.create_task(daemon.run(until))
            group.create_task(operators.a_day(begins.date() + timedelta(days=number), until))
        _count(site)
        if progress:
            progress(number + 1, script.days)
    await daemon.idle()
    for request in site.accidents.underway.values():
        request.cancel()
    site.ledger.verify()
    _count(site)
    site.recorder.add(facts.RunEnded)


def _count(site: Site) -> None:
    """Take down the states of all sends and, once a day of the provider's is over, both sides' counts of it."""
    site.recorder.add(facts.StatesCounted, counts=tuple(site.database.states()))
    day = site.world.provider.local_day(site.now) - timedelta(days=1)
    start, end = site.world.provider.instants(day, day)
    ours, unsure = site.ledger.questions.accepted_between(start, end)
    theirs = len(site.world.provider.sent_between(start, end))
    site.recorder.add(facts.DayCounted, day=day.isoformat(), ours=ours, unsure=unsure, theirs=theirs)

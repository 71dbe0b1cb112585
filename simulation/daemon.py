"""What Dagster's daemon does: starts the jobs when their schedules say so. Runs may overlap, die and be late.

What must hold: a tick is left out only if its job could have nothing to do; no order and no limit of runs is promised
to the stages.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from rules.failures import ServiceFailure
from simulation import facts, lives
from simulation.jobs import JOBS, StageStoppedError, night_wanted, outreach, outreach_wanted
from simulation.lives import Life
from simulation.site import Site

TICKS = (15, 15, 30, 60)
"""Minutes between two ticks: the schedule is nobody's promise, so a run draws its own."""
HEARS = (0, 60, 120, 300)
"""Minutes between two looks at what came back, likewise; 0 looks at every tick that has news."""
_SECOND_WORKER = 40.0
"""Seconds within which an overlapping worker starts."""
_HEAR_AT_LEAST = timedelta(hours=6)
_LOOKS_AGAIN = 1_800.0
"""Seconds after which a look that came to nothing is repeated."""


@dataclass
class Daemon:
    """Starts processes of one site.

    Attributes:
        every: Between two ticks.
        hear_every: The least time between two looks at what came back; one that died, failed or was told of too
            little is repeated half an hour later, as the product's own is, which is due every quarter of an hour.
        jobs: What schedules start; the others run by hand only.
        running: The processes that are alive.
        crashes: How many died.
        problems: Exceptions that no failure of a service explains: defects, each with its process.
    """

    site: Site
    every: timedelta = timedelta(minutes=15)
    hear_every: timedelta = timedelta()
    jobs: frozenset[str] = frozenset(JOBS)
    mirror_hours: tuple[int, ...] = (8, 13, 18)
    running: dict[asyncio.Task[None], Life] = field(default_factory=dict)
    crashes: int = 0
    started: int = 0
    problems: list[tuple[str, BaseException]] = field(default_factory=list)
    _until: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    _heard: tuple[int, int, int] = (-1, -1, -1)
    _heard_at: datetime | None = None
    _visible: list[datetime] = field(default_factory=list)
    _shown: int = 0
    _dirty: bool = True
    _hour: str = ""

    def __post_init__(self) -> None:
        self.site.world.listeners.append(lambda event: heapq.heappush(self._visible, event.visible_at))

    async def run(self, until: datetime) -> None:
        """Tick until an instant."""
        tick, self._until = self.site.now, until
        while tick < until:
            await self._sleep_to(tick)
            self.tick(tick)
            while tick <= self.site.now:  # what was missed while the machine stood still is not caught up
                tick += self.every
        await self._sleep_to(until)

    async def _sleep_to(self, moment: datetime) -> None:
        wait = (moment - self.site.now).total_seconds()
        if wait > 0:
            await asyncio.sleep(wait)

    def tick(self, tick: datetime) -> None:
        """Start what this tick starts."""
        site, local = self.site, self.site.now.astimezone(self.site.campaign.zone)
        hour = local.strftime("%Y-%m-%dT%H%z")
        if hour != self._hour:  # the first tick of an hour, which in some zones is never at its beginning
            self._hour = hour
            if night_wanted(site):
                self._scheduled("nightly")
            elif site.edits != site.read_edits or self._dirty:
                self._scheduled("intake")
            if local.hour in self.mirror_hours:
                self._scheduled("mirror")
            if local.hour == site.campaign.operator.digest_at.hour:
                self._scheduled("digest")
        if self._news(tick):
            self._scheduled("engagement")
        if outreach_wanted(site):
            self._scheduled("outreach")
            if site.accidents.strikes("overlap", "outreach"):
                self.start("outreach", lane=2, after=site.accidents.stream.uniform(0.0, _SECOND_WORKER))

    def _scheduled(self, job: str) -> None:
        if job in self.jobs:
            self.start(job)

    async def idle(self) -> None:
        """Wait until no process is alive."""
        while self.running:
            await asyncio.wait(list(self.running))

    def _news(self, tick: datetime) -> bool:
        """Whether the provider or the mailbox has something that was not there at the last look, or it is time."""
        while self._visible and self._visible[0] <= self.site.now:
            heapq.heappop(self._visible)
            self._shown += 1
        state = (self._shown, len(self.site.world.mailbox), self._open())
        if self._heard_at is not None and tick - self._heard_at < self.hear_every:
            return False
        due = self._heard_at is None or tick - self._heard_at >= _HEAR_AT_LEAST
        if not self.site.ledger.sends.ever_sent() or (state == self._heard and not due and not state[2]):
            return False
        self._heard, self._heard_at = state, tick
        return True

    def _open(self) -> int:
        return self.site.database.in_state("unknown", "sending")

    def start(
        self,
        job: str,
        *,
        lane: int = 1,
        after: float = 0.0,
        partition: str = "",
        body: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Start a process; it lives as long as chance lets it."""
        self.started += 1
        day = partition or self.site.today
        life = Life(f"{job}-{lane}#{self.started}", job, day, dies_at=self.site.accidents.lifetime())
        task = asyncio.get_running_loop().create_task(
            self._live(life, body or partial(JOBS[job], self.site, day), after)
        )
        self.running[task] = life
        task.add_done_callback(lambda done: self.running.pop(done, None))

    async def _live(self, life: Life, body: Callable[[], Awaitable[Any]], after: float) -> None:
        lives.CURRENT.set(life)
        if after:
            await asyncio.sleep(after)
        add = self.site.recorder.add
        add(facts.ProcessStarted, job=life.job, partition=life.partition, today=self.site.today)
        try:
            await body()
        except BaseException as error:  # noqa: BLE001 - whatever ends a process is taken down, not passed on
            self._ended(life, error)
        else:
            self._dirty &= life.job not in ("intake", "nightly")
            if self.site.deaf:
                self._look_again(life)
            add(facts.ProcessEnded, how="done")

    def _ended(self, life: Life, error: BaseException) -> None:
        if life.job in ("intake", "nightly"):
            self._dirty = True
        self._look_again(life)
        if life.died_at:
            self.crashes += 1
            return
        expected = isinstance(error, ServiceFailure | StageStoppedError | asyncio.CancelledError)
        if not expected:
            self.problems.append((life.name, error))
        self.site.recorder.add(facts.ProcessEnded, how=f"{type(error).__name__}: {error}")

    def _look_again(self, life: Life) -> None:
        if life.job == "engagement" and self.site.now < self._until:
            self.start("engagement", after=_LOOKS_AGAIN)

    def power_cut(self, where: str) -> None:
        """Every process dies at once."""
        for task, life in list(self.running.items()):
            if not life.died_at:
                life.died_at = where
                self.site.recorder.history.add(facts.ProcessCrashed(at=self.site.now, who=life.name, where=where))
                task.cancel()

    def by_hand(self, limit: int, *, draft_only: bool = False) -> None:
        """An operator asks for mails now: the ordinary job with a limit."""
        site = self.site
        self.start("outreach", lane=9, body=partial(outreach, site, site.today, limit=limit, draft_only=draft_only))

"""Many runs, one seed each, over several processes; what is kept of each is its sums and its violations.

What must hold: a seed's run is the same alone, in a series, and in whatever process it lands.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from simulation.history import Violation
from simulation.kinds import SCALES, Kind
from simulation.run import Script, simulate


@dataclass(frozen=True, slots=True)
class Summed:
    """What is kept of a run."""

    script: Script
    sends: int
    crashes: int
    unknowns: int
    processes: int
    facts: int
    seconds: float
    violations: tuple[Violation, ...]


@dataclass(slots=True)
class Series:
    """Sums over runs; ``seconds`` of the machine's clock; ``stopped`` if somebody ended it before its last run."""

    runs: int = 0
    days: int = 0
    sends: int = 0
    crashes: int = 0
    unknowns: int = 0
    processes: int = 0
    facts: int = 0
    seconds: float = 0.0
    stopped: bool = False
    violations: list[tuple[Script, Violation]] = field(default_factory=list)

    def add(self, run: Summed) -> None:
        """Count a run."""
        self.runs += 1
        self.days += run.script.days
        for name in ("sends", "crashes", "unknowns", "processes", "facts"):
            setattr(self, name, getattr(self, name) + getattr(run, name))
        self.violations += [(run.script, violation) for violation in run.violations]

    @property
    def days_per_minute(self) -> float:
        """Simulated days in a minute of the machine's clock."""
        return 60.0 * self.days / self.seconds if self.seconds else 0.0

    @property
    def sends_per_second(self) -> float:
        """Accepted mails in a second of the machine's clock."""
        return self.sends / self.seconds if self.seconds else 0.0


def scripts(
    seed: int,
    *,
    days: int,
    seeds: int,
    faults: str,
    without: tuple[str, ...] = (),
    calm: int | None = None,
    leads: int = 0,
    kind: Kind = Kind.ORDINARY,
) -> list[Script]:
    """Runs that have ``days`` days in each of ``seeds`` stretches, none longer than its kind's (`simulation.kinds`)."""
    made: list[Script] = []
    scale = SCALES[kind]
    for _ in range(seeds):
        left = days
        while left > 0:
            length = min(left, scale.longest)
            quiet = min(scale.calm, length // 2) if calm is None else min(calm, length)
            made.append(Script(seed + len(made), length, faults, without, quiet, leads, kind))
            left -= length
    return made


def run_summed(script: Script) -> Summed:
    """Run a script and keep its sums."""
    done = simulate(script)
    return Summed(
        script, done.sends, done.crashes, done.unknowns, done.processes, len(done.history), done.seconds,
        done.violations,
    )  # fmt: skip


def run_all(
    wanted: Sequence[Script], *, workers: int = 1, progress: Callable[[Series, int], None] | None = None
) -> Series:
    """Run scripts; Ctrl-C ends it with what the runs so far have shown.

    Args:
        wanted: What to run.
        workers: Processes; 1 runs in this one.
        progress: Called after each run with the sums so far and the number of scripts.
    """
    series, began = Series(), time.perf_counter()
    try:
        for run in _each(wanted, workers):
            series.add(run)
            series.seconds = time.perf_counter() - began
            if progress:
                progress(series, len(wanted))
    except KeyboardInterrupt:
        series.stopped = True
    series.violations.sort(key=lambda found: (found[0].seed, found[1].at))
    return series


def _each(wanted: Sequence[Script], workers: int) -> Iterator[Summed]:
    if workers <= 1 or len(wanted) == 1:
        yield from map(run_summed, wanted)
        return
    os.environ.setdefault(
        "POLARS_MAX_THREADS", "1"
    )  # as many processes as cores: threads would only be in each other's way
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        coming = [pool.submit(run_summed, script) for script in wanted]
        try:
            for done in as_completed(coming):
                yield done.result()
        except BaseException:  # whoever ends it does not wait for runs that nobody will look at
            for child in multiprocessing.active_children():
                child.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise

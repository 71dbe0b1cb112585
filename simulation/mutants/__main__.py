"""`python -m simulation.mutants [NAME...]`: every mutant against the simulator, and which checker caught it.

What must hold: the exit code is 1 if a mutant survives, if one does not fit the product any more, or if the product
itself is reported in the same runs.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from simulation.mutants.catalogue import LUCK, MUTANTS
from simulation.mutants.mutant import Mutant, mutated
from simulation.mutants.overlay import ROOT, overlay

MOST_SEEDS = 1_000
PATIENCE = 1_800.0
"""Seconds given to one mutant."""
CONTROL_SEEDS = 5
ALL = frozenset(f"I{number}" for number in range(1, 12))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: the invariant that caught it (empty: it survived), the seeds it took, and seconds."""

    mutant: Mutant
    invariant: str
    seeds: int
    seconds: float
    message: str


def verdict_on(mutant: Mutant, *, seeds: int = MOST_SEEDS, patience: float = PATIENCE) -> Verdict:
    """Look for a mutant in a process of its own.

    Raises:
        StaleMutantError: It does not fit the product any more.
        RuntimeError: The process failed.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        place = overlay(Path(folder), mutated(ROOT, mutant))
        done = subprocess.run(
            [
                sys.executable, "-m", "simulation.mutants.trial", mutant.luck.name, " ".join(sorted(mutant.breaks)),
                str(seeds), str(patience),
            ],
            cwd=place, env={**os.environ, "PYTHONPATH": str(place)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{mutant.name}: {done.stderr[-2000:]}")
    told = json.loads(done.stdout)
    return Verdict(mutant, told["invariant"], told["seeds"], time.monotonic() - began, told["message"])


def _controls() -> Iterator[Mutant]:
    """The product as it is, under each bad luck: nothing may be reported."""
    for luck in LUCK.values():
        yield Mutant(f"the product itself ({luck.name})", ALL, luck, ())


def main(names: Sequence[str]) -> int:
    """Try the mutants whose names contain one of these words, all without any, and print the table.

    Returns:
        The exit code.
    """
    wanted = [each for each in MUTANTS if not names or any(name in each.name for name in names)]
    print("| mutant | caught by | seeds | seconds |", "| --- | --- | ---: | ---: |", sep="\n")
    caught = false_alarms = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for verdict in pool.map(verdict_on, wanted):
            caught += bool(verdict.invariant)
            told = verdict.invariant or "**survived**"
            print(f"| {verdict.mutant.name} | {told} | {verdict.seeds} | {verdict.seconds:.0f} |", flush=True)
        for verdict in pool.map(lambda each: verdict_on(each, seeds=CONTROL_SEEDS), [] if names else _controls()):
            false_alarms += bool(verdict.invariant)
            told = f"**reported: {verdict.message}**" if verdict.invariant else "nobody"
            print(f"| {verdict.mutant.name} | {told} | {verdict.seeds} | {verdict.seconds:.0f} |", flush=True)
    print(f"\n{caught} of {len(wanted)} caught; {false_alarms} false alarms")
    return int(caught < len(wanted) or false_alarms > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

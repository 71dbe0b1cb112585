"""Measuring a piece of work in a process of its own, and showing results as ratios.

What must hold: numbers of one table come from one run on one machine; peak memory is that of the process that worked,
not of the one that waits.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

ROOT: Final = Path(__file__).resolve().parent.parent


def measured(work: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """What a piece of work returns, with its wall seconds and this process's peak memory in megabytes."""
    began = time.perf_counter()
    told = work()
    seconds = time.perf_counter() - began
    return {**told, "seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def alone(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a part of a benchmark in a fresh interpreter and return the JSON document it prints last.

    Raises:
        RuntimeError: The part failed; the message ends with what it said.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True,
        check=False, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    document: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return document


def tell(document: Mapping[str, Any]) -> None:
    """Hand a part's result to the process that asked for it."""
    print(json.dumps(document))


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; the first column is what was done, the others are numbers."""
    table = Table(title=title, title_justify="left")
    for position, name in enumerate(columns):
        table.add_column(name, justify="right" if position else "left")
    for row in rows:
        table.add_row(*(f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row))
    Console(width=120).print(table)

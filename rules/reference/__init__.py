"""The tables the rules look facts up in, shipped as package data.

One thing must hold: a table is a constant. It is read once per process, never written, and its origin and licence
stand in the README beside it.
"""

from functools import cache
from importlib import resources


@cache
def reference_text(name: str) -> str:
    """A shipped table as text.

    Raises:
        FileNotFoundError: no such table is shipped.
    """
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


@cache
def reference_lines(name: str) -> tuple[str, ...]:
    """The lines of a shipped table, without line ends, empty lines dropped.

    Raises:
        FileNotFoundError: no such table is shipped.
    """
    return tuple(line for line in reference_text(name).splitlines() if line)


@cache
def reference_set(name: str) -> frozenset[str]:
    """A shipped one-word-per-line table as a set."""
    return frozenset(reference_lines(name))


@cache
def reference_rows(name: str) -> tuple[tuple[str, ...], ...]:
    """A shipped tab-separated table as rows of cells; lines starting with `#` are comments."""
    return tuple(tuple(line.split("\t")) for line in reference_lines(name) if not line.startswith("#"))

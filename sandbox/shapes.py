"""Checking that the parts of a JSON body are of the kinds an endpoint reads.

The one thing that must hold: only kinds are checked here; what a value means is the endpoint's own business.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

Shape = Mapping[str, type | tuple[type, ...]]
"""Kinds by path: `text.format` is a key inside a key, `tools[]` each entry of a list. Absent and null always fit."""


def misfit(body: Any, shape: Shape) -> str | None:
    """Return the path of the first part that is of another kind than the shape says, None if all fit."""
    for path, kinds in shape.items():
        found = [body]
        for name, listed in _steps(path):
            values = [value.get(name) if isinstance(value, Mapping) else None for value in found]
            found = [entry for value in values if isinstance(value, list) for entry in value] if listed else values
        for value in found:
            if value is not None and not isinstance(value, kinds):
                return path
            if isinstance(value, bool) and bool not in (kinds if isinstance(kinds, tuple) else (kinds,)):
                return path
    return None


@cache
def _steps(path: str) -> tuple[tuple[str, bool], ...]:
    """The keys of a path, each with whether a list is behind it."""
    return tuple((step.removesuffix("[]"), step.endswith("[]")) for step in path.split("."))

"""Checking that the parts of a JSON body are of the kinds an endpoint reads.

The one thing that must hold: only kinds are checked here; what a value means is the endpoint's own business.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Shape = Mapping[str, type | tuple[type, ...]]
"""Kinds by path: `text.format` is a key inside a key, `tools[]` each entry of a list. Absent and null always fit."""


def misfit(body: Any, shape: Shape) -> str | None:
    """Return the path of the first part that is of another kind than the shape says, None if all fit."""
    for path, kinds in shape.items():
        for value in _values(body, path.split(".")):
            if value is not None and not isinstance(value, kinds):
                return path
            if isinstance(value, bool) and bool not in (kinds if isinstance(kinds, tuple) else (kinds,)):
                return path
    return None


def _values(body: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield body
        return
    name = steps[0].removesuffix("[]")
    value = body.get(name) if isinstance(body, Mapping) else None
    if not steps[0].endswith("[]"):
        yield from _values(value, steps[1:])
    elif isinstance(value, list):
        for entry in value:
            yield from _values(entry, steps[1:])

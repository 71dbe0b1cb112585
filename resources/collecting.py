"""Making a great many objects at once without the collector looking through all of them again and again.

What must hold: the collector is as it was when the work is over, whatever became of the work.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector look seldom: for long work that makes few cycles and keeps most of what it makes."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector of reference cycles off: for bounded work whose objects have no cycles and are all kept.

    Ten thousand rows start it a dozen times, each time it looks at all that were made before; for a listing of events
    that is a third of the work. Also a decorator.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

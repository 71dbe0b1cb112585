"""Lives of simulated processes: where one dies, where one stands still, and that the dead do nothing any more.

What must hold: a process that died has no further effect, whatever its handlers try: every boundary it reaches throws
it out again. A boundary is a statement that writes, a commit, and each end of a call to another service.
"""

from contextvars import ContextVar
from dataclasses import dataclass


class Killed(BaseException):
    """The end of a process, as after ``kill -9``."""


@dataclass(slots=True)
class Life:
    """One process from start to end.

    Attributes:
        name: ``job-lane#run``.
        job: What it runs.
        partition: The day it runs for.
        dies_at: The number of the boundary it dies before; 0 for none.
        died_at: Which boundary that was, once it is dead.
        passed: Boundaries reached so far.
    """

    name: str
    job: str
    partition: str
    dies_at: int = 0
    died_at: str = ""
    passed: int = 0

    def end(self, where: str) -> None:
        """Die.

        Raises:
            Killed: always.
        """
        self.died_at = where
        raise Killed(where)


CURRENT: ContextVar[Life | None] = ContextVar("life", default=None)
"""The process whose code runs; none for the world, operators and the network."""


def name() -> str:
    """The name of the process whose code runs, or nothing."""
    life = CURRENT.get()
    return life.name if life else ""

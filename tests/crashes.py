"""A process that dies at a chosen statement of its ledger: what it had not committed is gone, as after `kill -9`.

What must hold: nothing of the code under test is replaced; the database is where it ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from resources.ledger.ledger import Ledger

WRITES = ("INSERT", "UPDATE", "DELETE")


class Killed(BaseException):
    """The end of the process; no handler of ordinary exceptions sees it."""


@dataclass
class Written:
    """How many writing statements were begun."""

    statements: int = 0


@contextmanager
def dying(ledger: Ledger, *, at: int = 0, on: str = "") -> Iterator[Written]:
    """Let the process die.

    Args:
        ledger: Whose statements are counted.
        at: The number of the writing statement it dies at, from 1; 0 for none.
        on: The beginning of the statement it dies at, whatever its number.
    """
    written = Written()

    def watch(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(WRITES):
            return
        written.statements += 1
        if written.statements == at or (on and statement.startswith(on)):
            raise Killed

    event.listen(ledger.transactions.engine, "before_cursor_execute", watch)
    try:
        yield written
    finally:
        event.remove(ledger.transactions.engine, "before_cursor_execute", watch)


def died(error: BaseException) -> bool:
    """Whether an exception, or one of its group, is the end of the process."""
    if isinstance(error, BaseExceptionGroup):
        return any(died(inner) for inner in error.exceptions)
    return isinstance(error, Killed)

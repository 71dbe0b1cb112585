"""A process that dies at a chosen statement of its ledger: what it had not committed is gone, as after `kill -9`.

What must hold: nothing of the code under test is replaced; the database is where it ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from resources.ledger.in_memory import InMemory, Watcher
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

    def watch(statement: str, _values: Any) -> None:
        if not statement.startswith(WRITES):
            return
        written.statements += 1
        if written.statements == at or (on and statement.startswith(on)):
            raise Killed

    with overheard(ledger, watch):
        yield written


@contextmanager
def overheard(ledger: Ledger, told: Callable[[str, Any], None]) -> Iterator[None]:
    """Be told the text and the values of every statement, on whatever engine the ledger is."""
    if isinstance(ledger.transactions, InMemory):

        class Ear(Watcher):
            def statement(self, writes: str, text: str, values: Any) -> None:
                del writes
                told(text, values)

        before, ledger.transactions.watcher = ledger.transactions.watcher, Ear()
        try:
            yield
        finally:
            ledger.transactions.watcher = before
        return

    def listener(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        told(statement, values)

    event.listen(ledger.transactions.engine, "before_cursor_execute", listener)
    try:
        yield
    finally:
        event.remove(ledger.transactions.engine, "before_cursor_execute", listener)


def died(error: BaseException) -> bool:
    """Whether an exception, or one of its group, is the end of the process."""
    if isinstance(error, BaseExceptionGroup):
        return any(died(inner) for inner in error.exceptions)
    return isinstance(error, Killed)

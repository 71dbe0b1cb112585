"""Money before it is spent: a call to a model is granted, held and settled in the ledger (rules A7, B5, B29).

What must hold: the transaction that grants a call has counted everything spent and held before it, by every process, so
no concurrency overdraws a budget; and of two who ask the same question only one is granted it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from resources.ledger.schema import paid_call, reservation
from resources.ledger.transactions import Transactions
from resources.ledger.work import Item, inputs_of, same_inputs

REHEARSAL: Final = "replay"
"""The stage of calls whose results nobody gets: they count for the day and the run, not for the person."""


class Hold(StrEnum):
    """What became of a grant that was not settled."""

    OPEN = "open"
    """The call is on its way; past its time, its process died and the call may have been charged."""
    LOST = "lost"
    """The call ended without an answer and may have been charged."""


class Limit(StrEnum):
    """Why a call is not granted."""

    BUSY = "busy"
    """Another worker is asking the same question."""
    BOUGHT = "bought"
    """The answer is in the ledger already."""
    RUN = "run"
    DAY = "day"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a call may cost, and under which budgets (US dollars).

    Attributes:
        run: What the run's budget is counted by: all stages of one run share it.
        until: When a grant that nobody settled counts as lost: longer than the longest call.
    """

    expected: float
    run: str
    per_run: float
    per_day: float
    per_lead: float
    until: datetime


def _same(table: Table) -> ColumnElement[bool]:
    """The rows of a question, see `_values`."""
    return same_inputs(table) & (table.c.attempt == bindparam("the_attempt"))


def _values(item: Item, attempt: int) -> dict[str, object]:
    return {**inputs_of(item), "the_attempt": attempt}


def _total(dollars: Column[float], name: str) -> Select[float]:
    """The sum over a run, a day or a lead."""
    table = dollars.table
    total = select(func.coalesce(func.sum(dollars), 0.0)).where(table.c[name] == bindparam("of"))
    return total if name != "lead_id" else total.where(table.c.stage != REHEARSAL)


# Asked before every call: a statement that is made once costs half of one that is made anew each time.
_ANSWERED = select(paid_call.c.id).where(_same(paid_call))
_ASKED = select(reservation.c.id).where(
    _same(reservation), reservation.c.state == Hold.OPEN, reservation.c.until > bindparam("now")
)
_HELD: Final = insert(reservation)
_TOTALS: Final = {
    limit: (_total(paid_call.c.cost_usd, name), _total(reservation.c.expected_usd, name))
    for limit, name in ((Limit.DAY, "day"), (Limit.RUN, "run"), (Limit.LEAD, "lead_id"))
}


class Purses:
    """Grants of calls, and what they are counted against."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def grant(self, item: Item, *, attempt: int, terms: Terms, now: datetime) -> Limit | None:
        """Grant a call, or say which limit stands against it."""
        with self._transactions.write() as (connection, _):
            question = _values(item, attempt)
            if connection.execute(_ANSWERED, question).first():
                return Limit.BOUGHT
            if connection.execute(_ASKED, {**question, "now": now}).first():
                return Limit.BUSY
            for limit, most, value in (
                (Limit.DAY, terms.per_day, item.day),
                (Limit.RUN, terms.per_run, terms.run),
                (Limit.LEAD, terms.per_lead, item.lead_id),
            ):
                counts = limit is not Limit.LEAD or item.stage != REHEARSAL
                if counts and value is not None and _counted(connection, limit, value) + terms.expected > most:
                    return limit
            held = {
                "stage": item.stage, "item": item.key, "input_hash": item.input_hash, "attempt": attempt,
                "day": item.day, "run": terms.run, "lead_id": item.lead_id, "expected_usd": terms.expected,
                "state": Hold.OPEN, "at": now, "until": terms.until,
            }  # fmt: skip
            connection.execute(_HELD, held)
        return None

    def settle(self, item: Item, *, attempt: int, may_be_charged: bool) -> None:
        """A granted call ended without an answer; one that may have been charged keeps its expected price."""
        mine = _same(reservation) & (reservation.c.state == Hold.OPEN)
        with self._transactions.write() as (connection, _):
            ended = update(reservation).values(state=Hold.LOST) if may_be_charged else delete(reservation)
            connection.execute(ended.where(mine), _values(item, attempt))

    def uncertain(self, *, day: str, now: datetime) -> float:
        """US dollars that calls without an answer may have cost on a day."""
        gone = (reservation.c.state == Hold.LOST) | (reservation.c.until <= now)
        statement = select(func.coalesce(func.sum(reservation.c.expected_usd), 0.0))
        with self._transactions.read() as connection:
            return float(connection.execute(statement.where(reservation.c.day == day, gone)).scalar_one())


def _counted(connection: Connection, limit: Limit, value: str) -> float:
    """Dollars spent and held for a run, a day or a lead."""
    return sum(float(connection.execute(total, {"of": value}).scalar_one()) for total in _TOTALS[limit])

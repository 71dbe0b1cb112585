"""The ledger in memory: its statements go straight to SQLite; it can be watched; what breaks off leaves nothing."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from resources.ledger.in_memory import InMemory, Watcher
from resources.ledger.ledger import Ledger, Place
from resources.ledger.schema import flag, send, stamp
from resources.ledger.transactions import LedgerError
from tests.builders import MONDAY, accepted, prepared


class Ear(Watcher):
    """Remembers what it is told; raises where it is asked to."""

    def __init__(self, dies_at: str = "") -> None:
        self.told: list[str] = []
        self.dies_at = dies_at

    def note(self, what: str) -> None:
        self.told.append(what)
        if what == self.dies_at:
            raise KeyboardInterrupt

    def statement(self, writes: str, text: str, values: Any) -> None:
        assert text
        assert values is not None
        if writes:
            self.note(writes)

    def ending(self) -> None:
        self.note("ending")

    def committed(self) -> None:
        self.note("committed")

    def undone(self) -> None:
        self.note("undone")

    def ended(self) -> None:
        self.note("ended")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = Ledger.open(Place("sqlite://", None, "spring", "machine-1"))
    yield opened
    opened.close()


def memory(ledger: Ledger) -> InMemory:
    assert isinstance(ledger.transactions, InMemory)
    return ledger.transactions


@contextmanager
def heard(ledger: Ledger, ear: Ear) -> Iterator[Ear]:
    memory(ledger).watcher = ear
    yield ear
    memory(ledger).watcher = Watcher()


def test_a_watcher_is_told_of_each_step_of_a_transaction(ledger: Ledger) -> None:
    with heard(ledger, Ear()) as ear:
        ledger.flags.stamp("looked", at=MONDAY)
        ledger.flags.stamped("looked")
    assert ear.told == ["insert stamp", "ending", "committed", "ended", "ending", "ended"]


@pytest.mark.parametrize("moment", ["insert send", "insert journal", "update journal_head", "ending"])
def test_a_process_that_dies_before_its_commit_leaves_nothing(ledger: Ledger, moment: str) -> None:
    with heard(ledger, Ear(dies_at=moment)) as ear, pytest.raises(KeyboardInterrupt):
        prepared(ledger)
    assert ear.told[-1] == "undone"
    with ledger.transactions.read() as connection:
        assert connection.execute(select(func.count()).select_from(send)).scalar_one() == 0
    assert ledger.verify() == 0


def test_what_was_committed_outlives_a_process_that_dies_right_after_it(ledger: Ledger) -> None:
    with heard(ledger, Ear(dies_at="ended")), pytest.raises(KeyboardInterrupt):
        ledger.flags.stamp("looked", at=MONDAY)
    assert ledger.flags.stamped("looked") == (MONDAY, "")


def test_a_transaction_within_another_is_refused(ledger: Ledger) -> None:
    with (
        pytest.raises(LedgerError, match="within another"),
        ledger.transactions.write(),
        ledger.transactions.read() as connection,
    ):
        connection.execute(select(flag))
    assert not memory(ledger).database.in_transaction


def test_rows_have_their_columns_names_and_their_types(ledger: Ledger) -> None:
    accepted(ledger, 1)
    with ledger.transactions.read() as connection:
        found = connection.execute(select(send.c.send_key, send.c.intent_at, send.c.settled_at))
        assert found.keys() == ("send_key", "intent_at", "settled_at")
        (row,) = found
        assert (row.intent_at, row[1], row) == (MONDAY, MONDAY, (row.send_key, MONDAY, row.settled_at))
        assert found.mappings().one()["intent_at"] == MONDAY
        assert list(found.scalars()) == [row.send_key]


def test_one_row_is_one_row(ledger: Ledger) -> None:
    with ledger.transactions.read() as connection:
        none = connection.execute(select(stamp.c.name))
        assert (none.first(), none.scalar(), none.all()) == (None, None, [])
        with pytest.raises(LookupError, match="0 were found"):
            none.one()
    for name in ("a", "b"):
        ledger.flags.stamp(name, at=MONDAY)
    with ledger.transactions.read() as connection, pytest.raises(LookupError, match="2 were found"):
        connection.execute(select(stamp.c.name)).scalar_one()


def test_a_parameter_without_a_value_is_named(ledger: Ledger) -> None:
    asked = select(stamp).where(stamp.c.name == bindparam("which", required=True))
    with ledger.transactions.read() as connection:
        for _ in range(2):  # while it is prepared, and afterwards
            with pytest.raises(InvalidRequestError, match="A value is required for bind parameter 'which'"):
                connection.execute(asked)
            connection.execute(asked, {"which": "looked"})


def test_what_sqlite_refuses_is_told_as_sqlalchemy_tells_it(ledger: Ledger) -> None:
    with pytest.raises(DBAPIError, match="no such table"), ledger.transactions.read() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")


def test_lists_of_any_length_are_looked_for(ledger: Ledger) -> None:
    for name in "abc":
        ledger.flags.stamp(name, at=MONDAY)
    asked = select(stamp.c.name).where(stamp.c.name.in_(bindparam("names", expanding=True))).order_by(stamp.c.name)
    with ledger.transactions.read() as connection:
        for names in ([], ["a"], ["a", "c"], ["c", "b", "a"], ["b"]):
            assert list(connection.execute(asked, {"names": names}).scalars()) == sorted(names)


def test_statements_that_were_thrown_away_are_forgotten(ledger: Ledger) -> None:
    known = memory(ledger).statements_known
    with ledger.transactions.read() as connection:
        for number in range(50):
            connection.execute(select(stamp).where(stamp.c.name == f"stamp {number}"))
    gc.collect()
    assert memory(ledger).statements_known <= known + 1

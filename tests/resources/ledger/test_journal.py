"""The journal: append-only, chained by hashes, so that a changed past is found."""

from datetime import datetime

import pytest
from sqlalchemy import delete, update

from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.schema import journal, journal_head
from resources.ledger.transactions import LedgerError
from tests.builders import HOUR, MONDAY, accepted, prepared


def write(ledger: Ledger, statement: object) -> None:
    with ledger.transactions.write() as (connection, _):
        connection.execute(statement)  # type: ignore[call-overload] # any statement will do


@pytest.mark.rule("A11")
def test_an_untouched_journal_is_whole(ledger: Ledger) -> None:
    assert ledger.verify() == 0
    accepted(ledger, 1)
    accepted(ledger, 2)
    assert ledger.verify() == 6


@pytest.mark.rule("A11")
@pytest.mark.parametrize(
    "forgery",
    [
        update(journal).where(journal.c.seq == 2).values(detail='{"epoch":9}'),
        update(journal).where(journal.c.seq == 2).values(at=MONDAY + HOUR),
        update(journal).where(journal.c.seq == 2).values(lead_id="rec9"),
        update(journal).where(journal.c.seq == 2).values(actor="somebody"),
        delete(journal).where(journal.c.seq == 2),
        delete(journal).where(journal.c.seq == 3),
        delete(journal),
        update(journal_head).values(seq=2),
        update(journal_head).values(hash="0" * 64),
    ],
)
def test_a_changed_past_is_found(ledger: Ledger, forgery: object) -> None:
    accepted(ledger, 1)
    write(ledger, forgery)

    with pytest.raises(LedgerError, match=r"journal (is broken|ends) at entry"):
        ledger.verify()


def test_a_transaction_that_fails_leaves_nothing_in_the_journal(ledger: Ledger) -> None:
    prepared(ledger, 1)
    with pytest.raises(RuntimeError, match="in the middle"), ledger.transactions.write() as (_, entries):  # noqa: PT012 - the append must stand before the failure
        entries.append("flag.on", "pause", at=MONDAY, actor="test")
        raise RuntimeError("in the middle")

    assert ledger.verify() == 1


def test_the_chain_goes_on_from_whoever_wrote_last(ledger: Ledger, second: Ledger) -> None:
    for number in range(4):
        book = (ledger, second)[number % 2]
        book.flags.raise_flag(list(FlagName)[number], reason="r", actor="a", now=MONDAY)

    assert second.verify() == 4


def test_times_without_a_zone_are_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="aware instants"), ledger.transactions.write() as (_, entries):
        entries.append("flag.on", "pause", at=datetime(2026, 11, 23), actor="test")  # noqa: DTZ001 - what is refused

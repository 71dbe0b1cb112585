"""Posted bodies: durable once, read in order, parked with a reason when nobody can read them; on every engine."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from resources.ledger.inbox import InboxSource
from resources.ledger.ledger import Ledger
from resources.ledger.transactions import LedgerError
from tests.builders import MONDAY

EVENTS, INBOUND = InboxSource.BREVO_EVENTS, InboxSource.BREVO_INBOUND


def test_a_body_posted_twice_is_kept_once_and_read_in_order(ledger: Ledger) -> None:
    assert ledger.inbox.keep(EVENTS, b'{"a":1}', now=MONDAY)
    assert not ledger.inbox.keep(EVENTS, b'{"a":1}', now=MONDAY + timedelta(minutes=1))
    assert ledger.inbox.keep(EVENTS, b"\x00\xff", now=MONDAY)
    assert ledger.inbox.keep(INBOUND, b'{"a":1}', now=MONDAY)

    assert [(item.body, item.received_at) for item in ledger.inbox.pending(EVENTS)] == [
        (b'{"a":1}', MONDAY),
        (b"\x00\xff", MONDAY),
    ]
    assert len(ledger.inbox.pending(EVENTS, limit=1)) == 1


def test_what_was_read_or_parked_is_not_read_again(ledger: Ledger) -> None:
    for body in (b"1", b"2", b"3"):
        ledger.inbox.keep(INBOUND, body, now=MONDAY)
    first, second, third = ledger.inbox.pending(INBOUND)

    ledger.inbox.applied([first.id], now=MONDAY)
    ledger.inbox.park([second.id], reason="no JSON", now=MONDAY)
    ledger.inbox.applied([], now=MONDAY)

    assert [item.id for item in ledger.inbox.pending(INBOUND)] == [third.id]
    assert ledger.inbox.counts(INBOUND) == {"applied": 1, "parked": 1, "pending": 1}
    assert not ledger.inbox.keep(INBOUND, b"1", now=MONDAY)


@pytest.mark.parametrize("url", ["file"], indirect=True)
def test_a_body_that_cannot_be_stored_is_refused_in_a_sentence(ledger: Ledger) -> None:
    """Another process holds the ledger for longer than anybody waits."""
    with ledger.transactions.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(str(ledger.transactions.engine.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="a posted body could not be stored: database is locked"):
            ledger.inbox.keep(EVENTS, b"1", now=MONDAY)
    assert ledger.inbox.keep(EVENTS, b"1", now=MONDAY)

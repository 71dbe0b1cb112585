"""What is asked of SQLite for each mail costs what it costs on the first day, however much history there is.

What must hold: SQLite plans without statistics, so that an index that is there need not be the one that is taken.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from resources.ledger.ledger import Ledger, Place
from rules.sending import COUNTED
from stages.outlook import outlook
from tests.builders import DAY, MONDAY, accepted, campaign, claimed, go, prepared
from tests.crashes import overheard

GROWING = ("send", "provider_event", "journal", "work", "paid_call", "record_version", "record")
"""Tables that only ever grow."""


def send_a_mail(ledger: Ledger) -> None:
    claim = claimed(ledger, 2)
    ledger.sends.intend(claim, now=MONDAY, day=DAY, decide=go)
    ledger.sends.accepted(claim, message_id="<m@relay>", now=MONDAY)


def look_at_caps(ledger: Ledger) -> None:
    outlook(campaign(caps={"ramp": (10, 20, 35)}), ledger=ledger, now=MONDAY)
    ledger.questions.outcomes_since(MONDAY)
    ledger.questions.outcomes_of_last(100, since=MONDAY - timedelta(days=30))


def look_for_work(ledger: Ledger) -> None:
    ledger.sends.ready(now=MONDAY)
    ledger.sends.reap(now=MONDAY)
    ledger.sends.unknown_due(now=MONDAY)
    ledger.questions.company_counts(DAY)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger.open(Place("sqlite://", tmp_path / "witness.json", "spring", "machine"))
    prepared(ledger)
    friday = MONDAY - timedelta(days=3)
    accepted(ledger, 3, now=friday, day=friday.date().isoformat())
    yield ledger
    ledger.close()


@pytest.mark.parametrize("ask", [send_a_mail, look_at_caps, look_for_work])
def test_no_question_goes_through_all_that_ever_was(ledger: Ledger, ask: Callable[[Ledger], None]) -> None:
    asked: dict[str, Any] = {}

    def note(statement: str, values: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            asked.setdefault(statement, tuple(values))

    with overheard(ledger, note):
        ask(ledger)

    told = dict(asked)
    assert len(told) > 3
    with ledger.transactions.read() as connection:
        for statement, values in told.items():
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all():
                whole = row[3].startswith("SCAN ") and row[3].split()[1] in GROWING
                assert not whole, f"{row[3]}: {statement}"
                through_states = (
                    row[3].startswith("SEARCH send ") and row[3].endswith("(state=?)") and set(COUNTED) <= set(values)
                )
                assert not through_states, f"every mail that ever went out is read: {statement}"

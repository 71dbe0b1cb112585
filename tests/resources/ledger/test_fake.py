"""The ledger as a fake: what breaks off leaves nothing, its look-ups say what its rows say, what it lacks it says.

The contracts themselves are tried on it by every other module here, and by the simulator's runs over both.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from resources.ledger.event_rows import EventRow
from resources.ledger.fake.books import Books, RowWatcher
from resources.ledger.fake.flags import FakeFlags
from resources.ledger.fake.ledger import FakeLedger
from resources.ledger.fake.sends import FakeSends
from resources.ledger.fake.suppressions import FakeSuppressions
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Place
from resources.ledger.resolutions import Word
from resources.ledger.schema import send
from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.ledger.transactions import LedgerError
from rules.alarms import Alarm, Severity
from rules.sending import SendState
from tests.builders import DAY, HOUR, MONDAY, accepted, claimed, new_send, prepared, sending, state_of

LATER = MONDAY + HOUR
EVENT = EventRow(
    "261123T100000x", DAY, "hard_bounce", "<told@relay>", new_send(1).send_key, new_send(1).address_hash,
    "2026-11-23T10:00:00.000000Z", None, None, "{}", "poll", None,
)  # fmt: skip


class Dying(RowWatcher):
    """Counts the places at which a process may die, dies at one of them, and knows what was committed before."""

    def __init__(self, books: Books, *, at: int) -> None:
        self.at = at
        self.passed = 0
        self.books = books
        self.durable = contents(books)

    def statement(self, writes: str, text: str, values: Any) -> None:
        assert (bool(writes), text, values) == (True, "", ())
        self.ending()

    def ending(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise KeyboardInterrupt

    def committed(self) -> None:
        self.durable = contents(self.books)


@pytest.fixture
def ledger() -> FakeLedger:
    made = FakeLedger(Place("", None, "spring", "machine-1"))
    assert made.gate(now=MONDAY) is None
    return made


def contents(books: Books) -> Mapping[str, Any]:
    """Everything that is held, look-ups included; what an empty look-up leaves behind does not count."""
    kept = {name: value for name, value in vars(books).items() if not name.startswith("_") and name != "watcher"}
    events = {key: (event.row, event.tag, event.received_at) for key, event in books.events.items()}
    tags = {tag: sorted(told) for tag, told in books.by_tag.items() if told}
    told = {name: _plain(value) for name, value in kept.items() if name not in ("events", "by_tag", "stand", "written")}
    return {**told, "events": events, "by_tag": tags}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        inside = {key: _plain(each) for key, each in value.items()}
        return {key: each for key, each in inside.items() if each or each is None}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def suppress(ledger: FakeLedger) -> None:
    prepared(ledger)
    fact = Suppression("address", new_send(1).address_hash, SuppressionReason.UNSUBSCRIBED, MONDAY, "test", "1")
    ledger.suppressions.add([fact], now=MONDAY)
    (row,) = ledger.suppressions.all()
    ledger.suppressions.lift([row["id"]], reason="a mistake", actor="ada", now=LATER)


def resolve(ledger: FakeLedger) -> None:
    ledger.sends.unknown(sending(ledger), reason="broke off", now=MONDAY)
    key = new_send(1).send_key
    ledger.sends.resolve(key, word=Word.NOT_SENT, before=SendState.UNKNOWN, message_id=None, actor="ada", now=LATER)


def forget(ledger: FakeLedger) -> None:
    prepared(ledger)
    ledger.events.merge([EVENT], now=MONDAY)
    ledger.sends.remember_accepted(zone=ZoneInfo("UTC"), actor="ada", now=LATER)


def rename(ledger: FakeLedger) -> None:
    accepted(ledger)
    ledger.events.merge([EVENT._replace(send_key=None), EVENT._replace(event_key="261123T100001x")], now=MONDAY)
    ledger.events.merge([EVENT], now=MONDAY)
    ledger.sends.name_anew({new_send(1).send_key: {"<told@relay>"}}, now=LATER)


def switch(ledger: FakeLedger) -> None:
    ledger.flags.raise_flag(FlagName.PAUSE, reason="a look", actor="ada", now=MONDAY)
    ledger.flags.lower_flag(FlagName.PAUSE, reason="looked", actor="ada", now=LATER)
    ledger.flags.stamp("looked", at=LATER)
    ledger.flags.stamp("looked", at=LATER + HOUR)
    ledger.keepsakes.tally(DAY, ours=1, provider=1, verdict="equal", now=LATER)
    ledger.api_calls.note("brevo", {"statistics": 2}, now=LATER)
    ledger.adopt(actor="ada", now=LATER)


STORIES: Mapping[str, Callable[[FakeLedger], object]] = {
    "a mail": accepted,
    "one that is reaped": lambda ledger: (claimed(ledger, 1), sending(ledger, 2), ledger.sends.reap(now=LATER)),
    "one that was lost": lambda ledger: ledger.sends.remember_lost(
        [new_send(1)], message_ids={new_send(1).send_key: "<m@relay>"}, actor="ada"
    ),
    "one that is withdrawn and written anew": lambda ledger: (
        ledger.sends.cancel([prepared(ledger).send_key], reason="stale", actor="plan", now=MONDAY),
        ledger.sends.prepare([new_send(1, company_key="other.example")], now=LATER),
    ),
    "a suppression": suppress,
    "an unknown outcome": resolve,
    "a restored ledger": forget,
    "another message id": rename,
    "switches, stamps and counts": switch,
}


@pytest.mark.rule("A7")
@pytest.mark.parametrize("story", list(STORIES))
def test_a_process_that_dies_anywhere_leaves_what_was_committed_and_nothing_else(story: str) -> None:
    """At each boundary of each story; what is left is what a copy of the rows alone would look up."""
    boundaries = 0
    while True:
        boundaries += 1
        ledger = FakeLedger(Place("", None, "spring", "machine-1"))
        books = ledger.books
        books.watcher = dying = Dying(books, at=boundaries)
        try:
            STORIES[story](ledger)
        except KeyboardInterrupt:
            assert contents(books) == dying.durable
            assert contents(books.copied()) == dying.durable
            continue
        break
    assert boundaries > 4
    assert contents(books.copied()) == contents(books) == dying.durable


def test_a_copy_goes_on_by_itself_and_is_found_out(ledger: FakeLedger) -> None:
    accepted(ledger)
    ledger.witness()
    backup = ledger.books.copied()
    accepted(ledger, 2)
    ledger.witness()

    ledger.books.become(backup)
    prepared(ledger, 3)
    assert "the ledger was restored" in (ledger.gate(now=LATER) or "")
    twin = FakeLedger(Place("", None, "spring", "machine-2"), ledger.books.copied())
    assert "another machine" in (twin.gate(now=LATER) or "")
    assert [row["send_key"] for row in twin.sends.of_day(DAY)] == [row["send_key"] for row in ledger.sends.of_day(DAY)]


def test_a_transaction_within_another_is_refused(ledger: FakeLedger) -> None:
    with ledger.books, pytest.raises(LedgerError, match="within another"):
        ledger.flags.stamp("looked", at=MONDAY)


def test_what_it_does_not_keep_it_refuses_instead_of_answering_wrongly(ledger: FakeLedger) -> None:
    with pytest.raises(LedgerError, match="keeps no work: use a ledger in memory"):
        ledger.work.finished([])
    with pytest.raises(LedgerError, match="keeps nothing that needs 'read'"):
        ledger.questions.steps("spring")
    with pytest.raises(LedgerError, match="keeps no statements"):
        ledger.sends.rows(select(send))
    assert not hasattr(ledger, "_nothing")


LEFT_OUT: Mapping[type, frozenset[str]] = {
    FakeSends: frozenset({"rows"}),
    FakeSuppressions: frozenset({"live", "counts"}),
    FakeFlags: frozenset(),
}
"""Methods that the fake has none of its own of: it refuses them, or they are made of others."""


@pytest.mark.parametrize("part", list(LEFT_OUT))
def test_whatever_belongs_to_sending_is_kept(part: type) -> None:
    """The suite leaves out what the fake refuses: were a method misspelt, its tests would go quiet."""
    real = next(each for each in part.__mro__ if ".fake." not in each.__module__)
    asked = {name for name in dir(real) if not name.startswith("_") and callable(getattr(real, name))}
    own = {name for each in part.__mro__ if ".fake." in each.__module__ for name in vars(each)}
    assert asked - own == LEFT_OUT[part] - own


def test_a_mail_that_was_written_anew_for_another_company_is_found_there(ledger: FakeLedger) -> None:
    ledger.sends.cancel([prepared(ledger).send_key], reason="stale", actor="plan", now=MONDAY)
    ledger.sends.prepare([new_send(1, company_key="other.example")], now=LATER)
    fact = Suppression("company", "other.example", SuppressionReason.DO_NOT_CONTACT, MONDAY, "ada", "1")
    ledger.suppressions.add([fact], now=LATER)
    assert state_of(ledger, new_send(1).send_key) == "cancelled"


def test_what_a_restore_took_away_is_not_settled_any_more(ledger: FakeLedger) -> None:
    claim = sending(ledger)
    ledger.books.become(Books())
    ledger.sends.accepted(claim, message_id="<m@relay>", now=LATER)
    ledger.sends.release(claim, now=LATER)
    assert ledger.sends.of_day(DAY) == []


def test_wrong_companies_are_reported_and_gone_again(ledger: FakeLedger) -> None:
    alarm = Alarm("replies.wrong_company", Severity.WARN, "one", "means", "fix", "/assets/replies")
    for alarms in ([alarm], [alarm], [], [alarm]):
        ledger.alerts.report(alarms, now=MONDAY + timedelta(hours=1), within="replies.")
    assert ledger.books.alerts == {"replies.wrong_company": {"state": "open"}}

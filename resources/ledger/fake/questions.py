"""What is asked of the fake ledger over several of its tables."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Final

from resources.ledger.fake.books import (
    ACCEPTED,
    COUNTED_STATES,
    OUTREACH,
    PRESUMED,
    SENDING,
    UNKNOWN,
    Books,
    Row,
    shown,
)
from resources.ledger.fake.missing import NOT_KEPT
from resources.ledger.questions import SIGNALS, Questions
from rules.breakers import Outcomes

_UNSURE: Final = frozenset({UNKNOWN, PRESUMED, SENDING})
_REQUESTED: Final = ("send_key", "lead_id", "message_id", "address_hash", "company_key", "intent_at", "places")


class FakeQuestions(Questions):
    """As `resources.ledger.questions.Questions`, as far as sending asks."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def outcomes_since(self, since: datetime) -> Outcomes:
        """See `Questions.outcomes_since`."""
        books = self._books
        gave = [
            kinds
            for message, kinds in books.signalled()
            if any(_counts(row) and row["intent_at"] >= since for row in books.by_message.get(message, ()))
        ]
        books.looked()
        sent = books.counted_after(since, from_it_on=True)
        books.looked()
        return _outcomes(sent, gave)

    def outcomes_of_last(self, number: int, *, since: datetime) -> Outcomes:
        """See `Questions.outcomes_of_last`."""
        books = self._books
        last: set[str] = set()
        sent = 0
        for at, rowid in reversed(books.asked):
            if at < since or sent == number:
                break
            row = books.numbered[rowid]
            if row["kind"] == OUTREACH and row["message_id"] is not None:
                last.add(row["message_id"])
                sent += 1
        gave = [kinds for message, kinds in books.signalled() if message in last]
        books.looked()
        books.looked()
        return _outcomes(sent, gave)

    def sending_days(self, *, before: str, newest: int) -> list[tuple[str, Outcomes]]:
        """See `Questions.sending_days`."""
        books = self._books
        known = sorted((day for day, number in books.days.items() if number and day < before), reverse=True)
        days = sorted(known[:newest])
        books.looked()
        if not days:
            return []
        gave: dict[str, list[list[str]]] = {}
        for message, kinds in books.signalled():
            for row in books.by_message.get(message, ()):
                if _counts(row) and days[0] <= row["intent_day"] < before:
                    gave.setdefault(row["intent_day"], []).append(kinds)
        books.looked()
        return [(day, _of_day(books.days[day], gave.get(day, []))) for day in days]

    def requested(self, **named: Collection[str]) -> list[Row]:
        """See `Questions.requested`."""
        books = self._books
        found: dict[str, Row] = {}
        for column, values in named.items():
            wanted = sorted(values)
            for start in range(0, len(wanted), 500):
                for value in wanted[start : start + 500]:
                    found.update((row["send_key"], row) for row in _having(books, column, value))
                books.looked()
        oldest = sorted(found.values(), key=lambda row: (row["intent_at"], row["send_key"]))
        return [{name: row[name] for name in _REQUESTED} for row in oldest]

    def first_intent(self) -> datetime | None:
        """See `Questions.first_intent`."""
        first = self._books.asked[0][0] if self._books.asked else None
        self._books.looked()
        return first

    def accepted_between(self, start: datetime, end: datetime) -> tuple[int, int]:
        """See `Questions.accepted_between`."""
        states = [row["state"] for row in self._books.within(start, end)]
        self._books.looked()
        self._books.looked()
        return states.count(ACCEPTED), sum(1 for state in states if state in _UNSURE)

    def send_of(self, send_key: str) -> Row | None:
        """See `Questions.send_of`."""
        row = self._books.sends.get(send_key)
        self._books.looked()
        return None if row is None else shown(row)


def _counts(row: Row) -> bool:
    return row["kind"] == OUTREACH and row["state"] in COUNTED_STATES


def _having(books: Books, column: str, value: str) -> list[Row]:
    rows = {
        "message_id": books.by_message.get(value, []),
        "send_key": [books.sends[value]] if value in books.sends else [],
        "address_hash": books.by_address.get(value, []),
        "company_key": books.by_company.get(value, []),
    }[column]
    return [row for row in rows if row["kind"] == OUTREACH and row["intent_at"] is not None]


def _outcomes(sent: int, gave: list[list[str]]) -> Outcomes:
    """A mail with two events of one kind counts once, one with two kinds that mean the same too."""
    counts: Counter[str] = Counter()
    for kinds in gave:
        counts.update({SIGNALS[kind] for kind in kinds})
    return Outcomes(sent=sent, **counts)


def _of_day(sent: int, gave: list[list[str]]) -> Outcomes:
    counts = Counter(SIGNALS[kind] for kinds in gave for kind in kinds)
    return Outcomes(sent=sent, **counts)

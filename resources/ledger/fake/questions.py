"""What is asked of the fake ledger over several of its tables."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Final

from resources.ledger.fake.books import ACCEPTED, COUNTED_STATES, OUTREACH, PRESUMED, SENDING, UNKNOWN, Books, Row
from resources.ledger.fake.missing import NOT_KEPT
from resources.ledger.questions import SIGNALS, Questions
from rules.breakers import Outcomes

_UNSURE: Final = frozenset({UNKNOWN, PRESUMED, SENDING})


class FakeQuestions(Questions):
    """As `resources.ledger.questions.Questions`, as far as sending asks."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def outcomes_since(self, since: datetime) -> Outcomes:
        """See `Questions.outcomes_since`."""
        books = self._books
        gave = [
            (message, kinds)
            for message, kinds in books.signals.items()
            if (row := books.by_message.get(message)) and _counts(row) and row["intent_at"] >= since
        ]
        books.looked()
        sent = books.counted_after(since, from_it_on=True)
        books.looked()
        return _outcomes(sent, gave)

    def outcomes_of_last(self, number: int, *, since: datetime) -> Outcomes:
        """See `Questions.outcomes_of_last`."""
        books = self._books
        last: list[str] = []
        for at, rowid in reversed(books.asked):
            if at < since or len(last) == number:
                break
            row = books.numbered[rowid]
            if row["kind"] == OUTREACH and row["message_id"] is not None:
                last.append(row["message_id"])
        gave = [(message, books.signals[message]) for message in last if message in books.signals]
        books.looked()
        books.looked()
        return _outcomes(len(last), gave)

    def sending_days(self, *, before: str, newest: int) -> list[tuple[str, Outcomes]]:
        """See `Questions.sending_days`."""
        books = self._books
        days = sorted(day for day, number in books.days.items() if number and day < before)[-newest:]
        books.looked()
        if not days:
            return []
        gave: dict[str, list[tuple[str, set[str]]]] = {}
        for message, kinds in books.signals.items():
            row = books.by_message.get(message)
            if row and _counts(row) and days[0] <= row["intent_day"] < before:
                gave.setdefault(row["intent_day"], []).append((message, kinds))
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
        return sorted((dict(row) for row in found.values()), key=lambda row: (row["intent_at"], row["send_key"]))

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
        return None if row is None else dict(row)


def _counts(row: Row) -> bool:
    return row["kind"] == OUTREACH and row["state"] in COUNTED_STATES


def _having(books: Books, column: str, value: str) -> list[Row]:
    rows = {
        "message_id": [books.by_message[value]] if value in books.by_message else [],
        "send_key": [books.sends[value]] if value in books.sends else [],
        "address_hash": books.by_address.get(value, []),
        "company_key": books.by_company.get(value, []),
    }[column]
    return [row for row in rows if row["kind"] == OUTREACH and row["intent_at"] is not None]


def _outcomes(sent: int, gave: list[tuple[str, set[str]]]) -> Outcomes:
    """A mail with two events of one kind counts once, one with two kinds that mean the same too."""
    counts: Counter[str] = Counter()
    for _, kinds in gave:
        counts.update({SIGNALS[kind] for kind in kinds})
    return Outcomes(sent=sent, **counts)


def _of_day(sent: int, gave: list[tuple[str, set[str]]]) -> Outcomes:
    counts = Counter(SIGNALS[kind] for _, kinds in gave for kind in kinds)
    return Outcomes(sent=sent, **counts)

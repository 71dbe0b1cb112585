"""The fake ledger's suppressions."""

from collections.abc import Sequence
from datetime import datetime

from resources.ledger.fake.books import CANCELLED, READY, Books, Row
from resources.ledger.fake.missing import NOT_KEPT
from resources.ledger.suppressions import Suppression, Suppressions


class FakeSuppressions(Suppressions):
    """As `resources.ledger.suppressions.Suppressions`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def add(self, facts: Sequence[Suppression], *, now: datetime) -> int:
        """See `Suppressions.add`."""
        if not facts:
            return 0
        new = 0
        with self._books as books:
            for fact in facts:
                books.writes("insert suppression")
                one = (fact.kind, fact.key, fact.reason.value, fact.source, fact.evidence)
                if one in books.facts_known:
                    continue
                new += 1
                books.add_suppression(
                    {
                        "kind": fact.kind, "key": fact.key, "reason": fact.reason.value, "at": fact.at,
                        "until": fact.until, "source": fact.source, "evidence": fact.evidence, "lifted_at": None,
                    },
                    one,
                )  # fmt: skip
                books.entry()
                if fact.until is not None:
                    continue
                books.writes("update send")
                theirs = (books.by_address if fact.kind == "address" else books.by_company).get(fact.key, ())
                for row in [each for each in theirs if each["state"] == READY]:
                    books.change_send(row, state=CANCELLED, reason=fact.reason.value, settled_at=now)
                    books.entry()
        return new

    def all(self) -> list[Row]:
        """See `Suppressions.all`."""
        rows = [dict(row) for row in self._books.suppressions]
        self._books.looked()
        return rows

    def lift(self, ids: Sequence[int], *, reason: str, actor: str, now: datetime) -> None:
        """See `Suppressions.lift`."""
        del reason, actor
        if not ids:
            return
        with self._books as books:
            books.writes("update suppression")
            for row in [row for row in books.suppressions if row["id"] in ids]:
                if row["lifted_at"] is None:
                    books.lift(row, now)
                    books.entry()

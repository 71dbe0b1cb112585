"""The fake ledger's switches and stamps."""

from datetime import datetime
from typing import Final

from resources.ledger.fake.books import Books
from resources.ledger.fake.missing import NOT_KEPT
from resources.ledger.flags import STOPS_SENDING, Flag, FlagName, Flags, Stand

_STOPS: Final = frozenset(name.value for name in STOPS_SENDING)


class FakeFlags(Flags):
    """As `resources.ledger.flags.Flags`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def raise_flag(self, name: FlagName, *, reason: str, actor: str, now: datetime) -> bool:
        """See `Flags.raise_flag`."""
        with self._books as books:
            known = books.flags.get(name.value)
            if known is not None and known["state"] == "on":
                return False
            books.writes("update flag" if known else "insert flag")
            row = {"name": name.value, "state": "on", "reason": reason, "actor": actor, "at": now}
            books.add("flags", name.value, row)
            books.entry()
        return True

    def lower_flag(self, name: FlagName, *, reason: str, actor: str, now: datetime) -> bool:
        """See `Flags.lower_flag`."""
        with self._books as books:
            books.writes("update flag")
            known = books.flags.get(name.value)
            if known is None or known["state"] != "on":
                return False
            books.add("flags", name.value, {**known, "state": "off", "reason": reason, "actor": actor, "at": now})
            books.entry()
        return True

    def stops(self) -> str | None:
        """See `Flags.stops`."""
        halted = stand(self._books).halted
        self._books.looked()
        return halted

    def raised(self) -> list[Flag]:
        """See `Flags.raised`."""
        rows = [row for row in self._books.flags.values() if row["state"] == "on"]
        self._books.looked()
        ordered = sorted(rows, key=lambda row: (row["at"], row["name"]))
        return [Flag(row["name"], row["reason"], row["actor"], row["at"]) for row in ordered]

    def stamp(self, name: str, *, at: datetime, detail: str = "") -> None:
        """See `Flags.stamp`."""
        with self._books as books:
            books.writes("insert stamp")
            books.stamp(name, at, detail)

    def stamped(self, name: str) -> tuple[datetime, str] | None:
        """See `Flags.stamped`."""
        found = self._books.stamps.get(name)
        self._books.looked()
        return found


def stand(books: Books) -> Stand:
    """What the switches say, in the caller's transaction."""
    if books.stand is None:
        books.stand = _stand(books)
    return books.stand


def _stand(books: Books) -> Stand:
    rows = [row for row in books.flags.values() if row["name"] in _STOPS]
    on = sorted((row for row in rows if row["state"] == "on"), key=lambda row: row["at"])
    return Stand(
        halted=f"{on[0]['name']}: {on[0]['reason']}" if on else None,
        resumed_at=max((row["at"] for row in rows if row["state"] == "off"), default=None),
    )

"""The fake ledger's unknown outcomes: reaped, looked for, remembered, settled on a person's word."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from resources.ledger.fake.books import (
    ACCEPTED,
    CLAIMED,
    PRESUMED,
    READY,
    REJECTED,
    SENDING,
    UNKNOWN,
    Books,
    Row,
    shown,
)
from resources.ledger.resolutions import VOUCHED, Word
from resources.ledger.sends import Sends
from resources.ledger.unknowns import CHECKS, UnknownSend
from rules.sending import SendState

_UNSURE: Final = (UNKNOWN, PRESUMED, REJECTED)
SETTLED: Final = {"holder": None, "lease_until": None}


class FakeUnknowns(Sends):
    """As `resources.ledger.unknowns.Unknowns` and `resources.ledger.resolutions.Resolutions`."""

    _books: Books

    def reap(self, *, now: datetime) -> tuple[int, int]:
        """See `Unknowns.reap`."""
        with self._books as books:
            books.writes("update send")
            freed = _expired(books, CLAIMED, now)
            for row in freed:
                books.change_send(row, state=READY, **SETTLED)
            books.writes("update send")
            lost = _expired(books, SENDING, now)
            for row in lost:
                books.change_send(row, state=UNKNOWN, reason="the sender died during the call", **SETTLED)
                books.entry()
        return len(freed), len(lost)

    def unknown_due(self, *, now: datetime) -> list[UnknownSend]:
        """See `Unknowns.unknown_due`."""
        books = self._books
        due = {
            key: row
            for key, row in books.by_state[UNKNOWN].items()
            if row["next_check_at"] is None or row["next_check_at"] <= now
        }
        for state in _UNSURE:
            due |= {key: row for key, row in books.by_state[state].items() if books.by_tag.get(key)}
        books.looked()
        found = sorted(due.values(), key=lambda row: (row["intent_at"], row["send_key"]))
        return [
            UnknownSend(row["send_key"], row["lead_id"], row["address_hash"], row["intent_at"], row["checks"])
            for row in found
        ]

    def looked_up(self, item: UnknownSend, *, message_id: str | None, now: datetime) -> SendState:
        """See `Unknowns.looked_up`."""
        values: dict[str, Any]
        if message_id is not None:
            values = {"state": ACCEPTED, "message_id": message_id, "next_check_at": None}
        elif now - item.intent_at >= CHECKS[-1]:
            values = {"state": PRESUMED, "next_check_at": None, "reason": "no trace after a day: presumed sent"}
        else:
            values = {"next_check_at": next(at for wait in CHECKS if (at := item.intent_at + wait) > now)}
        with self._books as books:
            books.writes("update send")
            row = books.sends.get(item.send_key)
            if row is not None and row["state"] in (_UNSURE if message_id is not None else (UNKNOWN,)):
                books.change_send(row, checks=item.checks + 1, **values)
                books.entry()
        return SendState(values.get("state", UNKNOWN))

    def name_anew(self, named: Mapping[str, AbstractSet[str]], *, now: datetime) -> int:
        """See `Unknowns.name_anew`."""
        del now
        books = self._books
        accepted = books.by_state[ACCEPTED]
        wrong = [row for key, names in named.items() if (row := accepted.get(key)) and row["message_id"] not in names]
        books.looked()
        if not wrong:
            return 0
        with books:
            for row in wrong:
                key, told = row["send_key"], row["message_id"]
                books.writes("update send")
                books.change_send(row, message_id=min(named[key]))
                books.writes("update provider_event")
                for event in [each for each in books.events.values() if each.row.send_key == key]:
                    if event.row.message_id == told:
                        books.tag(event, key)
                books.entry()
        return len(wrong)

    def remember_accepted(self, *, zone: ZoneInfo, actor: str, now: datetime) -> int:
        """See `Unknowns.remember_accepted`."""
        del actor
        with self._books as books:
            forgotten = [
                (row, told)
                for key, told in sorted(books.by_tag.items())
                if told and (row := books.sends.get(key)) and row["state"] not in (ACCEPTED, PRESUMED)
            ]
            for row, told in forgotten:
                at = datetime.fromisoformat(min(event.row.at for event in told.values()))
                books.writes("update send")
                books.change_send(
                    row, state=ACCEPTED, message_id=min(event.row.message_id for event in told.values()), intent_at=at,
                    settled_at=now, intent_day=at.astimezone(zone).date().isoformat(), epoch=row["epoch"] + 1,
                    next_check_at=None, **SETTLED,
                )  # fmt: skip
                books.entry()
        return len(forgotten)

    def unresolved(self) -> list[Row]:
        """See `Resolutions.unresolved`."""
        books = self._books
        rows = [*books.by_state[UNKNOWN].values(), *books.by_state[PRESUMED].values()]
        books.looked()
        return [shown(row) for row in sorted(rows, key=lambda row: (row["intent_at"], row["send_key"]))]

    def resolve(
        self, send_key: str, *, word: Word, before: SendState, message_id: str | None, actor: str, now: datetime
    ) -> bool:
        """See `Resolutions.resolve`."""
        said: dict[str, Any] = {"next_check_at": None, "settled_at": now}
        if word is Word.ACCEPTED and message_id:
            said |= {"state": ACCEPTED, "message_id": message_id, "reason": f"{actor}: {VOUCHED}"}
        elif word is Word.ACCEPTED:
            said |= {"state": PRESUMED, "reason": f"{actor}: {VOUCHED}"}
        elif word is Word.NOT_SENT:
            said |= {"state": REJECTED, "reason": f"{actor}: it was not sent, and shall not be"}
        else:
            said |= {
                "state": READY, "reason": f"{actor}: it was not sent, send it again", "not_before": now,
                "settled_at": None, "intent_at": None, "intent_day": None,
            }  # fmt: skip
        with self._books as books:
            books.writes("update send")
            row = books.sends.get(send_key)
            if row is None or row["state"] != before:
                return False
            again = {"epoch": row["epoch"] + 1} if word is Word.AGAIN else {}
            books.change_send(row, **said, **again, **SETTLED)
            books.entry()
        return True


def _expired(books: Books, state: str, now: datetime) -> list[Row]:
    held = books.by_state[state].values()
    return [row for row in held if row["lease_until"] is not None and row["lease_until"] < now]

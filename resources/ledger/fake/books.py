"""What the fake ledger holds: rows in dicts, with the look-ups a database would make indexes for.

What must hold: what a transaction changed is there as a whole or not at all, and the look-ups always say what the rows
say. One task at a time, in one process; nothing outlives it.
"""

import copy
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any, Final, Self

from resources.ledger.event_rows import EventRow
from resources.ledger.flags import Stand
from resources.ledger.in_memory import Watcher
from resources.ledger.questions import SIGNALS
from resources.ledger.transactions import Head, LedgerError
from rules.sending import COUNTED, SendState

Row = dict[str, Any]

READY, CLAIMED, SENDING = SendState.READY.value, SendState.CLAIMED.value, SendState.SENDING.value
ACCEPTED, REJECTED = SendState.ACCEPTED.value, SendState.REJECTED.value
UNKNOWN, PRESUMED, CANCELLED = SendState.UNKNOWN.value, SendState.PRESUMED.value, SendState.CANCELLED.value
COUNTED_STATES: Final = frozenset(state.value for state in COUNTED)
OUTREACH: Final = "outreach"
GENESIS: Final = "0" * 64
_AT_HOME: Final = frozenset({"address_hash", "company_key", "campaign", "step", "address"})
_INDEXED: Final = _AT_HOME | {"kind", "state", "intent_at", "intent_day", "message_id"}
_OWN: Final = ("mail", "rowid")


class RowWatcher(Watcher):
    """Sees rows, too; here it does nothing."""

    def changed(self, table: str, row: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
        """A row is new (``before`` is ``None``), or some of its values were others before."""


class Event:
    """A stored event: its row, the send key that leads to its mail where its message id does not, when we learnt it."""

    __slots__ = ("received_at", "row", "tag")

    def __init__(self, row: EventRow, tag: str | None, received_at: datetime) -> None:
        self.row = row
        self.tag = tag
        self.received_at = received_at


class Books:
    """Every table, as far as the fake keeps it. ``with books:`` is a transaction that writes.

    Attributes:
        sends: By key, each with the columns of `resources.ledger.schema.send`, its number as ``rowid`` and its `Mail`
            as ``mail``; `shown` leaves these two out.
        asked: Moment and number of every send that has an intent, in order; ``counted`` of those that use up caps.
        stand: What the switches say, until one of them changes.
        heads: The journal, an unforgeable mark for each entry: a copy that goes on by itself has other marks.
    """

    def __init__(self) -> None:
        self.watcher = RowWatcher()
        self.sends: dict[str, Row] = {}
        self.by_step: dict[tuple[str, str, str], Row] = {}
        self.numbered: list[Row] = []
        self.by_state: dict[str, dict[str, Row]] = {state.value: {} for state in SendState}
        self.by_message: defaultdict[str, list[Row]] = defaultdict(list)
        self.by_address: defaultdict[str, list[Row]] = defaultdict(list)
        self.by_company: defaultdict[str, list[Row]] = defaultdict(list)
        self.asked: list[tuple[datetime, int]] = []
        self.counted: list[tuple[datetime, int]] = []
        self.days: defaultdict[str, int] = defaultdict(int)
        self.companies: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
        self.suppressions: list[Row] = []
        self.facts_known: set[tuple[str, ...]] = set()
        self.by_key: defaultdict[str, list[Row]] = defaultdict(list)
        self.events: dict[str, Event] = {}
        self.by_tag: defaultdict[str, dict[str, Event]] = defaultdict(dict)
        self.signals: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.flags: dict[str, Row] = {}
        self.stamps: dict[str, tuple[datetime, str]] = {}
        self.tallies: dict[str, Row] = {}
        self.alerts: dict[str, Row] = {}
        self.replies: dict[str, Row] = {}
        self.calls: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self.meta: dict[str, str] = {}
        self.stand: Stand | None = None
        self.heads: list[str] = []
        self.written: Head | None = None
        self._marks = count(1)
        self._undo: list[Callable[[], None]] = []
        self._entries = 0
        self._open = False

    def __enter__(self) -> Self:
        if self._open:
            raise LedgerError("a transaction was begun within another")
        self._open = True
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        watcher = self.watcher
        if kind is not None:
            self._roll_back()
            watcher.undone()
            return
        try:
            if self._entries:
                watcher.statement("insert journal", "", ())
                watcher.statement("update journal_head", "", ())
            watcher.ending()
        except BaseException:
            self._roll_back()
            watcher.undone()
            raise
        self._open = False
        self._undo.clear()
        for _ in range(self._entries):
            self.heads.append(f"{next(self._marks):064x}")
        self._entries = 0
        self.written = self.head()
        watcher.committed()
        watcher.ended()

    def looked(self) -> None:
        """A transaction that only read is over."""
        if self._open:
            raise LedgerError("a transaction was begun within another")
        self.watcher.ending()
        self.watcher.ended()

    def writes(self, what: str) -> None:
        """A statement is about to write: ``update send`` or the like."""
        self.watcher.statement(what, "", ())

    def entry(self) -> None:
        """Append an entry to the journal of this transaction."""
        self._entries += 1

    def head(self) -> Head:
        """Where the journal stands."""
        return Head(len(self.heads), self.heads[-1]) if self.heads else Head(0, GENESIS)

    def add_send(self, row: Row) -> None:
        """Add a send with all its columns."""
        row["rowid"] = len(self.numbered)
        self._add_send(row)
        self._undo.append(lambda: self._drop_send(row))
        self.watcher.changed("send", row, None)

    def _add_send(self, row: Row) -> None:
        self.sends[row["send_key"]] = row
        self.numbered.append(row)
        self._settle_in(row)
        self._listed(row)

    def _settle_in(self, row: Row) -> None:
        self.by_step[row["campaign"], row["step"], row["address"]] = row
        self.by_address[row["address_hash"]].append(row)
        self.by_company[row["company_key"]].append(row)

    def _move_out(self, row: Row) -> None:
        del self.by_step[row["campaign"], row["step"], row["address"]]
        self.by_address[row["address_hash"]].remove(row)
        self.by_company[row["company_key"]].remove(row)

    def change_send(self, row: Row, **values: Any) -> None:
        """Give a send other values."""
        before = {name: row[name] for name in values}
        self._put(row, values)
        self._undo.append(lambda: self._put(row, before))
        self.watcher.changed("send", row, before)

    def _put(self, row: Row, values: Mapping[str, Any]) -> None:
        if _INDEXED.isdisjoint(values):
            row.update(values)
            return
        moves = not _AT_HOME.isdisjoint(values)
        self._unlisted(row)
        if moves:
            self._move_out(row)
        row.update(values)
        if moves:
            self._settle_in(row)
        self._listed(row)

    def _drop_send(self, row: Row) -> None:
        self._unlisted(row)
        self._move_out(row)
        del self.sends[row["send_key"]]
        self.numbered.pop()

    def _listed(self, row: Row) -> None:
        state, intent_at = row["state"], row["intent_at"]
        self.by_state[state][row["send_key"]] = row
        if row["message_id"]:
            self.by_message[row["message_id"]].append(row)
        if intent_at is None:
            return
        place = (intent_at, row["rowid"])
        insort(self.asked, place)
        if state in COUNTED_STATES and row["kind"] == OUTREACH:
            insort(self.counted, place)
            self.days[row["intent_day"]] += 1
            self.companies[row["company_key"]].append((intent_at, row["intent_day"]))

    def _unlisted(self, row: Row) -> None:
        state, intent_at = row["state"], row["intent_at"]
        del self.by_state[state][row["send_key"]]
        if row["message_id"]:
            self.by_message[row["message_id"]].remove(row)
        if intent_at is None:
            return
        place = (intent_at, row["rowid"])
        del self.asked[bisect_left(self.asked, place)]
        if state in COUNTED_STATES and row["kind"] == OUTREACH:
            del self.counted[bisect_left(self.counted, place)]
            self.days[row["intent_day"]] -= 1
            self.companies[row["company_key"]].remove((intent_at, row["intent_day"]))

    def add(self, table: str, key: Any, row: Row) -> None:
        """Add or replace a row of one of the small tables: ``flags``, ``tallies``, ``alerts`` or ``replies``."""
        kept: dict[Any, Row] = getattr(self, table)
        before = kept.get(key)
        kept[key] = row
        self.stand = None
        if before is None:
            self._undo.append(lambda: kept.__delitem__(key))
        else:
            self._undo.append(lambda: kept.__setitem__(key, before))
        self.watcher.changed(table, row, before)

    def stamp(self, name: str, at: datetime, detail: str) -> None:
        """Set a stamp."""
        before = self.stamps.get(name)
        self.stamps[name] = (at, detail)
        if before is None:
            self._undo.append(lambda: self.stamps.__delitem__(name))
        else:
            self._undo.append(lambda: self.stamps.__setitem__(name, before))

    def count_calls(self, kind: tuple[str, str, str], number: int) -> None:
        """Add calls to an hour's."""
        self.calls[kind] += number
        self._undo.append(lambda: self.calls.__setitem__(kind, self.calls[kind] - number))

    def bind(self, values: Mapping[str, str]) -> None:
        """Set what the ledger says of itself."""
        before = dict(self.meta)
        self.meta.update(values)

        def back() -> None:
            self.meta = before

        self._undo.append(back)

    def add_suppression(self, row: Row, fact: tuple[str, ...]) -> None:
        """Add a suppression under the words that make it one fact."""
        row["id"] = len(self.suppressions) + 1
        self.suppressions.append(row)
        self.by_key[row["key"]].append(row)
        self.facts_known.add(fact)

        def back() -> None:
            self.suppressions.pop()
            self.by_key[row["key"]].pop()
            self.facts_known.discard(fact)

        self._undo.append(back)
        self.watcher.changed("suppression", row, None)

    def lift(self, row: Row, at: datetime) -> None:
        """Take a suppression back."""
        row["lifted_at"] = at
        self._undo.append(lambda: row.__setitem__("lifted_at", None))
        self.watcher.changed("suppression", row, {"lifted_at": None})

    def put_event(self, event: Event) -> None:
        """Add an event, or put a better copy in its place."""
        key, row = event.row.event_key, event.row
        before = self.events.get(key)
        if before is not None:
            self._unput(before)
        self._put_event(event)

        def back() -> None:
            self._unput(event)
            if before is not None:
                self._put_event(before)

        self._undo.append(back)
        if before is None:
            told = {"kind": row.kind, "message_id": row.message_id, "at": row.at, "link": row.link}
            self.watcher.changed("provider_event", told, None)

    def tag(self, event: Event, tag: str) -> None:
        """Have an event lead to its mail by the mail's key."""
        self.put_event(Event(event.row, tag, event.received_at))

    def _put_event(self, event: Event) -> None:
        row = event.row
        self.events[row.event_key] = event
        if event.tag is not None:
            self.by_tag[event.tag][row.event_key] = event
        if row.kind in SIGNALS:
            self.signals[row.message_id][row.kind] += 1

    def _unput(self, event: Event) -> None:
        row = event.row
        del self.events[row.event_key]
        if event.tag is not None:
            del self.by_tag[event.tag][row.event_key]
        if row.kind in SIGNALS:
            self.signals[row.message_id][row.kind] -= 1

    def signalled(self) -> Iterator[tuple[str, list[str]]]:
        """Message ids with the kinds of their events that speak against sending more."""
        for message, counts in self.signals.items():
            if kinds := [kind for kind, number in counts.items() if number]:
                yield message, kinds

    def within(self, start: datetime, end: datetime) -> list[Row]:
        """Sends decided from ``start`` on and before ``end``, oldest first."""
        low, high = bisect_left(self.asked, (start, -1)), bisect_left(self.asked, (end, -1))
        return [self.numbered[number] for _, number in self.asked[low:high]]

    def counted_after(self, moment: datetime, *, from_it_on: bool = False) -> int:
        """How many sends that use up caps were decided after a moment."""
        if from_it_on:
            return len(self.counted) - bisect_left(self.counted, (moment, -1))
        return len(self.counted) - bisect_right(self.counted, (moment, len(self.numbered)))

    def copied(self) -> "Books":
        """A copy that goes on by itself; no two entries of their journals ever have one mark."""
        twin = Books()
        for row in self.numbered:
            twin._add_send(dict(row))
        for row in self.suppressions:
            mine = dict(row)
            twin.suppressions.append(mine)
            twin.by_key[mine["key"]].append(mine)
        for event in self.events.values():
            twin._put_event(event)
        for name in ("facts_known", "flags", "stamps", "tallies", "alerts", "replies", "calls", "meta", "heads"):
            setattr(twin, name, copy.copy(getattr(self, name)))
        twin.written, twin._marks = self.written, self._marks
        return twin

    def become(self, other: "Books") -> None:
        """Hold what another held, as after a restore."""
        watcher = self.watcher
        vars(self).update(vars(other.copied()))
        self.watcher = watcher

    def _roll_back(self) -> None:
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        self._entries = 0
        self._open = False
        self.stand = None


def shown(row: Row) -> Row:
    """A send as a caller gets it: a copy, without what only the fake has."""
    told = dict(row)
    for name in _OWN:
        del told[name]
    return told

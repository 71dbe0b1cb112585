"""The fake ledger's small tables: tallies, calls, replies; and those that are always empty where there is no base."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from resources.ledger.alerts import OPEN, RESOLVED, Alerts
from resources.ledger.api_calls import ApiCalls
from resources.ledger.fake.books import Books, Row
from resources.ledger.fake.missing import NOT_KEPT, refuse
from resources.ledger.inbox import Inbox, InboxSource, Posted
from resources.ledger.keepsakes import Keepsakes
from resources.ledger.records import Records, StoredRecord
from resources.ledger.replies import NewReply, Replies
from rules.alarms import Alarm


class FakeKeepsakes(Keepsakes):
    """As `resources.ledger.keepsakes.Keepsakes`: the tallies."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def tally(self, day: str, *, ours: int, provider: int, verdict: str, now: datetime) -> None:
        """See `Keepsakes.tally`."""
        with self._books as books:
            books.writes("insert tally")
            books.add("tallies", day, {"day": day, "ours": ours, "provider": provider, "verdict": verdict, "at": now})

    def tallies(self) -> list[Row]:
        """See `Keepsakes.tallies`."""
        rows = [dict(row) for _, row in sorted(self._books.tallies.items())]
        self._books.looked()
        return rows


class FakeApiCalls(ApiCalls):
    """As `resources.ledger.api_calls.ApiCalls`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def note(self, service: str, calls: Mapping[str, int], *, now: datetime) -> None:
        """See `ApiCalls.note`."""
        made = {pool: number for pool, number in calls.items() if number}
        if not made:
            return
        with self._books as books:
            books.writes("insert api_call")
            for pool, number in made.items():
                books.count_calls((service, pool, _hour(now)), number)

    def used(self, service: str, pool: str, *, now: datetime) -> int:
        """See `ApiCalls.used`."""
        found = self._books.calls.get((service, pool, _hour(now)), 0)
        self._books.looked()
        return found


class FakeReplies(Replies):
    """As `resources.ledger.replies.Replies`, as far as hearing of them asks."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def receive(self, replies: Sequence[NewReply], *, now: datetime) -> list[NewReply]:
        """See `Replies.receive`."""
        new: list[NewReply] = []
        if not replies:
            return new
        with self._books as books:
            for item in replies:
                books.writes("insert reply")
                if item.reply_key in books.replies:
                    continue
                books.add("replies", item.reply_key, {
                    "reply_key": item.reply_key, "uid": item.uid, "class": item.label, "send_key": item.send_key,
                    "lead_id": item.lead_id, "about": item.about, "received_at": now, "rule_version": item.rule_version,
                })  # fmt: skip
                new.append(item)
                books.entry()
        return new

    def known(self, uids: Sequence[str]) -> set[str]:
        """See `Replies.known`."""
        there = {row["uid"] for row in self._books.replies.values()}
        self._books.looked()
        return there.intersection(uids)

    def of_other_version(self, version: str, *, limit: int) -> list[Row]:
        """See `Replies.of_other_version`: there is none, since no release passes over a fake."""
        del limit
        if any(row["rule_version"] != version for row in self._books.replies.values()):
            refuse("messages of other versions")
        self._books.looked()
        return []

    def wrong_company(self, *, since: datetime | None = None) -> list[str]:
        """See `Replies.wrong_company`."""
        found = {
            row["lead_id"]
            for row in self._books.replies.values()
            if row["about"] == "company" and row["class"] == "wrong_person" and row["lead_id"] is not None
            and (since is None or row["received_at"] >= since)
        }  # fmt: skip
        self._books.looked()
        return sorted(found)


class FakeInbox(Inbox):
    """As `resources.ledger.inbox.Inbox`: nobody posts."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def pending(self, source: InboxSource, *, limit: int = 500) -> list[Posted]:
        """See `Inbox.pending`."""
        del source, limit
        self._books.looked()
        return []


class FakeRecords(Records):
    """As `resources.ledger.records.Records`: there is no base."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def everything(self) -> list[StoredRecord]:
        """See `Records.everything`."""
        self._books.looked()
        return []


class FakeAlerts(Alerts):
    """As `resources.ledger.alerts.Alerts`, as far as reporting goes: nobody is told."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def report(self, alarms: Iterable[Alarm], *, now: datetime, within: str | None = None) -> None:
        """See `Alerts.report`."""
        del now
        said = {alarm.key for alarm in alarms}
        with self._books as books:
            known = {key: row["state"] for key, row in books.alerts.items()}
            for key in sorted(said):
                books.writes("update alert" if key in known else "insert alert")
                if known.get(key) != OPEN:
                    books.add("alerts", key, {"state": OPEN})
                    books.entry()
            for key, state in known.items():
                if within is not None and state == OPEN and key.startswith(within) and key not in said:
                    books.writes("update alert")
                    books.add("alerts", key, {"state": RESOLVED})
                    books.entry()


def _hour(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")

"""The fake ledger's sends: the protocol written a second time, over dicts, to hold the statements' meaning against.

What must hold: word for word the contracts of `resources.ledger.sends`; a history of the simulator is the same over
both, to the last fact.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NoReturn

from resources.ledger.fake.books import (
    ACCEPTED,
    CANCELLED,
    CLAIMED,
    OUTREACH,
    PRESUMED,
    READY,
    REJECTED,
    SENDING,
    UNKNOWN,
    Books,
    Row,
    shown,
)
from resources.ledger.fake.flags import stand
from resources.ledger.fake.missing import NOT_KEPT, refuse
from resources.ledger.fake.unknowns import SETTLED, FakeUnknowns
from resources.ledger.send_facts import Counts, places_from, places_text
from resources.ledger.send_records import LEASE, Claim, NewSend
from resources.ledger.unknowns import CHECKS
from rules.sending import HOUR, Answer, Decision, SendFacts, SendState, SuppressionFact, strongest

_places = lru_cache(1024)(places_from)
_text_of = lru_cache(1024)(places_text)
_LOST: Final = "sent after the backup this ledger was restored from"


class FakeSends(FakeUnknowns):
    """As `resources.ledger.sends.Sends`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._transactions = NOT_KEPT

    def rows(self, statement: object) -> NoReturn:
        """There is no statement to run."""
        del statement
        refuse("statements")

    def prepare(self, sends: Sequence[NewSend], *, now: datetime) -> int:
        """See `PlannedSends.prepare`."""
        with self._books as books:
            return sum(_made_ready(books, item, now) for item in sends)

    def remember_lost(self, sends: Sequence[NewSend], *, message_ids: Mapping[str, str], actor: str) -> int:
        """See `PlannedSends.remember_lost`."""
        del actor
        new = self.prepare(sends, now=max((item.not_before for item in sends), default=datetime.now(UTC)))
        with self._books as books:
            for item in sends:
                books.writes("update send")
                row = books.sends.get(item.send_key)
                if row is None or row["state"] != READY or row["epoch"] != 0:
                    continue
                books.change_send(
                    row, state=ACCEPTED, message_id=message_ids[item.send_key], epoch=1, intent_day=item.day,
                    ready_at=item.not_before, intent_at=item.not_before, settled_at=item.not_before, reason=_LOST,
                )  # fmt: skip
                books.entry()
        return new

    def cancel(self, send_keys: Sequence[str], *, reason: str, actor: str, now: datetime) -> int:
        """See `PlannedSends.cancel`."""
        del actor
        with self._books as books:
            books.writes("update send")
            ready = books.by_state[READY]
            found = [ready[key] for key in sorted(set(send_keys)) if key in ready]
            for row in found:
                books.change_send(row, state=CANCELLED, reason=reason, settled_at=now)
                books.entry()
        return len(found)

    def claim(self, send_keys: Sequence[str], *, holder: str, now: datetime, lease: timedelta = LEASE) -> list[Claim]:
        """See `SendProtocol.claim`."""
        claims: dict[str, Claim] = {}
        with self._books as books:
            books.writes("update send")
            ready = books.by_state[READY]
            for key in send_keys:
                row = ready.get(key)
                if row is None or row["not_before"] > now:
                    continue
                epoch = row["epoch"] + 1
                books.change_send(row, state=CLAIMED, epoch=epoch, holder=holder, lease_until=now + lease)
                claims[key] = Claim(
                    key, epoch, row["step"], row["lead_id"], row["address"], row["to_name"], row["mail"],
                    row["in_reply_to"],
                )  # fmt: skip
        return [claims[key] for key in send_keys if key in claims]

    def intend(self, claim: Claim, *, now: datetime, day: str, decide: Callable[[SendFacts], Decision]) -> Decision:
        """See `SendProtocol.intend`."""
        with self._books as books:
            row = books.sends[claim.send_key]
            if row["state"] != CLAIMED or row["epoch"] != claim.epoch:
                return Decision.never("another holder has it")
            decision = decide(_facts(books, row, now=now, day=day, approved=claim.mail.digest))
            values: dict[str, Any]
            if decision.answer is Answer.GO and (told := books.by_tag.get(claim.send_key)):
                decision = Decision.never("the provider had it already; this ledger had forgotten")
                first = min((event.row for event in told.values()), key=lambda known: (known.at, known.event_key))
                values = {
                    "state": ACCEPTED, "message_id": first.message_id, "intent_at": datetime.fromisoformat(first.at),
                    "intent_day": first.day, "settled_at": now, "holder": None, "reason": None,
                }  # fmt: skip
            elif decision.answer is Answer.GO:
                values = {
                    "state": SENDING, "intent_at": now, "intent_day": day, "lease_until": now + LEASE,
                    "next_check_at": now + CHECKS[0], "reason": None,
                }  # fmt: skip
            elif decision.answer is Answer.NEVER:
                values = {"state": CANCELLED, "reason": decision.reason, "settled_at": now, "holder": None}
            else:
                values = {
                    "state": READY, "holder": None, "reason": decision.reason, "not_before": decision.retry_at or now
                }  # fmt: skip
            books.writes("update send")
            books.change_send(row, **values)
            books.entry()
        return decision

    def accepted(self, claim: Claim, *, message_id: str, now: datetime) -> None:
        """See `SendProtocol.accepted`."""
        before = (SENDING, UNKNOWN, PRESUMED, REJECTED)
        self._settled(claim, before, now, state=ACCEPTED, message_id=message_id, next_check_at=None, reason=None)

    def rejected(self, claim: Claim, *, reason: str, now: datetime) -> None:
        """See `SendProtocol.rejected`."""
        self._settled(claim, (SENDING,), now, state=REJECTED, reason=reason)

    def ready_again(self, claim: Claim, *, reason: str, now: datetime, not_before: datetime) -> None:
        """See `SendProtocol.ready_again`."""
        self._settled(
            claim, (SENDING,), now, state=READY, reason=reason, not_before=not_before, intent_at=None, intent_day=None,
            next_check_at=None,
        )  # fmt: skip

    def unknown(self, claim: Claim, *, reason: str, now: datetime) -> None:
        """See `SendProtocol.unknown`."""
        self._settled(claim, (SENDING,), now, state=UNKNOWN, reason=reason)

    def release(self, claim: Claim, *, now: datetime) -> None:
        """See `SendProtocol.release`."""
        with self._books as books:
            books.writes("update send")
            row = books.sends.get(claim.send_key)
            if row is not None and row["state"] == CLAIMED and row["epoch"] == claim.epoch:
                books.change_send(row, state=READY, holder=None, not_before=now)

    def _settled(self, claim: Claim, before: tuple[str, ...], now: datetime, **values: Any) -> None:
        with self._books as books:
            books.writes("update send")
            row = books.sends.get(claim.send_key)
            if row is not None and row["state"] in before and row["epoch"] == claim.epoch:
                books.change_send(row, **values, **SETTLED, settled_at=now)
                books.entry()

    def written(self, send_keys: Sequence[str]) -> set[str]:
        """See `SendReads.written`."""
        sends = self._books.sends
        found = {key for key in send_keys if key in sends and sends[key]["state"] != CANCELLED}
        self._books.looked()
        return found

    def waiting(self) -> bool:
        """See `SendReads.waiting`."""
        found = any(self._books.by_state[state] for state in (READY, CLAIMED, SENDING, UNKNOWN))
        self._books.looked()
        return found

    def ever_sent(self) -> bool:
        """See `SendReads.ever_sent`."""
        self._books.looked()
        return bool(self._books.asked)

    def of_day(self, day: str) -> list[Row]:
        """See `SendReads.of_day`."""
        rows = [shown(row) for row in self._books.numbered if row["day"] == day]
        self._books.looked()
        return sorted(rows, key=lambda row: row["send_key"])

    def ready(self, *, now: datetime) -> list[Row]:
        """See `SendReads.ready`."""
        books = self._books
        rows = [row for row in books.by_state[READY].values() if row["not_before"] <= now and row["kind"] == OUTREACH]
        books.looked()
        return [shown(row) for row in sorted(rows, key=lambda row: (row["ready_at"], row["send_key"]))]

    def counts(self, *, now: datetime, day: str) -> Counts:
        """See `SendReads.counts`."""
        found = _counts(self._books, stand(self._books).resumed_at, now=now, day=day)
        self._books.looked()
        return found

    def last_states(self, number: int, *, since: datetime | None) -> list[SendState]:
        """See `SendReads.last_states`."""
        books = self._books
        found: list[SendState] = []
        for at, rowid in reversed(books.asked):
            if len(found) == number or (since is not None and at <= since):
                break
            row = books.numbered[rowid]
            if row["kind"] == OUTREACH and row["state"] != SENDING:
                found.append(SendState(row["state"]))
        books.looked()
        return found


def _made_ready(books: Books, item: NewSend, now: datetime) -> bool:
    books.writes("update send")
    known = books.sends.get(item.send_key)
    mail = item.mail
    values: Row = {
        "kind": item.kind, "campaign": item.campaign, "step": item.step, "address": item.address,
        "address_hash": item.address_hash, "lead_id": item.lead_id, "company_key": item.company_key,
        "to_name": item.to_name, "variant": item.variant, "day": item.day, "in_reply_to": item.in_reply_to,
        "not_before": item.not_before, "prompt": item.prompt, "allocation": item.allocation,
        "places": _text_of(item.places), "mail": mail, "subject": mail.subject, "body": mail.text,
        "content_hash": mail.digest, "state": READY, "ready_at": now, "settled_at": None, "reason": None,
    }  # fmt: skip
    if known is not None and known["state"] == CANCELLED and known["intent_at"] is None:
        books.change_send(known, **values)
    else:
        books.writes("insert send")
        if known is not None or (item.campaign, item.step, item.address) in books.by_step:
            return False
        books.add_send({
            "send_key": item.send_key, "epoch": 0, "checks": 0, "holder": None, "lease_until": None, "intent_at": None,
            "intent_day": None, "message_id": None, "next_check_at": None, **values,
        })  # fmt: skip
    books.entry()
    return True


def _counts(books: Books, resumed_at: datetime | None, *, now: datetime, day: str) -> Counts:
    ago = now - HOUR
    since = 0 if resumed_at is None else min(books.counted_after(ago), books.counted_after(resumed_at, from_it_on=True))
    return Counts(books.counted_after(ago), books.days.get(day, 0), since, resumed_at)


def _facts(books: Books, row: Row, *, now: datetime, day: str, approved: str) -> SendFacts:
    switches, company = stand(books), row["company_key"]
    used = _counts(books, switches.resumed_at, now=now, day=day)
    theirs = books.companies.get(company)
    fact = _suppressed(books, row["address_hash"], company, now)
    return SendFacts(
        now=now,
        places=_places(row["places"]),
        suppressed=fact.reason if fact else None,
        suppressed_until=fact.until if fact else None,
        halted=switches.halted,
        content_matches=row["content_hash"] == approved,
        in_last_hour=used.hour,
        today=used.today,
        company_today=[sent_on for _, sent_on in theirs].count(day) if theirs else 0,
        company_last=max(theirs)[0] if theirs else None,
        resumed_at=used.resumed_at,
        since_resumed=used.since_resumed,
        ready_at=row["ready_at"],
    )


def _suppressed(books: Books, address_hash: str, company: str, now: datetime) -> SuppressionFact | None:
    by_key = books.by_key
    if address_hash not in by_key and company not in by_key:
        return None
    known = [
        SuppressionFact(one["reason"], one["until"])
        for key in sorted((address_hash, company))
        for one in by_key.get(key, ())
        if one["lifted_at"] is None
    ]
    return strongest(known, now)

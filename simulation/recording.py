"""Taking down what happens, where it happens: in the ledger's database, in the world's books, on the wire.

What must hold: the ledger is watched from inside the database, by triggers that see what a transaction changed; what
was rolled back is not told, and no word of the code under test is taken for anything. A fake ledger has no inside:
there the one place through which its rows change tells, and runs over both ledgers say that it tells everything.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from email.parser import BytesParser
from email.utils import parseaddr
from typing import Any, Final

from sandbox.world.mail import AcceptedMail, MailEvent, OutgoingMail
from sandbox.world.mailbox import Mailbox, StoredLetter
from sandbox.world.tally import Tally
from simulation import facts, lives
from simulation.history import History, fingerprint

_KINDS: Final = {
    "requests": "request", "delivered": "delivered", "hardBounces": "hard_bounce", "softBounces": "soft_bounce",
    "deferred": "deferred", "blocked": "blocked", "invalid": "invalid", "error": "error", "opened": "opened",
    "loadedByProxy": "proxy_open", "clicks": "clicked", "unsubscribed": "unsubscribed", "spam": "complaint",
}  # fmt: skip
_TRIGGERS: Final = (
    """CREATE TEMP TRIGGER seen_new_send AFTER INSERT ON main.send BEGIN
       SELECT seen('state', NEW.send_key, '', NEW.state, NEW.epoch, coalesce(NEW.reason, ''), '');
       SELECT seen('approved', NEW.send_key, NEW.lead_id, NEW.address, NEW.company_key, NEW.step, NEW.day,
                   NEW.subject, NEW.body); END""",
    """CREATE TEMP TRIGGER seen_send AFTER UPDATE ON main.send WHEN OLD.state IS NOT NEW.state BEGIN
       SELECT seen('state', NEW.send_key, OLD.state, NEW.state, NEW.epoch, coalesce(NEW.reason, ''),
                   coalesce(NEW.message_id, '')); END""",
    """CREATE TEMP TRIGGER seen_revived AFTER UPDATE ON main.send
       WHEN NEW.state = 'ready' AND (OLD.state = 'cancelled' OR OLD.content_hash IS NOT NEW.content_hash) BEGIN
       SELECT seen('approved', NEW.send_key, NEW.lead_id, NEW.address, NEW.company_key, NEW.step, NEW.day,
                   NEW.subject, NEW.body); END""",
    """CREATE TEMP TRIGGER seen_intent AFTER UPDATE ON main.send
       WHEN NEW.state = 'sending' AND OLD.state IS NOT 'sending' BEGIN
       SELECT seen('intent', NEW.send_key, NEW.epoch, NEW.address, NEW.company_key, NEW.intent_day,
                   NEW.intent_at); END""",
    """CREATE TEMP TRIGGER seen_look AFTER UPDATE ON main.send WHEN OLD.checks IS NOT NEW.checks BEGIN
       SELECT seen('looked', NEW.send_key, NEW.state, NEW.checks); END""",
    """CREATE TEMP TRIGGER seen_suppression AFTER INSERT ON main.suppression BEGIN
       SELECT seen('suppressed', NEW.kind, NEW.key, NEW.reason, NEW.source, NEW.until); END""",
    """CREATE TEMP TRIGGER seen_lift AFTER UPDATE ON main.suppression
       WHEN OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL BEGIN
       SELECT seen('lifted', NEW.kind, NEW.key, NEW.reason); END""",
    """CREATE TEMP TRIGGER seen_event AFTER INSERT ON main.provider_event BEGIN
       SELECT seen('event', NEW.kind, NEW.message_id, NEW.at, coalesce(NEW.link, '')); END""",
    """CREATE TEMP TRIGGER seen_reply AFTER INSERT ON main.reply BEGIN
       SELECT seen('letter', NEW.uid, NEW.class, coalesce(NEW.send_key, '')); END""",
    """CREATE TEMP TRIGGER seen_new_flag AFTER INSERT ON main.flag BEGIN
       SELECT seen('switch', NEW.name, NEW.state, NEW.reason); END""",
    """CREATE TEMP TRIGGER seen_flag AFTER UPDATE ON main.flag WHEN OLD.state IS NOT NEW.state BEGIN
       SELECT seen('switch', NEW.name, NEW.state, NEW.reason); END""",
    """CREATE TEMP TRIGGER seen_new_tally AFTER INSERT ON main.tally BEGIN
       SELECT seen('tally', NEW.day, NEW.ours, NEW.provider, NEW.verdict); END""",
    """CREATE TEMP TRIGGER seen_tally AFTER UPDATE ON main.tally BEGIN
       SELECT seen('tally', NEW.day, NEW.ours, NEW.provider, NEW.verdict); END""",
)


_APPROVED: Final = ("send_key", "lead_id", "address", "company_key", "step", "day", "subject", "body")


class Recorder:
    """Writes a history. ``hashes`` knows the address behind each keyed hash."""

    def __init__(self, now: Callable[[], datetime], history: History) -> None:
        self.history = history
        self.hashes: dict[str, str] = {}
        self._now = now
        self._pending: list[facts.Fact] = []

    def add(self, kind: type[facts.Fact], /, **said: Any) -> None:
        """Something happens now, in the process whose code runs."""
        self.history.add(kind(at=self._now(), who=lives.name(), **said))

    def watch_ledger(self, database: sqlite3.Connection) -> None:
        """Have every change of the ledger told; told is kept back until `committed`."""
        database.create_function("seen", -1, self._seen)
        for trigger in _TRIGGERS:
            database.execute(trigger)

    def committed(self) -> None:
        """What was told since the last commit is durable."""
        for fact in self._pending:
            self.history.add(fact)
        self._pending.clear()

    def rolled_back(self) -> None:
        """What was told since the last commit never happened."""
        self._pending.clear()

    def _seen(self, kind: str, *values: Any) -> None:
        """A trigger tells; no time passes until the transaction is over."""
        self._pending.append(_TAKE_DOWN[kind](self, self._now(), lives.name(), *values))

    def row_changed(self, table: str, row: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
        """A fake ledger changed a row, which is told as the triggers would."""
        if table == "send":
            self._send_changed(row, before)
        elif (told := _ROWS[table](row, before)) is not None:
            self._seen(*told)

    def _send_changed(self, row: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
        key, state, tell = row["send_key"], row["state"], self._pending.append
        at, who = self._now(), lives.name()
        was = "" if before is None else before.get("state", state)
        if before is not None and before.get("checks", row["checks"]) != row["checks"]:
            tell(self._looked(at, who, key, state, row["checks"]))
        if state == "sending" and was != "sending":
            tell(
                facts.IntentDurable(
                    at=at, who=who, key=key, epoch=row["epoch"], address=row["address"], company=row["company_key"],
                    day=row["intent_day"], intended_at=row["intent_at"],
                )
            )  # fmt: skip
        if was != state:
            tell(
                facts.StateChanged(
                    at=at, who=who, key=key, before=was, after=state, epoch=row["epoch"], reason=row["reason"] or "",
                    message_id=row["message_id"] or "",
                )
            )  # fmt: skip
        anew = before is not None and before.get("content_hash", row["content_hash"]) != row["content_hash"]
        if state == "ready" and (was in ("", "cancelled") or anew):
            tell(self._approved(at, who, *[row[name] for name in _APPROVED]))

    def _state(self, at: datetime, who: str, key: str, before: str, *rest: Any) -> facts.Fact:
        after, epoch, reason, message_id = rest
        return facts.StateChanged(
            at=at, who=who, key=key, before=before, after=after, epoch=epoch, reason=reason, message_id=message_id
        )

    def _approved(self, at: datetime, who: str, key: str, *rest: str) -> facts.Fact:
        lead, address, company, step, day, subject, text = rest
        return facts.Approved(
            at=at, who=who, key=key, lead_id=lead, address=address, company=company, step=step, day=day,
            subject=subject, text=text, fingerprint=fingerprint(subject, text),
        )  # fmt: skip

    def _intent(self, at: datetime, who: str, key: str, epoch: int, *rest: str) -> facts.Fact:
        address, company, day, intended_at = rest
        return facts.IntentDurable(
            at=at, who=who, key=key, epoch=epoch, address=address, company=company, day=day,
            intended_at=datetime.fromisoformat(intended_at),
        )  # fmt: skip

    def _looked(self, at: datetime, who: str, key: str, state: str, checks: int) -> facts.Fact:
        return facts.LookedUp(at=at, who=who, key=key, verdict=state, checks=checks)

    def _suppressed(self, at: datetime, who: str, kind: str, key: str, *rest: Any) -> facts.Fact:
        reason, source, until = rest
        whom = self.hashes.get(key, key) if kind == "address" else key
        return facts.SuppressionDurable(
            at=at, who=who, kind=kind, whom=whom, key=key, reason=reason, source=source,
            until=datetime.fromisoformat(until) if until else None,
        )  # fmt: skip

    def _lifted(self, at: datetime, who: str, kind: str, key: str, reason: str) -> facts.Fact:
        whom = self.hashes.get(key, key) if kind == "address" else key
        return facts.SuppressionLifted(at=at, who=who, kind=kind, whom=whom, key=key, reason=reason)

    def _event(self, at: datetime, who: str, kind: str, *rest: str) -> facts.Fact:
        message_id, happened, link = rest
        return facts.EventApplied(
            at=at, who=who, kind=kind, message_id=message_id, happened_at=datetime.fromisoformat(happened), link=link
        )

    def _letter(self, at: datetime, who: str, uid: str, label: str, key: str) -> facts.Fact:
        return facts.LetterApplied(at=at, who=who, uid=uid, label=label, key=key)

    def _switch(self, at: datetime, who: str, name: str, state: str, reason: str) -> facts.Fact:
        return facts.SwitchChanged(at=at, who=who, name=name, on=state == "on", reason=reason)

    def _tally(self, at: datetime, who: str, day: str, *rest: Any) -> facts.Fact:
        ours, theirs, verdict = rest
        return facts.TallyDurable(at=at, who=who, day=day, ours=ours, theirs=theirs, verdict=verdict)

    def event_held(self, event: MailEvent) -> None:
        """The provider wrote down an event; its feed tells moments to the millisecond."""
        self.history.add(
            facts.EventHeld(
                at=self._now(), who=lives.name(), kind=_KINDS[event.kind.value], message_id=event.message_id,
                address=event.email, happened_at=_milliseconds(event.at), visible_at=event.visible_at, link=event.link,
            )
        )  # fmt: skip

    def accepted(self, taken: AcceptedMail) -> None:
        """The provider took a mail."""
        mail: OutgoingMail = taken.mail
        self.history.add(
            facts.ProviderAccepted(
                at=self._now(), who=lives.name(), key=mail.tags[0] if mail.tags else "", address=mail.to[0].key,
                message_id=taken.message_id, subject=mail.subject, text=mail.text,
                fingerprint=fingerprint(mail.subject, mail.text),
            )
        )  # fmt: skip

    def letter_held(self, uid: str, raw: bytes) -> None:
        """A letter lies in the mailbox."""
        head = BytesParser().parsebytes(raw, headersonly=True)
        sender = parseaddr(str(head.get("From", "")))[1].strip().lower()
        automatic = head.get("Auto-Submitted") or ("report" if head.get_content_type() == "multipart/report" else "")
        self.add(facts.LetterHeld, uid=uid, sender=sender, kind=str(automatic or "person"))

    def paid(self, service: str, today: str) -> None:
        """A model answered and charged."""
        life = lives.CURRENT.get()
        self.add(facts.PaidCall, service=service, partition=life.partition if life else "", today=today)


_TAKE_DOWN: Final[dict[str, Callable[..., facts.Fact]]] = {
    "state": Recorder._state,  # noqa: SLF001 - the table of this class' own methods
    "approved": Recorder._approved,  # noqa: SLF001
    "intent": Recorder._intent,  # noqa: SLF001
    "looked": Recorder._looked,  # noqa: SLF001
    "suppressed": Recorder._suppressed,  # noqa: SLF001
    "lifted": Recorder._lifted,  # noqa: SLF001
    "event": Recorder._event,  # noqa: SLF001
    "letter": Recorder._letter,  # noqa: SLF001
    "switch": Recorder._switch,  # noqa: SLF001
    "tally": Recorder._tally,  # noqa: SLF001
}


def _suppression_row(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> tuple[Any, ...]:
    if before is not None:
        return "lifted", row["kind"], row["key"], row["reason"]
    until = row["until"].isoformat() if row["until"] else None
    return "suppressed", row["kind"], row["key"], row["reason"], row["source"], until


def _event_row(row: Mapping[str, Any], _: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return "event", row["kind"], row["message_id"], row["at"], row["link"] or ""


def _reply_row(row: Mapping[str, Any], _: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return "letter", row["uid"], row["class"], row["send_key"] or ""


def _flag_row(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    same = before is not None and before["state"] == row["state"]
    return None if same else ("switch", row["name"], row["state"], row["reason"])


def _tally_row(row: Mapping[str, Any], _: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return "tally", row["day"], row["ours"], row["provider"], row["verdict"]


def _untold(_row: Mapping[str, Any], _: Mapping[str, Any] | None) -> None:
    """No checker asks for it."""


_ROWS: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any] | None], tuple[Any, ...] | None]]] = {
    "suppression": _suppression_row, "provider_event": _event_row, "replies": _reply_row, "flags": _flag_row,
    "tallies": _tally_row, "alerts": _untold,
}  # fmt: skip


class WatchedMailbox(Mailbox):
    """A mailbox that tells what arrives."""

    def __init__(self, uid_validity: int, told: Callable[[StoredLetter], None]) -> None:
        super().__init__(uid_validity=uid_validity)
        self._told = told

    def receive(self, raw: bytes, at: datetime) -> StoredLetter:
        """As the mailbox does, and tell."""
        letter = super().receive(raw, at)
        self._told(letter)
        return letter


class WatchedTally(Tally):
    """A tally that tells of paid calls."""

    def __init__(self, told: Callable[[str], None]) -> None:
        super().__init__()
        self._told = told

    def paid_call(self, service: str, item: str, usd: float) -> None:
        """As the tally does, and tell."""
        super().paid_call(service, item, usd)
        self._told(service)


def _milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000) if moment.microsecond % 1000 else moment

"""Drafts that wait for a person: held with everything that would go out, and ready the moment they are approved.

What must hold: a decision names the exact text by its hash, and what becomes ready is that text (invariant I4); the
decision and the ready send are one transaction.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from resources.ledger.planned_sends import make_ready
from resources.ledger.schema import approval
from resources.ledger.send_facts import places_from, places_text
from resources.ledger.send_records import NewSend
from resources.ledger.transactions import Transactions
from rules.approval import CODE_LENGTH, ApprovalState, Trial
from rules.hashing import canonical
from rules.mail import Mail

_PLAIN = (
    "send_key", "campaign", "step", "address", "address_hash", "lead_id", "company_key", "to_name", "variant", "day",
    "in_reply_to", "kind", "prompt", "allocation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """A draft that waits or was decided.

    Attributes:
        send: What would go out, footer included.
        written: The text without signature and footer: what a person reads and edits.
        prompt: The prompt it was written with, as `rules.drafting.prompt_id` names it.
        because: Why it waits.
        grounds: What the gate held it against, so that an edited text is held against the same.
        first_hash: Content hash of what the writer wrote; another one than the send's where a person edited.
    """

    send: NewSend
    written: str
    prompt: str
    because: str
    grounds: Mapping[str, Any]
    first_hash: str
    state: ApprovalState = ApprovalState.WAITING
    held_at: datetime | None = None
    decided_at: datetime | None = None
    actor: str | None = None
    reason: str | None = None

    @property
    def code(self) -> str:
        """What a person types to name this text."""
        return code_of(self.send.mail)


def code_of(mail: Mail) -> str:
    """The short name of a text."""
    return mail.digest[:CODE_LENGTH]


class Approvals:
    """Held drafts, one row per send."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert

    def hold(self, draft: Held, *, now: datetime) -> ApprovalState:
        """Keep a draft for a person; what was decided about the same text stays decided.

        Returns:
            Where it stands afterwards. `APPROVED` says that the send is ready: the text was approved before, and where
            a person had edited it, as edited.
        """
        with self._transactions.write() as (connection, journal):
            row = connection.execute(_row(draft.send.send_key)).mappings().first()
            if row is not None and row["first_hash"] == draft.first_hash:
                state = ApprovalState(row["state"])
                if state is ApprovalState.APPROVED:
                    ready = replace(_held(row).send, day=draft.send.day, not_before=now)
                    make_ready(connection, journal, self._insert, ready, now=now)
                if state is not ApprovalState.WITHDRAWN:
                    return state
            values = _values(draft, now)
            statement = self._insert(approval).values(send_key=draft.send.send_key, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["send_key"], set_=values))
            journal.append(
                "draft.waiting", draft.send.send_key, at=now, actor="drafting", lead_id=draft.send.lead_id,
                content=draft.send.mail.digest, prompt=draft.prompt, reason=draft.because, step=draft.send.step,
            )  # fmt: skip
        return ApprovalState.WAITING

    def approve(self, code: str, *, actor: str, day: str, now: datetime) -> Held | None:
        """Make the waiting draft of this code ready; ``None`` where none of that code waits.

        Args:
            code: The first digits of the content hash that was read.
            actor: Who says so.
            day: The operator's day now; the send is planned for it.
            now: The moment.
        """
        with self._transactions.write() as (connection, journal):
            held = _waiting(connection, code)
            if held is None:
                return None
            self._decide(connection, held, ApprovalState.APPROVED, actor=actor, reason=None, now=now)
            ready = replace(held.send, day=day, not_before=now)
            make_ready(connection, journal, self._insert, ready, now=now)
            journal.append(
                "draft.approved", held.send.send_key, at=now, actor=actor, lead_id=held.send.lead_id,
                content=held.send.mail.digest, edited=held.first_hash != held.send.mail.digest, step=held.send.step,
            )  # fmt: skip
        return held

    def edit(self, code: str, mail: Mail, *, written: str, actor: str, now: datetime) -> Held | None:
        """Replace the text of a waiting draft; it goes on waiting under its new code."""
        with self._transactions.write() as (connection, journal):
            held = _waiting(connection, code)
            if held is None:
                return None
            changed = replace(held, send=replace(held.send, mail=mail), written=written)
            connection.execute(
                update(approval)
                .where(approval.c.send_key == held.send.send_key)
                .values(
                    subject=mail.subject,
                    written=written,
                    content_hash=mail.digest,
                    code=changed.code,
                    prepared=_prepared(changed.send),
                )
            )
            journal.append(
                "draft.edited", held.send.send_key, at=now, actor=actor, lead_id=held.send.lead_id,
                before=held.send.mail.digest, content=mail.digest, step=held.send.step,
            )  # fmt: skip
        return changed

    def reject(self, code: str, *, reason: str, actor: str, now: datetime) -> Held | None:
        """Say no to a waiting draft; the step is not written again until the prompt changes."""
        with self._transactions.write() as (connection, journal):
            held = _waiting(connection, code)
            if held is None:
                return None
            self._decide(connection, held, ApprovalState.REJECTED, actor=actor, reason=reason, now=now)
            journal.append(
                "draft.rejected", held.send.send_key, at=now, actor=actor, lead_id=held.send.lead_id,
                content=held.send.mail.digest, reason=reason, step=held.send.step,
            )  # fmt: skip
        return held

    def withdraw(self, send_keys: Sequence[str], *, reason: str, now: datetime) -> int:
        """Take waiting drafts back; they are written anew if their step is due again.

        Returns:
            How many waited.
        """
        count = 0
        with self._transactions.write() as (connection, journal):
            for key in send_keys:
                row = connection.execute(_row(key)).mappings().first()
                if row is None or row["state"] != ApprovalState.WAITING:
                    continue
                self._decide(connection, _held(row), ApprovalState.WITHDRAWN, actor="drafting", reason=reason, now=now)
                journal.append(
                    "draft.withdrawn",
                    key,
                    at=now,
                    actor="drafting",
                    lead_id=row["lead_id"],
                    reason=reason,
                    step=row["step"],
                )
                count += 1
        return count

    def _decide(
        self, connection: Connection, held: Held, state: ApprovalState, *, actor: str, reason: str | None, now: datetime
    ) -> None:
        connection.execute(
            update(approval)
            .where(approval.c.send_key == held.send.send_key)
            .values(state=state, decided_at=now, actor=actor, reason=reason)
        )

    def waiting(self) -> list[Held]:
        """Drafts that wait, oldest first."""
        return self._read(select(approval).where(approval.c.state == ApprovalState.WAITING))

    def in_the_way(self) -> list[Held]:
        """Drafts whose step is not written again as it is: they wait, or a person refused them."""
        states = (ApprovalState.WAITING, ApprovalState.REJECTED)
        return self._read(select(approval).where(approval.c.state.in_(states)))

    def of(self, send_keys: Sequence[str]) -> dict[str, Held]:
        """Held drafts by their send."""
        found: dict[str, Held] = {}
        for start in range(0, len(send_keys), 500):
            part = approval.c.send_key.in_(send_keys[start : start + 500])
            found.update((held.send.send_key, held) for held in self._read(select(approval).where(part)))
        return found

    def of_lead(self, lead_id: str) -> list[Held]:
        """A lead's held drafts, oldest first."""
        return self._read(select(approval).where(approval.c.lead_id == lead_id))

    def trial(self, prompt: str) -> Trial:
        """How a prompt stands with its readers."""
        statement = select(approval.c.state, func.count()).where(approval.c.prompt == prompt).group_by(approval.c.state)
        with self._transactions.read() as connection:
            counts = {state: int(number) for state, number in connection.execute(statement)}
        return Trial(counts.get(ApprovalState.APPROVED, 0), counts.get(ApprovalState.WAITING, 0))

    def held_on(self, day: str) -> int:
        """Drafts of a day that were held, whatever became of them."""
        with self._transactions.read() as connection:
            return int(connection.execute(select(func.count()).where(approval.c.day == day)).scalar_one())

    def _read(self, statement: Any) -> list[Held]:
        with self._transactions.read() as connection:
            rows = connection.execute(statement.order_by(approval.c.held_at, approval.c.send_key)).mappings()
            return [_held(row) for row in rows]


def _row(send_key: str) -> Any:
    return select(approval).where(approval.c.send_key == send_key)


def _waiting(connection: Connection, code: str) -> Held | None:
    """The draft of a code, locked in by the caller's write transaction."""
    statement = select(approval).where(approval.c.code == code.casefold(), approval.c.state == ApprovalState.WAITING)
    rows = connection.execute(statement).mappings().all()
    if len(rows) != 1:
        return None
    held = _held(rows[0])
    assert held.send.mail.digest == rows[0]["content_hash"], "what is stored is what was hashed"
    return held


def _values(draft: Held, now: datetime) -> dict[str, Any]:
    return {
        "code": draft.code, "state": ApprovalState.WAITING, "lead_id": draft.send.lead_id, "step": draft.send.step,
        "day": draft.send.day, "prompt": draft.prompt, "held_because": draft.because, "held_at": now,
        "subject": draft.send.mail.subject, "written": draft.written, "content_hash": draft.send.mail.digest,
        "first_hash": draft.first_hash, "prepared": _prepared(draft.send), "grounds": canonical(draft.grounds),
        "decided_at": None, "actor": None, "reason": None,
    }  # fmt: skip


def _prepared(send: NewSend) -> str:
    parts = {name: getattr(send, name) for name in _PLAIN}
    moment = send.not_before.isoformat()
    return canonical({**parts, "places": places_text(send.places), "body": send.mail.text, "not_before": moment})


def _held(row: RowMapping) -> Held:
    parts = json.loads(row["prepared"])
    send = NewSend(
        **{name: parts.get(name) for name in _PLAIN},
        places=places_from(parts["places"]),
        mail=Mail(row["subject"], parts["body"]),
        not_before=datetime.fromisoformat(parts["not_before"]),
    )
    return Held(
        send=send, written=row["written"], prompt=row["prompt"], because=row["held_because"],
        grounds=json.loads(row["grounds"]), first_hash=row["first_hash"], state=ApprovalState(row["state"]),
        held_at=row["held_at"], decided_at=row["decided_at"], actor=row["actor"], reason=row["reason"],
    )  # fmt: skip

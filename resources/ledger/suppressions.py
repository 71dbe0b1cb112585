"""Who must not be mailed, and why: one append-only table, addresses as keyed hashes, companies by key.

What must hold: rows are only ever added; a person may lift one, which leaves it in the table; nothing in an event, a
reply or a webhook can (invariant I2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select, update

from resources.ledger.schema import send, suppression
from resources.ledger.transactions import Transactions
from rules.sending import SendState


class SuppressionReason(StrEnum):
    """Every reason there is (rule B41)."""

    UNSUBSCRIBED = "unsubscribed"
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    BLOCKED = "blocked"
    REPLIED = "replied"
    REFUSED = "refused"
    WRONG_PERSON = "wrong_person"
    OUT_OF_OFFICE = "out_of_office"
    COLLEAGUE_REPLIED = "colleague_replied"
    DO_NOT_CONTACT = "do_not_contact"
    ERASED = "erased"


_WITHDRAWN = [
    update(send)
    .where(column == bindparam("whom"), send.c.state == SendState.READY)
    .values(state=SendState.CANCELLED, reason=bindparam("why"), settled_at=bindparam("now"))
    .returning(send.c.send_key, send.c.lead_id)
    for column in (send.c.company_key, send.c.address_hash)
]
"""What is ready for a company, and for an address. Run for each fact: a statement is made once."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One fact: a keyed address hash or a company key, the reason, and until when (``None``: for good)."""

    kind: str
    key: str
    reason: SuppressionReason
    at: datetime
    source: str
    evidence: str
    until: datetime | None = None
    lead_id: str | None = None


class Suppressions:
    """The append-only table."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._adding = transactions.insert(suppression).on_conflict_do_nothing().returning(suppression.c.id)

    def add(self, facts: Sequence[Suppression], *, now: datetime) -> int:
        """Add facts and cancel what was ready for them, in one transaction; a known fact changes nothing.

        Returns:
            How many were new.
        """
        new = 0
        if not facts:
            return 0
        with self._transactions.write() as (connection, journal):
            for fact in facts:
                row = {
                    "kind": fact.kind, "key": fact.key, "reason": fact.reason, "at": fact.at, "until": fact.until,
                    "source": fact.source, "evidence": fact.evidence,
                }  # fmt: skip
                added = connection.execute(self._adding, row).first()
                if added is None:
                    continue
                new += 1
                journal.append(
                    "suppressed", fact.key, at=now, actor=fact.source, lead_id=fact.lead_id,
                    reason=fact.reason, until=fact.until, evidence=fact.evidence,
                )  # fmt: skip
                if fact.until is not None:
                    continue
                withdrawn = {"whom": fact.key, "why": fact.reason, "now": now}
                for mail in connection.execute(_WITHDRAWN[fact.kind == "address"], withdrawn).all():
                    journal.append(
                        "send.cancelled", mail.send_key, at=now, actor=fact.source, lead_id=mail.lead_id,
                        reason=fact.reason,
                    )  # fmt: skip
        return new

    def all(self) -> list[dict[str, Any]]:
        """Every suppression, oldest first."""
        with self._transactions.read() as connection:
            rows = connection.execute(select(suppression).order_by(suppression.c.id)).mappings()
            return [dict(row) for row in rows]

    def live(self, *, now: datetime) -> dict[str, list[dict[str, Any]]]:
        """Suppressions in force, by key."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.all():
            if row["lifted_at"] is None and (row["until"] is None or row["until"] > now):
                found.setdefault(row["key"], []).append(row)
        return found

    def counts(self, *, now: datetime) -> dict[str, int]:
        """How many are in force, by reason."""
        found: dict[str, int] = {}
        for rows in self.live(now=now).values():
            for row in rows:
                found[row["reason"]] = found.get(row["reason"], 0) + 1
        return dict(sorted(found.items()))

    def lift(self, ids: Sequence[int], *, reason: str, actor: str, now: datetime) -> None:
        """Take back rows on a person's word; they stay in the table, and the journal says whose word it was."""
        if not ids:
            return
        with self._transactions.write() as (connection, journal):
            for row in connection.execute(
                update(suppression)
                .where(suppression.c.id.in_(list(ids)), suppression.c.lifted_at.is_(None))
                .values(lifted_at=now)
                .returning(suppression.c.key, suppression.c.reason)
            ).all():
                journal.append(
                    "suppression.lifted", row.key, at=now, actor=actor, reason=reason, was=row.reason,
                )  # fmt: skip

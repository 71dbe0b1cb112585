"""What others posted to us, as bytes: durable before they are told so, read and applied later by the job that owns it.

What must hold: a body that was acknowledged is never lost, whatever is in it; one that cannot be read is parked with
the reason and kept (rules B23, B36).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from resources.ledger.schema import inbox
from resources.ledger.transactions import LedgerError, Transactions


class InboxSource(StrEnum):
    """Whose door it came through (rule B41)."""

    BREVO_EVENTS = "brevo_events"
    BREVO_INBOUND = "brevo_inbound"


class InboxState(StrEnum):
    """What became of a body."""

    PENDING = "pending"
    APPLIED = "applied"
    PARKED = "parked"
    """Kept, but nobody could read it; the reason stands beside it."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A body as it was posted."""

    id: int
    received_at: datetime
    body: bytes


class Inbox:
    """The durable inbox of the HTTP doors."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert

    def keep(self, source: InboxSource, body: bytes, *, now: datetime) -> bool:
        """Store a body durably; the same body posted again is stored once.

        Returns:
            Whether it was new.

        Raises:
            LedgerError: It is not durable: the disk is full, or another process holds the ledger for too long.
        """
        try:
            with self._transactions.write() as (connection, _):
                added = connection.execute(
                    self._insert(inbox)
                    .values(
                        source=source, body_hash=hashlib.sha256(body).hexdigest(), received_at=now, body=body,
                        state=InboxState.PENDING,
                    )
                    .on_conflict_do_nothing()
                    .returning(inbox.c.id)
                ).first()  # fmt: skip
        except DBAPIError as error:
            raise LedgerError(f"a posted body could not be stored: {error.orig}") from error
        return added is not None

    def pending(self, source: InboxSource, *, limit: int = 500) -> list[Posted]:
        """Bodies nobody has read yet, oldest first."""
        statement = (
            select(inbox.c.id, inbox.c.received_at, inbox.c.body)
            .where(inbox.c.source == source, inbox.c.state == InboxState.PENDING)
            .order_by(inbox.c.id)
            .limit(limit)
        )
        with self._transactions.read() as connection:
            return [Posted(row.id, row.received_at, bytes(row.body)) for row in connection.execute(statement)]

    def applied(self, ids: Sequence[int], *, now: datetime, forget: bool = False) -> None:
        """Note that these were read and obeyed.

        Args:
            ids: Which.
            now: When.
            forget: Whether their bytes are dropped: what they said stands elsewhere, without the addresses in them.
        """
        self._settle(ids, InboxState.APPLIED, None, now, body=b"" if forget else None)

    def park(self, ids: Sequence[int], *, reason: str, now: datetime) -> None:
        """Keep these aside: nobody can read them, for this reason."""
        self._settle(ids, InboxState.PARKED, reason, now)

    def counts(self, source: InboxSource) -> dict[str, int]:
        """Bodies by state."""
        statement = select(inbox.c.state, func.count()).where(inbox.c.source == source).group_by(inbox.c.state)
        with self._transactions.read() as connection:
            return {state: int(number) for state, number in connection.execute(statement)}

    def _settle(
        self, ids: Sequence[int], state: InboxState, reason: str | None, now: datetime, *, body: bytes | None = None
    ) -> None:
        if not ids:
            return
        values = {"state": state, "reason": reason, "settled_at": now} | ({} if body is None else {"body": body})
        with self._transactions.write() as (connection, _):
            connection.execute(update(inbox).where(inbox.c.id.in_(list(ids))).values(**values))

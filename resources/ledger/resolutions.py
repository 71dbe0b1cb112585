"""What a person says about sends whose outcome nobody knows: the only way out that is not a look-up.

What must hold: nothing here happens by itself; each word of a person moves one send, once, and stands in the journal
under that person's name. Only an explicit "again" makes a mail sendable that may have been sent (I1).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update

from resources.ledger.schema import send
from resources.ledger.transactions import Transactions
from rules.sending import SendState


class Word(StrEnum):
    """What a person may say of a send whose outcome is unknown."""

    ACCEPTED = "accepted"
    """The provider took it."""
    NOT_SENT = "not_sent"
    """It never left, and shall not be sent any more."""
    AGAIN = "again"
    """It never left, and shall be sent again: if that is wrong, the person gets it twice."""


VOUCHED = "it was sent"
"""How the reason ends of a send that a person vouched for."""
UNRESOLVED = (SendState.UNKNOWN, SendState.PRESUMED)
"""States that a person may resolve."""


class Resolutions:
    """Unknown outcomes as a person sees and settles them; a part of `resources.ledger.sends.Sends`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def unresolved(self) -> list[dict[str, Any]]:
        """Every send whose outcome nobody knows or that is presumed sent, oldest first."""
        statement = select(send).where(send.c.state.in_(UNRESOLVED)).order_by(send.c.intent_at, send.c.send_key)
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def resolve(
        self, send_key: str, *, word: Word, before: SendState, message_id: str | None, actor: str, now: datetime
    ) -> bool:
        """Settle one send on a person's word.

        A word without a message id presumes it sent: an event may still name it. Again begins a new epoch, so that the
        earlier holder, should it wake, can do nothing.

        Returns:
            Whether it was still in the state ``before`` and is settled now.
        """
        values: dict[str, Any] = {"holder": None, "lease_until": None, "next_check_at": None, "settled_at": now}
        if word is Word.ACCEPTED and message_id:
            values |= {"state": SendState.ACCEPTED, "message_id": message_id, "reason": f"{actor}: {VOUCHED}"}
        elif word is Word.ACCEPTED:
            values |= {"state": SendState.PRESUMED, "reason": f"{actor}: {VOUCHED}"}
        elif word is Word.NOT_SENT:
            values |= {"state": SendState.REJECTED, "reason": f"{actor}: it was not sent, and shall not be"}
        else:
            values |= {
                "state": SendState.READY, "reason": f"{actor}: it was not sent, send it again", "not_before": now,
                "settled_at": None, "intent_at": None, "intent_day": None, "epoch": send.c.epoch + 1,
            }  # fmt: skip
        with self._transactions.write() as (connection, journal):
            row = connection.execute(
                update(send)
                .where(send.c.send_key == send_key, send.c.state == before)
                .values(**values)
                .returning(send.c.lead_id)
            ).first()
            if row is not None:
                journal.append(
                    "send.resolved", send_key, at=now, actor=actor, lead_id=row.lead_id, word=word,
                    before=before, state=values["state"], message_id=message_id,
                )  # fmt: skip
        return row is not None

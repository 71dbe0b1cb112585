"""Inbound mail as the ledger keeps it: the raw bytes once, and beside them the newest reading of what they say.

What must hold: a message is stored once whatever way it came, and its bytes never change (rule B36).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from resources.ledger.schema import reply
from resources.ledger.transactions import Transactions


@dataclass(frozen=True, slots=True)
class NewReply:
    """An inbound message as stored, joined and classified; ``joined_by`` is ``none`` for a stranger's."""

    reply_key: str
    day: str
    uid: str
    sent_at: datetime
    send_key: str | None
    lead_id: str | None
    joined_by: str
    address_hash: str
    label: str
    label_reason: str
    resume_on: str | None
    excerpt: str
    raw: bytes
    rule_version: str


class Replies:
    """Inbound messages."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert

    def receive(self, replies: Sequence[NewReply], *, now: datetime) -> list[NewReply]:
        """Store replies.

        Returns:
            Those that were new.
        """
        new: list[NewReply] = []
        if not replies:
            return new
        with self._transactions.write() as (connection, journal):
            for item in replies:
                added = connection.execute(
                    self._insert(reply)
                    .values(
                        **{
                            "reply_key": item.reply_key, "day": item.day, "uid": item.uid, "received_at": now,
                            "sent_at": item.sent_at, "send_key": item.send_key, "lead_id": item.lead_id,
                            "joined_by": item.joined_by, "address_hash": item.address_hash, "class": item.label,
                            "class_reason": item.label_reason, "resume_on": item.resume_on,
                            "excerpt": item.excerpt, "raw": item.raw, "rule_version": item.rule_version,
                        }
                    )
                    .on_conflict_do_nothing()
                    .returning(reply.c.reply_key)
                ).first()  # fmt: skip
                if added is not None:
                    new.append(item)
                    journal.append(
                        "reply", item.reply_key, at=now, actor="mailbox", lead_id=item.lead_id,
                        label=item.label, joined_by=item.joined_by, send_key=item.send_key,
                    )  # fmt: skip
        return new

    def known(self) -> set[str]:
        """Mailbox ids of the messages already stored."""
        with self._transactions.read() as connection:
            return set(connection.execute(select(reply.c.uid)).scalars())

    def of_day(self, day: str) -> list[dict[str, Any]]:
        """Replies of a day, without their raw bytes, in order of arrival."""
        columns = [column for column in reply.c if column.name != "raw"]
        with self._transactions.read() as connection:
            statement = select(*columns).where(reply.c.day == day).order_by(reply.c.sent_at, reply.c.reply_key)
            return [dict(row) for row in connection.execute(statement).mappings()]

"""Inbound mail as the ledger keeps it: the raw bytes once, and beside them the newest reading of what they say.

What must hold: a message is stored once whatever way it came, and its bytes never change (rule B36).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from resources.ledger.schema import reply
from resources.ledger.transactions import Transactions


@dataclass(frozen=True, slots=True)
class NewReply:
    """An inbound message as stored, joined and classified.

    Attributes:
        joined_by: How its send was found: ``message_id``, ``address``, ``report``, ``company``, or ``none``.
        certain: Whether the rules know the class; where not, a model may be asked.
        about: ``company`` where the writer says that the company on the record is not theirs.
    """

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
    certain: bool = True
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Relabel:
    """A new reading of a stored message."""

    reply_key: str
    label: str
    label_reason: str
    resume_on: str | None
    excerpt: str
    rule_version: str
    certain: bool
    about: str | None


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
                            "certain": int(item.certain), "about": item.about,
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

    def known(self, uids: Sequence[str]) -> set[str]:
        """Of these mailbox ids, those whose messages are stored."""
        found: set[str] = set()
        with self._transactions.read() as connection:
            for start in range(0, len(uids), 500):
                mine = reply.c.uid.in_(uids[start : start + 500])
                found.update(connection.execute(select(reply.c.uid).where(mine)).scalars())
        return found

    def relabel(self, readings: Sequence[Relabel], *, actor: str, now: datetime) -> int:
        """Put new readings beside messages; a reading that says the same changes nothing but its version.

        Returns:
            How many classes changed.
        """
        changed = 0
        if not readings:
            return changed
        with self._transactions.write() as (connection, journal):
            for item in readings:
                mine = reply.c.reply_key == item.reply_key
                before = connection.execute(select(reply.c["class"], reply.c.lead_id).where(mine)).one()
                connection.execute(
                    update(reply)
                    .where(mine)
                    .values(
                        **{
                            "class": item.label, "class_reason": item.label_reason, "resume_on": item.resume_on,
                            "excerpt": item.excerpt, "rule_version": item.rule_version,
                            "certain": int(item.certain), "about": item.about,
                        }
                    )
                )  # fmt: skip
                if before[0] != item.label:
                    changed += 1
                    journal.append(
                        "reply.relabelled", item.reply_key, at=now, actor=actor, lead_id=before.lead_id,
                        before=before[0], label=item.label,
                    )  # fmt: skip
        return changed

    def of_other_version(self, version: str, *, limit: int) -> list[dict[str, Any]]:
        """Messages that other rules read, raw bytes included, oldest first."""
        statement = (
            select(reply).where(reply.c.rule_version != version).order_by(reply.c.received_at, reply.c.reply_key)
        )
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement.limit(limit)).mappings()]

    def doubtful(self, *, since: datetime) -> list[dict[str, Any]]:
        """Joined messages of people whose class the rules do not know, oldest first."""
        statement = select(reply).where(
            reply.c.certain == 0, reply.c.lead_id.is_not(None), reply.c.received_at >= since
        )
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement.order_by(reply.c.received_at)).mappings()]

    def wrong_company(self, *, since: datetime | None = None) -> list[str]:
        """Leads who wrote that the company on their record is not theirs."""
        statement = (
            select(reply.c.lead_id)
            .distinct()
            .where(reply.c.about == "company", reply.c["class"] == "wrong_person", reply.c.lead_id.is_not(None))
        )
        if since is not None:
            statement = statement.where(reply.c.received_at >= since)
        with self._transactions.read() as connection:
            return sorted(connection.execute(statement).scalars())

    def count(self) -> int:
        """How many messages there are."""
        with self._transactions.read() as connection:
            return int(connection.execute(select(func.count()).select_from(reply)).scalar_one())

    def of_lead(self, lead_id: str) -> list[dict[str, Any]]:
        """A lead's messages without their raw bytes, oldest first."""
        columns = [column for column in reply.c if column.name != "raw"]
        with self._transactions.read() as connection:
            statement = select(*columns).where(reply.c.lead_id == lead_id).order_by(reply.c.sent_at, reply.c.reply_key)
            return [dict(row) for row in connection.execute(statement).mappings()]

    def of_day(self, day: str) -> list[dict[str, Any]]:
        """Replies of a day, without their raw bytes, in order of arrival."""
        columns = [column for column in reply.c if column.name != "raw"]
        with self._transactions.read() as connection:
            statement = select(*columns).where(reply.c.day == day).order_by(reply.c.sent_at, reply.c.reply_key)
            return [dict(row) for row in connection.execute(statement).mappings()]

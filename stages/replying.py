"""Replies: read from the mailbox, joined to their sends, classified, and acted on before the next send (A10, I2).

What must hold: our own copies and strangers' mail stop nobody's sequence; a human reply stops the person and pauses the
company; doubt counts as a human reply.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.ledger.replies import NewReply
from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.mailbox.gateway import Mailbox
from rules.addresses import AddressProblem, parse_address
from rules.campaign import Campaign
from rules.hashing import address_hash
from rules.inbound import Inbound, read_message, sent_at
from rules.replies import HUMAN, REPLY_RULES_VERSION, ReplyClass, classify_reply
from stages.days import day_of, starts_at
from stages.engagement import REPLIES_STAMP, unheard_since

COMPANY_PAUSE = timedelta(days=14)
"""How long colleagues are left alone after somebody answered."""
ABSENCE_WITHOUT_DATE = timedelta(days=7)

REASONS = {
    ReplyClass.POSITIVE: SuppressionReason.REPLIED,
    ReplyClass.NEUTRAL: SuppressionReason.REPLIED,
    ReplyClass.REFUSAL: SuppressionReason.REFUSED,
    ReplyClass.UNSUBSCRIBE: SuppressionReason.UNSUBSCRIBED,
    ReplyClass.WRONG_PERSON: SuppressionReason.WRONG_PERSON,
    ReplyClass.BOUNCE: SuppressionReason.HARD_BOUNCE,
}

REPLY_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "reply_key": pl.String, "lead_id": pl.String, "send_key": pl.String, "joined_by": pl.String,
    "class": pl.String, "class_reason": pl.String, "resume_on": pl.String, "excerpt": pl.String,
    "sent_at": pl.Datetime("us", "UTC"), "received_at": pl.Datetime("us", "UTC"), "rule_version": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReplyReport:
    """Messages read, new ones by class, and the days they belong to."""

    read: int
    new: Mapping[str, int]
    days: tuple[str, ...]


async def pull_replies(
    mailbox: Mailbox,
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    pepper: str,
) -> ReplyReport:
    """Read new messages, store them raw, and suppress whom they stop.

    Raises:
        ServiceFailure: The mailbox could not be read; the stamp stays where it was (rule B23).
    """
    now = clock.now()
    messages = await mailbox.messages(unheard_since(ledger, REPLIES_STAMP, now=now))
    known = ledger.replies.known()
    joiner = _Joiner(ledger, campaign, pepper)
    replies = [
        stored
        for message in messages
        if message.uid not in known and (stored := joiner.stored(message.uid, message.raw, now)) is not None
    ]
    facts = [fact for item in replies for fact in joiner.suppressions(item, now)]
    ledger.suppressions.add(facts, now=now)  # before they are known: a run that dies in between obeys them next time
    fresh = ledger.replies.receive(replies, now=now)
    ledger.flags.stamp(REPLIES_STAMP, at=now, detail=f"{len(messages)} read, {len(fresh)} new")
    counts: dict[str, int] = {}
    for item in fresh:
        counts[item.label] = counts.get(item.label, 0) + 1
    return ReplyReport(len(messages), counts, tuple(sorted({item.day for item in fresh})))


class _Joiner:
    """Finds the send an inbound message answers: by message id, then by address."""

    def __init__(self, ledger: Ledger, campaign: Campaign, pepper: str) -> None:
        self._campaign = campaign
        self._pepper = pepper
        rows = ledger.questions.requested()
        self._by_message = {row["message_id"]: row for row in rows if row["message_id"]}
        self._by_address = {row["address_hash"]: row for row in rows}
        self._by_key = {row["send_key"]: row for row in rows}

    def stored(self, uid: str, raw: bytes, now: datetime) -> NewReply | None:
        """The message as the ledger keeps it, or ``None`` for one of our own."""
        inbound = read_message(raw)
        if inbound.sender in (self._campaign.sender.email.casefold(), self._campaign.sender.reply_to.casefold()):
            return None
        verdict = classify_reply(inbound, today=now.astimezone(self._campaign.zone).date())
        row, how = self._join(inbound, raw)
        said = sent_at(inbound)
        moment = datetime.fromisoformat(said) if said else now
        if row is not None and row["intent_at"] and moment < row["intent_at"]:
            moment = now
        return NewReply(
            reply_key=hashlib.sha256(inbound.message_id.encode() or raw).hexdigest(),
            day=day_of(min(moment, now), self._campaign.zone),
            uid=uid,
            sent_at=min(moment, now).astimezone(UTC),
            send_key=row["send_key"] if row else None,
            lead_id=row["lead_id"] if row else None,
            joined_by=how,
            address_hash=self._hash(inbound.sender),
            label=verdict.label.value,
            label_reason=verdict.reason,
            resume_on=verdict.back_on.isoformat() if verdict.back_on else None,
            excerpt=inbound.words[:600],
            raw=raw,
            rule_version=REPLY_RULES_VERSION,
        )

    def _join(self, inbound: Inbound, raw: bytes) -> tuple[Mapping[str, Any] | None, str]:
        for answer in inbound.answers:
            if row := self._by_message.get(answer):
                return row, "message_id"
        if row := self._by_address.get(self._hash(inbound.sender)):
            return row, "address"
        if inbound.report:
            text = raw.decode("utf-8", "replace")
            for message_id, row in self._by_message.items():
                if message_id in text:
                    return row, "report"
        return None, "none"

    def _hash(self, sender: str) -> str:
        parsed = parse_address(sender)
        text = sender if isinstance(parsed, AddressProblem) else parsed.text
        return address_hash(text, self._pepper)

    def suppressions(self, reply: NewReply, now: datetime) -> list[Suppression]:
        """What a joined reply stops."""
        row = self._by_key.get(reply.send_key or "")
        if row is None:
            return []
        label = ReplyClass(reply.label)
        key, lead = str(row["address_hash"]), str(row["lead_id"])
        if label is ReplyClass.OUT_OF_OFFICE:
            until = self._back(reply.resume_on) or reply.sent_at + ABSENCE_WITHOUT_DATE
            reason = SuppressionReason.OUT_OF_OFFICE
            return [Suppression("address", key, reason, now, "reply", reply.reply_key, until, lead)]
        if label not in REASONS:
            return []
        facts = [Suppression("address", key, REASONS[label], now, "reply", reply.reply_key, None, lead)]
        if label in HUMAN:
            company, reason = str(row["company_key"]), SuppressionReason.COLLEAGUE_REPLIED
            until = reply.sent_at + COMPANY_PAUSE
            facts.append(Suppression("company", company, reason, now, "reply", reply.reply_key, until, lead))
        return facts

    def _back(self, day: str | None) -> datetime | None:
        """The morning after the day of return: nobody answers on the first day back."""
        if day is None:
            return None
        return starts_at((date.fromisoformat(day) + timedelta(days=1)).isoformat(), self._campaign.zone)


def reply_frame(ledger: Ledger, day: str) -> pl.DataFrame:
    """Rows of the `replies` table for a day, from the ledger alone."""
    rows = [{name: row.get(name) for name in REPLY_SCHEMA} for row in ledger.replies.of_day(day)]
    return pl.DataFrame(rows, schema=REPLY_SCHEMA)

"""Replies: read from the mailbox and from posts, joined, classified, and obeyed before the next send (A10, I2).

What must hold: our own copies stop nobody, a stranger's mail only the stranger; doubt counts as a human reply; a
message is obeyed before it is known, so that a run which dies in between obeys it next time. A message is known once,
so it is read only where the mails it may answer are known, too.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.inbox import InboxSource
from resources.ledger.ledger import Ledger
from resources.ledger.replies import NewReply, Relabel
from resources.mailbox.gateway import Mailbox, MailboxMessage
from rules.alarms import Alarm, Severity
from rules.campaign import Campaign
from rules.inbound import Inbound, read_message, sent_at
from rules.inbound_parse import UnreadableBody, messages_in
from rules.replies import REPLY_RULES_VERSION, classify_reply
from stages.days import day_of
from stages.engagement import REPLIES_STAMP, unheard_since
from stages.joining import Joiner, answered
from stages.reply_effects import effects

REREAD_AT_ONCE = 500
WRONG_COMPANY = "replies.wrong_company"
_TOLD_FOR = timedelta(days=7)

REPLY_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "reply_key": pl.String, "lead_id": pl.String, "send_key": pl.String, "joined_by": pl.String,
    "class": pl.String, "class_reason": pl.String, "resume_on": pl.String, "excerpt": pl.String,
    "sent_at": pl.Datetime("us", "UTC"), "received_at": pl.Datetime("us", "UTC"), "rule_version": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReplyReport:
    """What a look brought.

    Attributes:
        read: Messages read, posted ones included.
        new: New ones by class.
        parked: Posted bodies nobody could read.
        relabelled: Earlier messages of another class under today's rules.
        days: Days whose rows changed.
        deferred: Why nothing was read, ``None`` if it was.
    """

    read: int
    new: Mapping[str, int]
    parked: int
    relabelled: int
    days: tuple[str, ...]
    deferred: str | None = None


async def pull_replies(
    mailbox: Mailbox,
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    pepper: str,
) -> ReplyReport:
    """Read new messages, suppress whom they stop, and store them raw.

    A ledger that may not send until it is taken over does not know which mails it is answered: it reads nothing, posted
    messages neither. Nothing goes out meanwhile.

    Raises:
        ServiceFailure: The mailbox could not be read; the stamp stays where it was (rule B23). What was posted is
            obeyed all the same.
    """
    now = clock.now()
    if (doubt := ledger.doubt()) is not None:
        return ReplyReport(0, {}, 0, 0, (), deferred=doubt)
    posted, settle, parked = _posted(ledger, now)
    fresh = _take(posted, ledger=ledger, campaign=campaign, pepper=pepper, now=now)
    ledger.inbox.applied(settle, now=now)
    changed = reread(ledger, campaign=campaign, now=now)
    messages = await mailbox.messages(unheard_since(ledger, REPLIES_STAMP, now=now))
    known = ledger.replies.known([message.uid for message in messages])
    unread = [message for message in messages if message.uid not in known]
    fresh += _take(unread, ledger=ledger, campaign=campaign, pepper=pepper, now=now)
    ledger.flags.stamp(REPLIES_STAMP, at=now, detail=f"{len(messages)} read, {len(fresh)} new")
    _tell_wrong_companies(ledger, now)
    counts: dict[str, int] = {}
    for item in fresh:
        counts[item.label] = counts.get(item.label, 0) + 1
    days = {item.day for item in fresh} | set(changed)
    return ReplyReport(len(messages) + len(posted), counts, parked, len(changed), tuple(sorted(days)))


def _posted(ledger: Ledger, now: datetime) -> tuple[list[MailboxMessage], list[int], int]:
    """Messages out of the bodies that were posted; one that cannot be read is parked with the reason."""
    found: list[MailboxMessage] = []
    settle: list[int] = []
    parked = 0
    for body in ledger.inbox.pending(InboxSource.BREVO_INBOUND):
        try:
            found += [MailboxMessage(uid=f"inbound.{each.uid}"[:60], raw=each.raw) for each in messages_in(body.body)]
            settle.append(body.id)
        except UnreadableBody as error:
            ledger.inbox.park([body.id], reason=str(error), now=now)
            parked += 1
    return found, settle, parked


def _take(
    messages: Sequence[MailboxMessage], *, ledger: Ledger, campaign: Campaign, pepper: str, now: datetime
) -> list[NewReply]:
    """Obey and store messages; those that were new."""
    if not messages:
        return []
    delivery = [(read_message(message.raw), message.raw) for message in messages]
    joiner = Joiner(ledger, campaign, pepper, delivery=delivery)
    found = [
        _stored(joiner, message, inbound, campaign, now)
        for message, (inbound, _) in zip(messages, delivery, strict=True)
    ]
    replies = [reply for reply in found if reply is not None]
    facts = [
        fact
        for reply in replies
        for fact in effects(reply, joiner.by_key.get(reply.send_key or ""), campaign=campaign, now=now)
    ]
    ledger.suppressions.add(facts, now=now)
    return ledger.replies.receive(replies, now=now)


def _stored(
    joiner: Joiner, message: MailboxMessage, inbound: Inbound, campaign: Campaign, now: datetime
) -> NewReply | None:
    """The message as the ledger keeps it, or ``None`` for one of our own."""
    if joiner.own(inbound):
        return None
    row, how = joiner.join(inbound, message.raw)
    said = sent_at(inbound)
    moment = datetime.fromisoformat(said) if said else now
    if row is not None and row["intent_at"] and moment < row["intent_at"]:
        moment = now
    moment = min(moment, now)
    verdict = classify_reply(inbound, today=moment.astimezone(campaign.zone).date())
    return NewReply(
        reply_key=hashlib.sha256(inbound.message_id.encode() or message.raw).hexdigest(),
        day=day_of(moment, campaign.zone),
        uid=message.uid,
        sent_at=moment.astimezone(UTC),
        send_key=row["send_key"] if row else None,
        lead_id=row["lead_id"] if row else None,
        joined_by=how,
        address_hash=joiner.hash(inbound.sender),
        label=verdict.label.value,
        label_reason=verdict.reason,
        resume_on=verdict.back_on.isoformat() if verdict.back_on else None,
        excerpt=inbound.words[:600],
        raw=message.raw,
        rule_version=REPLY_RULES_VERSION,
        certain=verdict.certain,
        about=verdict.about,
    )


def reread(ledger: Ledger, *, campaign: Campaign, now: datetime) -> list[str]:
    """Read stored messages again that earlier rules read (rule B36): free, and it only ever stops more.

    Returns:
        The day of each message that is of another class now.
    """
    stale = ledger.replies.of_other_version(REPLY_RULES_VERSION, limit=REREAD_AT_ONCE)
    if not stale:
        return []
    sends = answered(ledger, stale)
    readings: list[Relabel] = []
    facts = []
    changed: list[str] = []
    for row in stale:
        inbound = read_message(bytes(row["raw"]))
        verdict = classify_reply(inbound, today=row["sent_at"].astimezone(campaign.zone).date())
        day = verdict.back_on.isoformat() if verdict.back_on else None
        readings.append(
            Relabel(
                row["reply_key"], verdict.label.value, verdict.reason, day, inbound.words[:600], REPLY_RULES_VERSION,
                verdict.certain, verdict.about,
            )
        )  # fmt: skip
        if verdict.label != row["class"]:
            changed.append(row["day"])
            reply = NewReply(
                row["reply_key"], row["day"], row["uid"], row["sent_at"], row["send_key"], row["lead_id"],
                row["joined_by"], row["address_hash"], verdict.label.value, verdict.reason, day, "", b"",
                REPLY_RULES_VERSION,
            )  # fmt: skip
            facts += effects(reply, sends.get(row["send_key"] or ""), campaign=campaign, now=now)
    ledger.suppressions.add(facts, now=now)
    ledger.replies.relabel(readings, actor="replies", now=now)
    return changed


def _tell_wrong_companies(ledger: Ledger, now: datetime) -> None:
    """Tell the operator who wrote that the company on their record is not theirs (rules A6, A12)."""
    leads = ledger.replies.wrong_company(since=now - _TOLD_FOR)
    alarm = Alarm(
        WRONG_COMPANY, Severity.WARN,
        f"{len(leads)} people wrote within a week that they do not work for the company on their record: "
        f"{', '.join(leads[:5])}{' and more' if len(leads) > 5 else ''}.",  # noqa: PLR2004 - as many as fit a line
        "They are not mailed again; their addresses and others of the same domain are judged anew.",
        "`outbound why` with the record id shows the answer; look at the import it came from.", "/assets/replies",
    )  # fmt: skip
    ledger.alerts.report([alarm] if leads else [], now=now, within=WRONG_COMPANY)


def reply_frame(ledger: Ledger, day: str) -> pl.DataFrame:
    """Rows of the `replies` table for a day, from the ledger alone."""
    rows = [{name: row.get(name) for name in REPLY_SCHEMA} for row in ledger.replies.of_day(day)]
    return pl.DataFrame(rows, schema=REPLY_SCHEMA)

"""Sending what is ready: claim, intent, exactly one request, record (design 6). Nothing here retries a send.

What must hold: the order ``intent durable -> witness -> request -> record``; whatever is raised in between leaves the
send unknown or provably not sent, never ready again by guess (I1, I5).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from resources.airtable.gateway import LeadBase
from resources.clock.gateway import Clock
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.sends import Claim
from resources.mail_provider.gateway import MailProvider, OutgoingMail
from rules.campaign import Campaign, Mode
from rules.failures import Failure, FailureKind, classify
from rules.hashing import idempotency_key
from rules.outcomes import Deferred, Done, Failed, Outcome, Rejected, Skipped, StageReport
from rules.rendering import as_html
from rules.sending import Answer, may_send
from stages.breakers import trip_on_streak
from stages.days import day_of
from stages.doctor.standing import why_not_live
from stages.looking_up import look_up_unknowns
from stages.outlook import Outlook, outlook, seen_again
from stages.rereading import REREAD_AT_ONCE, reread_leads
from stages.settling import unsettled
from stages.unsubscribing import unsubscribe_link

STAGE = "sends"
RETRY = timedelta(minutes=15)
CHUNK = 10
"""Claims taken at once: few enough that none outlives its lease while it waits for its turn."""

HELD_UP = timedelta(minutes=1)
"""A process that slept so long between intent and request does not ask any more: its guards are old (I2, I3)."""

SEND_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "send_key": pl.String, "lead_id": pl.String, "company_key": pl.String, "step": pl.String,
    "variant": pl.String, "state": pl.String, "reason": pl.String, "subject": pl.String, "content_hash": pl.String,
    "message_id": pl.String, "zones": pl.String, "ready_at": pl.Datetime("us", "UTC"),
    "intent_at": pl.Datetime("us", "UTC"), "settled_at": pl.Datetime("us", "UTC"), "lateness_minutes": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sender:
    """What a send needs: the provider, the ledger, the configuration, the time, and who holds the claims."""

    provider: MailProvider
    ledger: Ledger
    campaign: Campaign
    clock: Clock
    pepper: str
    holder: str
    base: LeadBase | None = None
    """Where the leads are read again before they are mailed; ``None`` where there is no base, as in a rehearsal."""


async def send_due(
    sender: Sender,
    *,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> StageReport:
    """Send what is ready, in order, as far as guards and caps allow; stops at the first systemic failure.

    Args:
        sender: Everything it takes.
        limit: At most so many, where an operator asked for a number.
        progress: Called with done and total.
    """
    ledger, clock = sender.ledger, sender.clock
    now = clock.now()
    ledger.sends.reap(now=now)
    await look_up_unknowns(
        sender.provider, ledger=ledger, campaign=sender.campaign, clock=clock, pepper=sender.pepper
    )  # fmt: skip
    now = clock.now()
    closed = ledger.gate(now=now) or ledger.flags.stops() or unsettled(ledger, now=now)
    closed = closed or why_not_live(ledger, campaign=sender.campaign, now=now)
    ready = ledger.sends.ready(now=now)
    if closed or sender.campaign.mode is Mode.DRY_RUN:
        reason = closed or "dry run: nothing is sent"
        return StageReport.of(STAGE, [Skipped(reason) for _ in ready])
    view = outlook(sender.campaign, ledger=ledger, now=now)
    first = len(ready) if limit is None else limit
    rows = _in_order(ready, sender.campaign)[: max(first, 0)]
    keys = [row["send_key"] for row in rows]
    unread: str | None = None
    outcomes: list[Outcome] = []
    stopped: Failure | None = None
    position = 0
    while position < len(keys) and stopped is None and view.room > 0:
        if sender.base is not None and position % REREAD_AT_ONCE == 0:
            block = rows[position : position + REREAD_AT_ONCE]
            last_word = await reread_leads(
                block, base=sender.base, ledger=ledger, campaign=sender.campaign, now=clock.now()
            )
            outcomes.extend(Rejected(reason) for reason in last_word.withdrawn.values())
            if unread := last_word.unread:
                break
        chunk = keys[position : position + CHUNK]
        position += len(chunk)
        for claim in ledger.sends.claim(chunk, holder=sender.holder, now=clock.now()):
            if stopped is not None:
                ledger.sends.release(claim, now=clock.now())
                outcomes.append(Skipped(f"the stage was stopped: {stopped}"))
                continue
            outcome, stopped = await send_one(sender, claim, view)
            outcomes.append(outcome)
            if progress:
                progress(len(outcomes), len(keys))
        view = _moved_on(sender, view)
    left = len(keys) - len(outcomes)
    rest = Deferred(unread, clock.now() + RETRY) if unread else Skipped(_not_begun(stopped, view.room))
    outcomes.extend(rest for _ in range(left))
    too_fast = stopped is not None and stopped.kind is FailureKind.FLOW_CONTROL
    return StageReport.of(STAGE, outcomes, systemic=None if too_fast else stopped)


def _not_begun(stopped: Failure | None, room: int) -> str:
    if stopped is not None:
        return f"the stage was stopped: {stopped}"
    return "the caps have no room left" if room <= 0 else "held by somebody else"


def _moved_on(sender: Sender, view: Outlook) -> Outlook:
    """What is left of the caps by now; the limits anew only when the operator's day has turned."""
    now = sender.clock.now()
    if day_of(now, sender.campaign.zone) != view.day:
        return outlook(sender.campaign, ledger=sender.ledger, now=now)
    return seen_again(view, ledger=sender.ledger, now=now)


async def send_one(sender: Sender, claim: Claim, view: Outlook) -> tuple[Outcome, Failure | None]:
    """Carry one claim through the protocol.

    Args:
        sender: Everything it takes.
        claim: What is held.
        view: The limits in force.

    Returns:
        Its outcome, and the failure that must stop the stage, if it is one.
    """
    ledger, clock = sender.ledger, sender.clock
    now = clock.now()
    if day_of(now, sender.campaign.zone) != view.day:
        view = outlook(sender.campaign, ledger=ledger, now=now)
    decision = ledger.sends.intend(claim, now=now, day=view.day, decide=lambda facts: may_send(facts, view.policy))
    if decision.answer is Answer.NEVER:
        return Rejected(decision.reason), None
    if decision.answer is Answer.LATER:
        return Deferred(decision.reason, decision.retry_at or now + timedelta(minutes=15)), None
    ledger.witness()
    mail = outgoing(sender, claim)
    if clock.now() - now > HELD_UP:
        reason, woke = f"the sender slept from {now:%H:%M:%S} on, before its request", clock.now()
        ledger.sends.ready_again(claim, reason=reason, now=woke, not_before=woke)
        return Deferred(reason, woke), None
    try:
        accepted = await sender.provider.send(mail)
    except asyncio.CancelledError:
        ledger.sends.unknown(claim, reason="cancelled during the call", now=clock.now())
        raise
    except Exception as error:  # noqa: BLE001 - every exception of a send goes through the one classifier (rule B3)
        return _failed(sender, claim, classify(error, sending=True))
    ledger.sends.accepted(claim, message_id=accepted.message_id, now=clock.now())
    return Done({"message_id": accepted.message_id}), None


def _failed(sender: Sender, claim: Claim, failure: Failure) -> tuple[Outcome, Failure | None]:
    ledger, now = sender.ledger, sender.clock.now()
    if failure.kind is FailureKind.UNKNOWN_OUTCOME:
        ledger.sends.unknown(claim, reason=str(failure), now=now)
        return Failed(failure), _streak(sender)
    if failure.kind is FailureKind.PERMANENT:
        ledger.sends.rejected(claim, reason=str(failure), now=now)
        return Rejected(str(failure)), _streak(sender)
    wait = timedelta(seconds=failure.retry_after or 60.0)
    ledger.sends.ready_again(claim, reason=str(failure), now=now, not_before=now + wait)
    if failure.kind is FailureKind.SYSTEMIC:
        ledger.flags.raise_flag(FlagName.PROVIDER, reason=str(failure), actor="sender", now=now)
    return Deferred(str(failure), now + wait), failure


def _streak(sender: Sender) -> Failure | None:
    """The failure of the whole, where request after request brings no acceptance."""
    reason = trip_on_streak(sender.ledger, campaign=sender.campaign, now=sender.clock.now())
    return Failure(FailureKind.SYSTEMIC, "sender", "unclear", reason) if reason else None


def outgoing(sender: Sender, claim: Claim) -> OutgoingMail:
    """The mail on the wire: exactly the approved content, with the headers that belong to it."""
    settings = sender.campaign.sender
    link = unsubscribe_link(settings.unsubscribe_url, claim.send_key, sender.pepper)
    headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if claim.in_reply_to:
        headers |= {"In-Reply-To": claim.in_reply_to, "References": claim.in_reply_to}
    return OutgoingMail(
        send_key=claim.send_key,
        idempotency_key=idempotency_key(claim.send_key),
        sender_name=settings.name,
        sender_email=settings.email,
        to_name=claim.to_name,
        to_email=claim.address,
        reply_to=settings.reply_to,
        subject=claim.mail.subject,
        text=claim.mail.text,
        html=as_html(claim.mail.text),
        headers=headers,
    )


def _in_order(ready: Sequence[Mapping[str, Any]], campaign: Campaign) -> list[Mapping[str, Any]]:
    """Follow-ups before openers: a conversation begun comes before one that is not."""
    order: dict[str, int] = {step.name: -number for number, step in enumerate(campaign.cadence.steps)}
    return sorted(ready, key=lambda row: order.get(str(row["step"]), 0))


def send_frame(ledger: Ledger, day: str) -> pl.DataFrame:
    """Rows of the `sends` table for a day, from the ledger alone; no addresses (they stay in `leads`)."""
    rows = []
    for row in ledger.sends.of_day(day):
        if row["kind"] != "outreach":
            continue
        late = None if row["intent_at"] is None else (row["intent_at"] - row["ready_at"]).total_seconds() / 60
        rows.append({
            **{name: row.get(name) for name in SEND_SCHEMA}, "zones": row["places"], "lateness_minutes": late,
        })  # fmt: skip
    return pl.DataFrame(rows, schema=SEND_SCHEMA)

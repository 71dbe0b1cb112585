"""Drafts that wait for a person: shown, approved, edited, refused; withdrawn when their slot passed.

What must hold: what a person approved is what becomes ready, to the letter (invariant I4), and an edited text passes
the same gate as a written one. The chat, the command and the base all come through here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from resources.clock.gateway import Clock
from resources.ledger.approvals import Held
from resources.ledger.ledger import Ledger
from rules.approval import read_word
from rules.campaign import Campaign
from rules.drafting import prompt_id
from rules.mail import Mail
from stages.days import day_of
from stages.waking import something_changed
from stages.writing import judge_edited


class DecisionRefused(LookupError):
    """A decision that cannot be taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did, in a sentence for whoever took it."""

    held: Held
    said: str


def waiting(ledger: Ledger) -> list[Held]:
    """Drafts that wait for a person, oldest first."""
    return ledger.approvals.waiting()


def find(code: str, ledger: Ledger) -> Held:
    """The waiting draft of a code.

    Raises:
        DecisionRefused: None of that code waits.
    """
    wanted = code.strip().casefold()
    for held in ledger.approvals.waiting():
        if held.code == wanted:
            return held
    raise DecisionRefused(f"no draft {code!r} waits; `outbound drafts list` shows those that do")


def approve(code: str, *, ledger: Ledger, campaign: Campaign, clock: Clock, actor: str) -> Decided:
    """Let a waiting draft go: it is ready at once, and every guard of sending still holds.

    Raises:
        DecisionRefused: None of that code waits.
    """
    now = clock.now()
    held = ledger.approvals.approve(find(code, ledger).code, actor=actor, day=day_of(now, campaign.zone), now=now)
    return _decided(held, code, "approved; it goes out when its window and the caps allow it", ledger, now)


def reject(code: str, *, reason: str, ledger: Ledger, clock: Clock, actor: str) -> Decided:
    """Refuse a waiting draft; its step is not written again until the prompt changes.

    Raises:
        DecisionRefused: None of that code waits.
    """
    now = clock.now()
    said = reason.strip() or "without a reason"
    held = ledger.approvals.reject(find(code, ledger).code, reason=said, actor=actor, now=now)
    return _decided(held, code, "refused; this step is not written again until the prompt changes", ledger, now)


def edit(
    code: str, *, text: str, subject: str | None = None, ledger: Ledger, campaign: Campaign, clock: Clock, actor: str
) -> Decided:
    """Replace the text of a waiting draft; signature and footer stay ours, a follow-up keeps its thread's subject.

    Raises:
        DecisionRefused: None of that code waits, or the new text does not pass the gate; says what is wrong with it.
    """
    held = find(code, ledger)
    follows = held.send.in_reply_to is not None
    title = held.send.mail.subject if follows or subject is None else subject.strip()
    problem = judge_edited(title.removeprefix("Re: ") if follows else title, text, held.grounds, campaign)
    if problem is not None:
        raise DecisionRefused(f"the new text does not pass the gate: {problem}")
    written = text.strip()
    footer = held.send.mail.text.removeprefix(held.written.strip())
    now = clock.now()
    changed = ledger.approvals.edit(held.code, Mail(title, written + footer), written=written, actor=actor, now=now)
    if changed is None:
        raise DecisionRefused(f"draft {code} was decided meanwhile")
    return Decided(changed, f"edited; it waits as {changed.code} now")


def _decided(held: Held | None, code: str, said: str, ledger: Ledger, now: datetime) -> Decided:
    if held is None:
        raise DecisionRefused(f"draft {code} was decided meanwhile")
    something_changed(ledger, now=now)
    return Decided(held, f"{held.send.step} to {held.send.to_name} {said}")


def settle(ledger: Ledger, campaign: Campaign, *, now: datetime) -> list[str]:
    """Take decisions from the base, and take back what waited too long or was written with an older prompt.

    Args:
        ledger: Held drafts and lead records.
        campaign: Field names, patience, the prompt in force.
        now: The moment.

    Returns:
        A sentence per word in the base that could not be followed.
    """
    held = ledger.approvals.waiting()
    if not held:
        return []
    oldest, prompt = now - timedelta(hours=campaign.approval.hours), prompt_id(campaign)
    late = [one.send.send_key for one in held if one.held_at is not None and one.held_at < oldest]
    stale = [one.send.send_key for one in held if one.prompt != prompt]
    ledger.approvals.withdraw(stale, reason="it was written with an older prompt", now=now)
    ledger.approvals.withdraw(late, reason=f"nobody decided within {campaign.approval.hours} hours", now=now)
    return _from_the_base(ledger, campaign, now=now)


def _from_the_base(ledger: Ledger, campaign: Campaign, *, now: datetime) -> list[str]:
    held = {one.send.lead_id: one for one in ledger.approvals.waiting()}
    problems = []
    for record in ledger.records.find(list(held)):
        cell = str(record.fields.get(campaign.airtable.fields.approval) or "").strip()
        word, one = read_word(cell), held[record.record_id]
        if not cell or (word is not None and word.code != one.code):
            continue  # nothing said, or said about an earlier draft
        if word is None:
            problems.append(f"{record.record_id}: {cell[:40]!r} is no decision; write `approve {one.code}`")
        elif word.approve:
            ledger.approvals.approve(one.code, actor="airtable", day=day_of(now, campaign.zone), now=now)
        else:
            ledger.approvals.reject(one.code, reason=word.reason or "without a reason", actor="airtable", now=now)
    return problems


def as_document(held: Held) -> Mapping[str, Any]:
    """A held draft for programs and for the mirror: code, who, what, why it waits."""
    return {
        "code": held.code, "lead_id": held.send.lead_id, "to": held.send.to_name, "company": held.send.company_key,
        "step": held.send.step, "variant": held.send.variant, "state": held.state.value, "because": held.because,
        "prompt": held.prompt, "held_at": held.held_at, "subject": held.send.mail.subject, "text": held.written,
        "reason": held.reason, "actor": held.actor, "decided_at": held.decided_at,
    }  # fmt: skip


def cell_text(held: Held) -> str:
    """A waiting draft as the base shows it: its code first, then what would be sent."""
    return (
        f"Draft {held.code}: write `approve {held.code}` or `reject {held.code}: reason` into Approval.\n\n"
        f"{held.send.mail.subject}\n\n{held.written}"
    )

"""Drafts: one paid call per due item that can still be sent today, judged in code, prepared for sending (rules A4, A5).

What must hold: what is prepared passed every quality rule; what did not is kept with the reason and the raw answer.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.approvals import Held
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.sends import NewSend
from resources.ledger.work import Item
from resources.models.gateway import LanguageModel, ModelRequest, Task
from rules import drafting
from rules.approval import ApprovalState, must_wait, readers_wanted, trial_room
from rules.campaign import Campaign
from rules.draft_gate import DraftContext, judge_draft
from rules.hashing import canonical, input_hash, send_key
from rules.mail import Mail
from rules.outcomes import Deferred, Done, Outcome, Rejected, Skipped, StageReport
from rules.rendering import thread_subject, with_footer
from rules.sequence import chances
from stages.asking import Asker, read
from stages.days import day_of, next_day_at
from stages.latching import latch, latched
from stages.places import zones_of
from stages.researching import fresh_research
from stages.spending import Purse
from stages.unsubscribing import unsubscribe_link
from stages.workers import run_items

STAGE = "drafts"
ATTEMPTS = 2
"""The first try and one repair with the reason."""
EXPECTED_USD = 0.02
NAME_LIMIT = 200
"""Characters of a recipient's name that the ledger keeps; longer ones are no names."""

DRAFT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "lead_id": pl.String, "step": pl.String, "state": pl.String, "reason": pl.String,
    "variant": pl.String, "subject": pl.String, "body": pl.String, "content_hash": pl.String, "send_key": pl.String,
    "attempts": pl.Int64, "model": pl.String, "prompt_version": pl.String, "prompt": pl.String, "approval": pl.String,
    "research_fingerprint": pl.String, "facts_version": pl.String, "facts_used": pl.String,
    "cost_usd": pl.Float64, "drafted_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


def draft_key(lead_id: str, step: str, campaign: Campaign) -> str:
    """The item's key: a changed prompt drafts anew."""
    return f"{lead_id}:{step}@{drafting.prompt_id(campaign)}"


async def draft_mails(
    rows: Sequence[Mapping[str, Any]],
    leads: Mapping[str, Mapping[str, Any]],
    *,
    model: LanguageModel,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    pepper: str,
    run: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> StageReport:
    """Write one mail per picked row whose company is researched, and prepare it for sending.

    Args:
        rows: Picked rows of the plan.
        leads: Rows of the `leads` table by lead id, with ``address_hash``.
        model: The writer.
        ledger: Answers, outcomes, sends.
        campaign: The configuration.
        clock: The time.
        pepper: The secret behind unsubscribe tokens.
        run: The run, whose stages share a budget.
        progress: Called with done and total.
    """
    now = clock.now()
    day = day_of(now, campaign.zone)
    companies = sorted({row["company_key"] for row in rows})
    known = fresh_research(ledger, campaign, companies, clock=clock)
    purse = Purse(
        campaign.budget, ledger=ledger, day=day, until=next_day_at(now, campaign.zone), expected_usd=EXPECTED_USD,
        run=run,
    )  # fmt: skip
    asker = Asker(model, ledger, clock, purse)
    static = drafting.instructions(campaign)
    readers = Readers(ledger, campaign, day)
    threads = ledger.questions.threads(campaign.id, [leads[row["lead_id"]]["address"] for row in rows])

    async def one(row: Mapping[str, Any]) -> Outcome:
        lead = leads[row["lead_id"]]
        research = known.get(row["company_key"])
        if research is None:
            return Skipped("its company is not researched")
        thread = _said(threads.get(lead["address"], ()))
        item = _item(row, lead, research, thread, campaign=campaign, day=day)
        return await _write(
            item, row, lead, research, thread, asker=asker, campaign=campaign, static=static, pepper=pepper
        )

    def record(row: Mapping[str, Any], outcome: Outcome) -> None:
        lead = leads[row["lead_id"]]
        research = known.get(row["company_key"])
        if research is None:
            return
        mails = threads.get(lead["address"], [])
        item = _item(row, lead, research, _said(mails), campaign=campaign, day=day)
        ledger.work.record(item, outcome, now=clock.now())
        if isinstance(outcome, Done):  # after its record: a run that dies in between writes it again for nothing
            parent = _parent(mails)
            prepared = _new_send(outcome.value, row, lead, campaign, day=day, clock=clock, parent=parent)
            readers.pass_on(prepared, outcome.value, now=clock.now())

    keys = [send_key(campaign.id, row["step"], leads[row["lead_id"]]["address"]) for row in rows]
    todo, idle = _todo(rows, keys, ledger, readers)
    if todo and (off := latched(ledger, FlagName.WRITER)):
        return StageReport.of(STAGE, [*idle, *(Skipped(off) for _ in todo)])
    outcomes, stopped = await run_items(
        todo, one, limit=campaign.drafting.concurrency, clock=clock, record=record, progress=progress
    )
    latch(ledger, FlagName.WRITER, stopped, now=clock.now())
    return StageReport.of(STAGE, [*idle, *outcomes], systemic=stopped)


def _todo(
    rows: Sequence[Mapping[str, Any]], keys: Sequence[str], ledger: Ledger, readers: "Readers"
) -> tuple[list[Mapping[str, Any]], list[Outcome]]:
    """Rows to write, and why the others are not: written already, in a person's hands, or beyond a prompt's trial."""
    written, held = ledger.sends.written(keys), ledger.approvals.of(keys)
    todo: list[Mapping[str, Any]] = []
    idle: list[Outcome] = []
    for row, key in zip(rows, keys, strict=True):
        if key in written:
            idle.append(Skipped("it was written before this plan was read"))
        elif key in held and (reason := readers.in_hand(held[key])):
            idle.append(Skipped(reason))
        elif readers.room is not None and len(todo) >= readers.room:
            idle.append(Skipped(f"the prompt is on trial: its first {readers.wanted.first} drafts need approval"))
        else:
            todo.append(row)
    return todo, idle


class Readers:
    """Which drafts go to a person first; knows how the prompt in force stands."""

    def __init__(self, ledger: Ledger, campaign: Campaign, day: str) -> None:
        self.wanted = readers_wanted(campaign)
        self._ledger = ledger
        self._day = day
        self._prompt = drafting.prompt_id(campaign)
        self._trial = ledger.approvals.trial(self._prompt)
        self._held_today = ledger.approvals.held_on(day) if self.wanted.daily_percent else 0
        self.room = trial_room(self.wanted, self._trial)

    def in_hand(self, held: Held) -> str | None:
        """Why a held draft is not written again, or ``None``."""
        if held.state is ApprovalState.WAITING:
            return "its draft waits for approval"
        if held.state is ApprovalState.REJECTED and held.prompt == self._prompt:
            return f"a person refused its draft: {held.reason}"
        return None

    def pass_on(self, send: NewSend, value: Mapping[str, Any], *, now: datetime) -> None:
        """Make a draft ready, or hold it for a person."""
        because = must_wait(self.wanted, self._trial, held_today=self._held_today, lead_id=send.lead_id, day=self._day)
        if because is None:
            self._ledger.sends.prepare([send], now=now)
            return
        held = Held(
            send=send, written=value["written"], prompt=self._prompt, because=because, grounds=value["grounds"],
            first_hash=send.mail.digest,
        )  # fmt: skip
        self._held_today += self._ledger.approvals.hold(held, now=now) is ApprovalState.WAITING


def judge_edited(subject: str, text: str, grounds: Mapping[str, Any], campaign: Campaign) -> str | None:
    """Why a text that a person edited must not go out, held against the same grounds as the first; or ``None``."""
    return judge_draft(subject, text, context_of(grounds, campaign))[1]


def context_of(grounds: Mapping[str, Any], campaign: Campaign) -> DraftContext:
    """What a draft is held against, from its stored form."""
    return DraftContext(
        grounds["first_name"], grounds["company"], grounds["step"], campaign.offer, tuple(grounds["foreign"])
    )


def _item(
    row: Mapping[str, Any],
    lead: Mapping[str, Any],
    research: Mapping[str, Any],
    thread: Sequence[Mapping[str, str]],
    *,
    campaign: Campaign,
    day: str,
) -> Item:
    inputs = input_hash(
        lead={name: lead[name] for name in ("first_name", "title", "company", "address")},
        step=row["step"], variant=row["variant"], research=research["fingerprint"], thread=thread,
        prompt=drafting.instructions(campaign), model=campaign.drafting.model,
    )  # fmt: skip
    return Item(STAGE, draft_key(row["lead_id"], row["step"], campaign), inputs, day, row["lead_id"])


async def _write(
    item: Item,
    row: Mapping[str, Any],
    lead: Mapping[str, Any],
    research: Mapping[str, Any],
    thread: Sequence[Mapping[str, str]],
    *,
    asker: Asker,
    campaign: Campaign,
    static: str,
    pepper: str,
) -> Outcome:
    step = campaign.step(row["step"])
    grounds = {
        "first_name": lead["first_name"], "company": lead["company"], "step": step.name,
        "foreign": _foreign(research, lead),
    }  # fmt: skip
    context = context_of(grounds, campaign)
    cost, repair = 0.0, None
    for attempt in range(1, ATTEMPTS + 1):
        question = drafting.document(
            step=step, variant=row["variant"], company=str(lead["company"]), research=research, campaign=campaign,
            recipient={"first_name": lead["first_name"], "role": lead["title"], "language": campaign.offer.language},
            thread=thread, repair=repair,
        )  # fmt: skip
        request = ModelRequest(
            task=Task.WRITING, model=campaign.drafting.model, instructions=static, document=canonical(question),
            schema_name="mail", schema=drafting.SCHEMA, cache_key=f"{campaign.id}.drafts",
        )  # fmt: skip
        answer = await asker.ask(item, request, attempt=attempt)
        if isinstance(answer, Deferred):
            return answer
        cost += answer.usage.cost_usd
        parts, repair = read(answer, drafting.read_answer)
        if parts is None:
            continue
        mail, repair = judge_draft(parts["subject"], parts["body"], context)
        if mail is None:
            continue
        key = send_key(campaign.id, row["step"], lead["address"])
        final = _final(mail, key, thread, campaign=campaign, pepper=pepper)
        return Done(
            {
                "subject": final.subject, "body": final.text, "content_hash": final.digest, "attempts": attempt,
                "model": answer.model, "prompt_version": campaign.drafting.prompt_version, "variant": row["variant"],
                "research_fingerprint": research["fingerprint"], "step": row["step"],
                "send_key": key, "written": mail.text, "grounds": grounds, "prompt": drafting.prompt_id(campaign),
            },
            round(cost, 6),
        )  # fmt: skip
    return Rejected(repair or "refused without a reason", round(cost, 6))


def _foreign(research: Mapping[str, Any], lead: Mapping[str, Any]) -> tuple[str, ...]:
    """The name the research was asked for, where it shares no word with this lead's company: it must not be said."""
    asked = str(research.get("company") or "")
    shared = set(asked.casefold().split()) & set(str(lead["company"] or "").casefold().split())
    return () if shared or not asked or not lead["company"] else (asked,)


def _final(mail: Mail, key: str, thread: Sequence[Mapping[str, str]], *, campaign: Campaign, pepper: str) -> Mail:
    """The mail as it will go out: footer and thread subject come from code, never from the writer."""
    link = unsubscribe_link(campaign.sender.unsubscribe_url, key, pepper)
    subject = thread_subject(thread[0]["subject"]) if thread else mail.subject
    return Mail(subject, with_footer(mail.text, sender=campaign.sender, unsubscribe=link))


def _new_send(
    value: Mapping[str, Any],
    row: Mapping[str, Any],
    lead: Mapping[str, Any],
    campaign: Campaign,
    *,
    day: str,
    clock: Clock,
    parent: str | None,
) -> NewSend:
    return NewSend(
        send_key=value["send_key"],
        campaign=campaign.id,
        step=row["step"],
        address=lead["address"],
        address_hash=lead["address_hash"],
        lead_id=row["lead_id"],
        company_key=row["company_key"],
        to_name=(lead["full_name"] or lead["first_name"] or lead["address"].partition("@")[0])[:NAME_LIMIT],
        variant=row["variant"],
        day=day,
        places=zones_of(lead),
        mail=Mail(value["subject"], value["body"]),
        not_before=clock.now(),
        in_reply_to=parent,
        prompt=value["prompt"],
        allocation=canonical(chances(campaign.step(row["step"]).variants)),
    )


def _said(mails: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Earlier mails to this person, oldest first, without their footers."""
    return [{"subject": mail["subject"], "body": mail["body"].partition("\n\n--\n")[0]} for mail in mails]


def _parent(mails: Sequence[Mapping[str, Any]]) -> str | None:
    """The message id of the first mail of the thread."""
    return next((mail["message_id"] for mail in mails if mail["message_id"]), None)


def draft_frame(ledger: Ledger, day: str) -> pl.DataFrame:
    """Rows of the `drafts` table for a day, from the ledger alone."""
    entries = ledger.work.outcomes(STAGE, day=day)
    values = [entry.outcome.value if isinstance(entry.outcome, Done) else {} for entry in entries]
    held = ledger.approvals.of([value["send_key"] for value in values if value])
    rows = []
    for entry, value in zip(entries, values, strict=True):
        mine = held.get(value.get("send_key", ""))
        rows.append({
            **{name: value.get(name) for name in DRAFT_SCHEMA},
            "day": day,
            "lead_id": entry.item.lead_id,
            "step": entry.item.key.partition("@")[0].rpartition(":")[2],
            "state": entry.outcome.state.value,
            "reason": None if isinstance(entry.outcome, Done) else entry.outcome.reason,
            "approval": None if mine is None else mine.state.value,
            "cost_usd": getattr(entry.outcome, "cost_usd", 0.0),
            "drafted_at": entry.at,
        })  # fmt: skip
    return pl.DataFrame(rows, schema=DRAFT_SCHEMA)

"""Drafts: one paid call per due item that can still be sent today, judged in code, prepared for sending (rules A4, A5).

What must hold: what is prepared passed every quality rule; what did not is kept with the reason and the raw answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.approvals import Held
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.sends import NewSend
from resources.ledger.work import Item
from resources.models.gateway import LanguageModel
from rules.approval import ApprovalState, must_wait, readers_wanted, trial_room
from rules.campaign import Campaign
from rules.draft_gate.others import Others
from rules.draft_gate.similarity import REMEMBERED, Mails, sketch
from rules.hashing import canonical, send_key
from rules.mail import Mail
from rules.outcomes import Done, Outcome, Skipped, StageReport
from rules.sending import SendState
from rules.sequence import chances
from stages.asking import Asker
from stages.days import day_of, next_day_at
from stages.latching import latch, latched
from stages.places import zones_of
from stages.researching import fresh_research
from stages.spending import Purse
from stages.workers import run_items
from stages.writing import Desk, Order, offered, order_item, write

STAGE = "drafts"
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


def draft_key(lead_id: str, step: str, prompt: str) -> str:
    """The item's key: another prompt (`rules.drafting.prompt_id`) drafts anew."""
    return f"{lead_id}:{step}@{prompt}"


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
    desk = Desk(
        Asker(model, ledger, clock, purse), campaign, pepper,
        others=Others.of(_names(leads[row["lead_id"]] for row in rows)),
        mails=_mails_of_today(ledger, campaign, rows, day),
    )  # fmt: skip
    readers = Readers(ledger, campaign, day, prompt=desk.prompt)
    threads = ledger.questions.threads(campaign.id, [leads[row["lead_id"]]["address"] for row in rows])

    def order(row: Mapping[str, Any]) -> tuple[Order, Item] | None:
        lead, research = leads[row["lead_id"]], known.get(row["company_key"])
        if research is None:
            return None
        wanted = Order(row, lead, research, _said(threads.get(lead["address"], ())))
        key = draft_key(row["lead_id"], row["step"], desk.prompt)
        return wanted, order_item(wanted, stage=STAGE, key=key, day=day, campaign=campaign, prompt=desk.prompt)

    async def one(row: Mapping[str, Any]) -> Outcome:
        wanted = order(row)
        return Skipped("its company is not researched") if wanted is None else await write(*wanted, desk)

    def record(row: Mapping[str, Any], outcome: Outcome) -> None:
        wanted = order(row)
        if wanted is None:
            return
        if not isinstance(outcome, Done):
            ledger.work.record(wanted[1], outcome, now=clock.now())
            return
        kept = {name: part for name, part in outcome.value.items() if name != "grounds"}
        ledger.work.record(wanted[1], Done(kept, outcome.cost_usd), now=clock.now())
        # the send comes after its record: a run that dies in between writes it again for nothing
        parent = _parent(threads.get(wanted[0].lead["address"], []))
        prepared = _new_send(outcome.value, row, wanted[0].lead, campaign, day=day, clock=clock, parent=parent)
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


def _names(leads: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Everybody's names and companies."""
    for lead in leads:
        yield str(lead["company"] or "")
        yield str(lead.get("full_name") or "")


def _mails_of_today(ledger: Ledger, campaign: Campaign, rows: Sequence[Mapping[str, Any]], day: str) -> Mails:
    """What was written today for others, to compare with."""
    mails, mine, ours = Mails(), {row["lead_id"] for row in rows}, offered(campaign)
    for send in ledger.sends.of_day(day)[-REMEMBERED:]:
        if send["lead_id"] not in mine and send["state"] != SendState.CANCELLED:
            mails.remember(sketch(str(send["body"]).partition("\n\n--\n")[0], ours=ours))
    return mails


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

    def __init__(self, ledger: Ledger, campaign: Campaign, day: str, *, prompt: str) -> None:
        self.wanted = readers_wanted(campaign)
        self._ledger = ledger
        self._day = day
        self._prompt = prompt
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

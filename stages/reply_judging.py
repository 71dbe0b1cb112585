"""A model's opinion on answers that no rule understands: bought once per wording, within the budget, never needed.

What must hold: the person is stopped already when the model is asked, and no answer of it starts anything again.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

from resources.clock.gateway import Clock
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.replies import NewReply, Relabel
from resources.ledger.work import Item
from resources.models.gateway import LanguageModel, ModelRequest, Task
from rules.campaign import Campaign
from rules.hashing import canonical
from rules.inbound import read_message
from rules.outcomes import Deferred, Done, Outcome, Rejected, Skipped, StageReport
from rules.reply_questions import INSTRUCTIONS, SCHEMA, Opinion, document_of, opinion, question_key
from stages.asking import Asker, read
from stages.days import day_of, next_day_at
from stages.joining import answered
from stages.latching import latch, latched
from stages.reply_effects import effects
from stages.spending import Purse
from stages.workers import run_items

STAGE = "replies"
EXPECTED_USD = 0.0005
ASKED_FOR = timedelta(days=3)
"""An answer that could not be judged within three days stays what doubt makes of it."""

Row = Mapping[str, Any]
OpenModel = Callable[[], AbstractAsyncContextManager[LanguageModel]]


async def judge_replies(
    *, ledger: Ledger, campaign: Campaign, clock: Clock, open_model: OpenModel
) -> tuple[StageReport, tuple[str, ...]]:
    """Ask about every answer the rules left open, and note what the model takes it for.

    Returns:
        The report, and the days whose rows changed.
    """
    now = clock.now()
    settings = campaign.replies
    waiting = ledger.replies.doubtful(since=now - ASKED_FOR)
    ended = {
        entry.item.key
        for entry in ledger.work.outcomes(STAGE, keys=[row["reply_key"] for row in waiting])
        if isinstance(entry.outcome, Done | Rejected)
    }
    questions: dict[str, list[Row]] = {}
    for row in waiting:
        if row["reply_key"] not in ended:
            questions.setdefault(question_key(_document(row), settings.model), []).append(row)
    if not questions:
        return StageReport.of(STAGE, []), ()
    if not settings.model or latched(ledger, FlagName.WRITER) is not None:
        reason = "the model is latched" if settings.model else "no model judges answers"
        return StageReport.of(STAGE, [Skipped(reason) for _ in questions]), ()
    day = day_of(now, campaign.zone)
    purse = Purse(
        campaign.budget, ledger=ledger, day=day, until=next_day_at(now, campaign.zone), expected_usd=EXPECTED_USD
    )
    sends = answered(ledger, waiting)
    changed: set[str] = set()
    async with open_model() as model:
        asker = Asker(model, ledger, clock, purse)

        async def one(key: str) -> Outcome:
            found, outcome = await _ask(key, _document(questions[key][0]), asker=asker, campaign=campaign, day=day)
            if found is not None and found.confidence >= settings.confident_at:
                for row in questions[key]:
                    _apply(row, found, sends=sends, ledger=ledger, campaign=campaign, clock=clock)
                    changed.add(row["day"])
            return outcome

        def record(key: str, outcome: Outcome) -> None:
            items = [(Item(STAGE, row["reply_key"], key, day), outcome) for row in questions[key]]
            ledger.work.record_many(items, now=clock.now())

        outcomes, stopped = await run_items(list(questions), one, limit=4, clock=clock, record=record)
    latch(ledger, FlagName.WRITER, stopped, now=clock.now())
    return StageReport.of(STAGE, outcomes, systemic=stopped), tuple(sorted(changed))


def _document(row: Row) -> dict[str, str]:
    inbound = read_message(bytes(row["raw"]))
    return document_of(inbound.subject, inbound.words)


async def _ask(
    key: str, document: Mapping[str, str], *, asker: Asker, campaign: Campaign, day: str
) -> tuple[Opinion | None, Outcome]:
    request = ModelRequest(
        task=Task.JUDGEMENT,
        model=campaign.replies.model,
        instructions=INSTRUCTIONS,
        document=canonical(document),
        schema_name="reply",
        schema=SCHEMA,
        cache_key=f"{campaign.id}.replies",
    )
    answer = await asker.ask(Item(f"{STAGE}.question", key, key, day), request, attempt=1)
    if isinstance(answer, Deferred):
        return None, answer
    value, refused = read(answer, lambda text: ({"said": text}, None))
    found = opinion(str(value["said"])) if value else None
    if found is None:
        return None, Rejected(refused or "the answer is not of the form that was asked for", answer.usage.cost_usd)
    return found, Done({"class": found.label.value, "confidence": found.confidence}, answer.usage.cost_usd)


def _apply(
    row: Row, found: Opinion, *, sends: Mapping[str, Any], ledger: Ledger, campaign: Campaign, clock: Clock
) -> None:
    """Stop what the class stops, then note the class: in this order, as with every message."""
    now = clock.now()
    why = f"a model takes it for this (confidence {found.confidence:.2f})"
    reply = NewReply(
        row["reply_key"], row["day"], row["uid"], row["sent_at"], row["send_key"], row["lead_id"], row["joined_by"],
        row["address_hash"], found.label.value, why, None, row["excerpt"], b"", row["rule_version"],
    )  # fmt: skip
    facts = effects(reply, sends.get(row["send_key"] or ""), campaign=campaign, now=now)
    ledger.suppressions.add(facts, now=now)
    reading = Relabel(
        row["reply_key"], found.label.value, why, None, row["excerpt"], row["rule_version"],
        certain=True, about=None,
    )  # fmt: skip
    ledger.replies.relabel([reading], actor="model", now=now)

"""Whether each address belongs to its company: free tiers over the whole list, then a model for the rest (A6, A13).

What must hold: a question is bought once for its evidence, only in a run for today, and never before the free tiers.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.work import Item
from resources.models.gateway import LanguageModel, ModelRequest, Task
from rules.attribution.brief import INSTRUCTIONS
from rules.attribution.judging import judge
from rules.attribution.questions import (
    ANSWER_SCHEMA,
    AnswerError,
    ModelAnswer,
    Question,
    interpret,
    prompt_document,
    questions,
)
from rules.attribution.verdicts import ATTRIBUTION_VERSION, Overrulings, Verdict
from rules.campaign import Campaign
from rules.domains import owner_domain
from rules.failures import Failure
from rules.hashing import canonical, content_hash
from rules.leads import Lead
from rules.outcomes import Deferred, Done, Outcome, Rejected, Skipped, StageReport
from stages.asking import Asker, read
from stages.days import day_of, next_day_at
from stages.latching import latch, latched
from stages.spending import Purse
from stages.workers import run_items

QUESTIONS = "attribution"
VERDICTS = "verdict"
EXPECTED_USD = 0.002


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that is another than before: which, why, and whether the person was mailed already."""

    lead_id: str
    was: str
    now: str
    why: str
    mailed: bool


OpenModel = Callable[[], AbstractAsyncContextManager[LanguageModel]]


async def verify_leads(
    leads: Sequence[Lead],
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    open_model: OpenModel | None,
    only_day: str | None = None,
    run: str = "",
) -> tuple[StageReport, pl.DataFrame, list[Change]]:
    """Judge the whole list, ask the model what is left, and record every verdict that changed.

    Args:
        leads: Every lead, in order of intake: the list itself is evidence.
        ledger: Answers bought earlier, verdicts recorded earlier.
        campaign: The configuration.
        clock: The time.
        open_model: Opens the judging model, or ``None`` where nothing may be bought (a past partition).
        only_day: Record the verdicts of this intake day only: a backfill shows each partition its own changes.
        run: The run, whose stages share a budget.

    Returns:
        The report, the judged leads, and whose verdict changed.
    """
    accepted = _frame([lead for lead in leads if lead.rejected is None])
    overrulings = _overrulings(leads, ledger)
    judged = judge(accepted, overrulings=overrulings, answers=_answers(ledger))
    asked: list[Outcome] = []
    stopped = None
    open_questions = questions(accepted, judged)
    if open_questions and open_model is not None and latched(ledger, FlagName.WRITER) is None:
        asked, stopped = await _ask(
            open_questions, ledger=ledger, campaign=campaign, clock=clock, open_model=open_model, run=run
        )
        latch(ledger, FlagName.WRITER, stopped, now=clock.now())
        judged = judge(accepted, overrulings=overrulings, answers=_answers(ledger))
    days = {lead.lead_id: lead.intake_day for lead in leads}
    judged = judged.with_columns(pl.col("lead_id").replace_strict(days, return_dtype=pl.String).alias("day"))
    mine = judged if only_day is None else judged.filter(pl.col("day") == only_day)
    changes = _record(mine, ledger=ledger, clock=clock)
    outcomes = [*asked, *_outcomes(leads, judged)]
    return StageReport.of("verification", outcomes, systemic=stopped), judged, changes


def _frame(leads: Sequence[Lead]) -> pl.DataFrame:
    columns = ("lead_id", "full_name", "company", "website", "country", "mail_text", "intake_day", "source")
    frame = pl.DataFrame(
        [[getattr(lead, name) for name in columns] for lead in leads],
        schema=dict.fromkeys(columns, pl.String),
        orient="row",
    )
    return frame.rename({"mail_text": "email", "company": "company_name", "website": "company_url"})


def _overrulings(leads: Sequence[Lead], ledger: Ledger) -> Overrulings:
    """The operator's words in the base, on a lead or (``match domain``) its company and mail domain; and answers."""
    said = {lead.lead_id: Verdict(lead.override) for lead in leads if lead.override in ("match", "mismatch")}
    domains = {}
    for lead in leads:
        word, _, scope = lead.override.partition(" ")
        if scope == "domain" and word in ("match", "mismatch") and lead.address:
            mail_domain = owner_domain(lead.address.rpartition("@")[2])
            domains[(lead.company_key, mail_domain or "")] = Verdict(word)
    return Overrulings(leads=said, domains=domains, recipients=frozenset(ledger.replies.wrong_company()))


def _answers(ledger: Ledger) -> dict[str, ModelAnswer]:
    """Every answer there is, by question."""
    return {
        entry.item.key: _answer_from(entry.outcome.value)
        for entry in ledger.work.outcomes(QUESTIONS)
        if isinstance(entry.outcome, Done)
    }


async def _ask(
    open_questions: Sequence[Question],
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    open_model: OpenModel,
    run: str,
) -> tuple[list[Outcome], Failure | None]:
    now = clock.now()
    day = day_of(now, campaign.zone)
    batches = _batches(open_questions, ledger, campaign)
    purse = Purse(
        campaign.budget, ledger=ledger, day=day, until=next_day_at(now, campaign.zone), expected_usd=EXPECTED_USD,
        run=run,
    )  # fmt: skip
    async with open_model() as model:
        asker = Asker(model, ledger, clock, purse)

        async def one(batch: tuple[Question, ...]) -> Outcome:
            return await _ask_batch(batch, asker=asker, campaign=campaign, day=day)

        return await run_items(batches, one, limit=4, clock=clock, record=lambda _, __: None)


def _batches(open_questions: Sequence[Question], ledger: Ledger, campaign: Campaign) -> list[tuple[Question, ...]]:
    """Questions as they are asked together; those of a batch whose answer was refused are asked one by one."""
    refused = {
        entry.item.key for entry in ledger.work.outcomes(f"{QUESTIONS}.batch") if isinstance(entry.outcome, Rejected)
    }
    size = campaign.verification.batch
    batches: list[tuple[Question, ...]] = []
    for start in range(0, len(open_questions), size):
        batch = tuple(open_questions[start : start + size])
        batches += [(question,) for question in batch] if _batch_key(batch, campaign) in refused else [batch]
    return batches


def _batch_key(batch: tuple[Question, ...], campaign: Campaign) -> str:
    return content_hash([prompt_document(batch), campaign.verification.model, ATTRIBUTION_VERSION])


async def _ask_batch(batch: tuple[Question, ...], *, asker: Asker, campaign: Campaign, day: str) -> Outcome:
    document = prompt_document(batch)
    inputs = _batch_key(batch, campaign)
    item = Item(f"{QUESTIONS}.batch", inputs, inputs, day)
    request = ModelRequest(
        task=Task.JUDGEMENT,
        model=campaign.verification.model,
        instructions=INSTRUCTIONS,
        document=canonical(document),
        schema_name="attribution",
        schema=ANSWER_SCHEMA,
        cache_key=f"{campaign.id}.attribution",
    )
    answer = await asker.ask(item, request, attempt=1)
    if isinstance(answer, Deferred):
        return answer
    value, refused = read(answer, lambda text: _interpreted(text, batch))
    cost = answer.usage.cost_usd
    if value is None:
        asker.ledger.work.record(item, Rejected(refused or "refused", cost), now=asker.clock.now())
        return Rejected(refused or "refused", cost)
    share = cost / len(batch)
    answers = [
        (Item(QUESTIONS, str(key), str(key), day), Done(found, share)) for key, found in value["answers"].items()
    ]
    asker.ledger.work.record_many(answers, now=asker.clock.now())
    return Done({"answers": len(answers)}, cost)


def _interpreted(text: str, batch: tuple[Question, ...]) -> tuple[dict[str, Any] | None, str | None]:
    try:
        found = interpret(text, batch)
    except AnswerError as error:
        return None, str(error)
    return {
        "answers": {
            answer.id: {
                "id": answer.id,
                "verdict": answer.verdict.value,
                "confidence": answer.confidence,
                "reason": answer.reason,
            }
            for answer in found
        }
    }, None


def _answer_from(value: Mapping[str, Any]) -> ModelAnswer:
    return ModelAnswer(value["id"], Verdict(value["verdict"]), value["confidence"], value["reason"])


def _outcomes(leads: Sequence[Lead], judged: pl.DataFrame) -> list[Outcome]:
    """One outcome per lead: the identity of the stage."""
    verdicts = dict(judged.select("lead_id", "verdict").iter_rows())
    outcomes: list[Outcome] = []
    for lead in leads:
        if lead.rejected:
            outcomes.append(Rejected(lead.rejected))
        elif verdicts[lead.lead_id] == Verdict.PENDING:
            outcomes.append(Skipped("waits for the model's answer"))
        else:
            outcomes.append(Done({"verdict": verdicts[lead.lead_id]}))
    return outcomes


def _record(judged: pl.DataFrame, *, ledger: Ledger, clock: Clock) -> list[Change]:
    """Record verdicts that are new or differ from what was recorded last (rule A11)."""
    last: dict[str, str] = {}
    words: dict[str, str] = {}
    for entry in sorted(ledger.work.outcomes(VERDICTS), key=lambda entry: entry.at):
        last[entry.item.key] = entry.item.input_hash
        words[entry.item.key] = str(entry.outcome.value["verdict"]) if isinstance(entry.outcome, Done) else ""
    mailed = ledger.questions.counted_by_lead()
    fresh = []
    changes = []
    for row in judged.iter_rows(named=True):
        value = {name: row[name] for name in ("verdict", "tier", "reason", "evidence", "rule_version")}
        digest = content_hash(value)
        if last.get(row["lead_id"]) == digest:
            continue
        if words.get(row["lead_id"], row["verdict"]) != row["verdict"]:
            lead_id, was = row["lead_id"], words[row["lead_id"]]
            changes.append(Change(lead_id, was, row["verdict"], str(row["reason"]), lead_id in mailed))
        item = Item(VERDICTS, row["lead_id"], digest, row["day"], row["lead_id"])
        fresh.append((item, Done(value)))
    if fresh:
        ledger.work.record_many(fresh, now=clock.now())
    return changes


VERIFICATION_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "lead_id": pl.String, "verdict": pl.String, "tier": pl.Int64, "reason": pl.String,
    "evidence": pl.String, "mail_domain": pl.String, "company_domain": pl.String, "question_id": pl.String,
    "rule_version": pl.String,
}  # fmt: skip


def verification_frame(judged: pl.DataFrame) -> pl.DataFrame:
    """Rows of the `verification_results` table."""
    return judged.select([pl.col(name).cast(kind) for name, kind in VERIFICATION_SCHEMA.items()])

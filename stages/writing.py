"""One mail: asked for, judged, repaired once, and put into its final form. Used for today's drafts and for rehearsals.

What must hold: what comes out as done passed the gate, and its footer, links and thread subject come from code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from resources.ledger.work import Item
from resources.models.gateway import ModelRequest, Task
from rules import drafting
from rules.campaign import Campaign
from rules.draft_gate.draft import Context, Draft
from rules.draft_gate.judging import judge
from rules.draft_gate.others import NOBODY_ELSE, Others
from rules.draft_gate.similarity import TOO_CLOSE, Mails, sketch
from rules.facts import FACTS_VERSION, Shown, shown_facts
from rules.hashing import canonical, input_hash, send_key
from rules.mail import Mail
from rules.outcomes import Deferred, Done, Outcome, Rejected
from rules.rendering import thread_subject, with_footer
from stages.asking import Asker, read
from stages.unsubscribing import unsubscribe_link

ATTEMPTS = 2
"""The first try and one repair with everything that was wrong."""


@dataclass(frozen=True, slots=True)
class Order:
    """A mail that is wanted: for whom, at which step, from which research, after which mails (oldest first)."""

    row: Mapping[str, Any]
    lead: Mapping[str, Any]
    research: Mapping[str, Any]
    thread: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Desk:
    """What every mail of a run is written with.

    Attributes:
        asker: The model, the ledger that remembers answers, and the purse.
        others: Names of everybody whose mails are written in this run.
        mails: What was written today, to compare with.
    """

    asker: Asker
    campaign: Campaign
    pepper: str
    others: Others = NOBODY_ELSE
    mails: Mails = field(default_factory=Mails)

    @cached_property
    def static(self) -> str:
        """The prompt's static part."""
        return drafting.instructions(self.campaign)

    @cached_property
    def prompt(self) -> str:
        """The prompt's name."""
        return drafting.prompt_id(self.campaign)


def order_item(order: Order, *, stage: str, key: str, day: str, campaign: Campaign, prompt: str) -> Item:
    """The item of an order: its inputs are the person, the research, the thread, the prompt, the model, the rules."""
    lead, row = order.lead, order.row
    inputs = input_hash(
        lead={name: lead[name] for name in ("first_name", "title", "company", "address")},
        step=row["step"], variant=row["variant"], research=order.research["fingerprint"], thread=order.thread,
        prompt=prompt, model=campaign.drafting.model, facts=FACTS_VERSION,
        language=campaign.language_for(lead.get("country_code")),
    )  # fmt: skip
    return Item(stage, key, inputs, day, row["lead_id"])


async def write(order: Order, item: Item, desk: Desk) -> Outcome:
    """Write one mail, or say why there is none.

    Raises:
        ServiceFailure: The model's failure.
    """
    shown = shown_facts(order.research)
    context = context_of(order, shown, desk)
    step, cost = desk.campaign.step(order.row["step"]), 0.0
    if step.name == "opener" and not shown.facts:
        return Rejected(f"no fact of the research may be shown to the writer: {'; '.join(shown.withheld[:3])}")
    repair: dict[str, str] | None = None
    reason = "refused without a reason"
    for attempt in range(1, ATTEMPTS + 1):
        question = drafting.document(
            step=step, variant=order.row["variant"], language=context.language, company=context.company, shown=shown,
            recipient={name: context.recipient[name] for name in ("first_name", "role")}, campaign=desk.campaign,
            thread=order.thread, repair=repair,
        )  # fmt: skip
        request = ModelRequest(
            task=Task.WRITING, model=desk.campaign.drafting.model, instructions=desk.static,
            document=canonical(question), schema_name="mail", schema=drafting.SCHEMA,
            cache_key=f"{desk.campaign.id}.drafts",
        )  # fmt: skip
        answer = await desk.asker.ask(item, request, attempt=attempt)
        if isinstance(answer, Deferred):
            return answer
        cost += answer.usage.cost_usd
        draft, refused = read(answer, drafting.read_answer)
        if draft is None:
            reason = refused or reason
            repair = {"wrong": reason}
            continue
        judgement = judge(draft, context)
        mine = sketch(draft.text, ours=offered(desk.campaign))
        if judgement.mail is not None and desk.mails.closest(mine) <= TOO_CLOSE:
            desk.mails.remember(mine)
            value = _value(order, judgement.mail, draft, context, desk)
            value |= {"attempts": attempt, "model": answer.model, "facts_withheld": list(shown.withheld)}
            return Done(value, round(cost, 6))
        reason = judgement.reason or "the text is nearly one that another reader gets today"
        repair = {"wrong": judgement.advice or reason, "subject": draft.subject, "body": draft.text}
    return Rejected(reason, round(cost, 6))


def offered(campaign: Campaign) -> str:
    """What every mail may share with every other: our offer and our reason."""
    return f"{campaign.offer.what}\n{campaign.offer.reason}"


def context_of(order: Order, shown: Shown, desk: Desk) -> Context:
    """What the drafts of an order are held against."""
    campaign, lead = desk.campaign, order.lead
    step = campaign.step(order.row["step"])
    return Context(
        step=step.name,
        brief=step.brief,
        language=campaign.language_for(lead.get("country_code")),
        recipient={
            "first_name": str(lead["first_name"] or ""),
            "full_name": str(lead.get("full_name") or lead["first_name"] or ""),
            "role": str(lead["title"] or ""),
        },
        company=str(lead["company"] or lead.get("company_key") or ""),
        offer=campaign.offer,
        sender=campaign.sender,
        facts=shown.facts,
        about=shown.about,
        thread=[f"{mail['subject']}\n{mail['body']}" for mail in order.thread],
        secrets=(drafting.secret(campaign),),
        others=desk.others,
        unsaid=_unsaid(order),
    )


def _unsaid(order: Order) -> tuple[str, ...]:
    """The name the research was asked for, where it shares no word with this lead's company: it must not be said."""
    asked, company = str(order.research.get("company") or ""), str(order.lead["company"] or "")
    shared = set(asked.casefold().split()) & set(company.casefold().split())
    return () if shared or not asked or not company else (asked,)


def _value(order: Order, mail: Mail, draft: Draft, context: Context, desk: Desk) -> dict[str, Any]:
    campaign, row = desk.campaign, order.row
    key = send_key(campaign.id, row["step"], order.lead["address"])
    link = unsubscribe_link(campaign.sender.unsubscribe_url, key, desk.pepper)
    subject = thread_subject(order.thread[0]["subject"]) if order.thread else mail.subject
    final = Mail(subject, with_footer(mail.text, sender=campaign.sender, unsubscribe=link))
    used = sorted({name for claim in draft.claims for name in claim.facts})
    return {
        "subject": final.subject, "body": final.text, "content_hash": final.digest, "written": mail.text,
        "send_key": key, "step": row["step"], "variant": row["variant"], "language": context.language,
        "prompt": desk.prompt, "prompt_version": campaign.drafting.prompt_version,
        "research_fingerprint": order.research["fingerprint"], "facts_version": FACTS_VERSION,
        "facts_used": ",".join(used),
        "claims": [{"sentence": claim.sentence, "facts": list(claim.facts)} for claim in draft.claims],
        "grounds": context.grounds(),
    }  # fmt: skip


def judge_edited(subject: str, text: str, grounds: Mapping[str, Any], campaign: Campaign) -> str | None:
    """Why a text that a person edited must not go out, held against the same grounds as the first; or ``None``."""
    context = Context.of(grounds, offer=campaign.offer, sender=campaign.sender)
    return judge(Draft(subject, text), context, edited=True).advice or None

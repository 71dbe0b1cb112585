"""A day's drafts written again with another prompt, from the research that was bought: nothing is sent (rule B30).

What must hold: no send is prepared, no research is bought, and the same replay twice pays once. Both sides are held
against the gate of today, so that only the prompt differs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from resources.clock.gateway import Clock
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.ledger.purse import REHEARSAL
from resources.ledger.work import Item, Recorded
from resources.models.gateway import LanguageModel
from rules.campaign import Campaign
from rules.draft_gate.judging import judge
from rules.draft_gate.similarity import Mails, sketch
from rules.drafting import read_answer
from rules.facts import shown_facts
from rules.outcomes import Done, Outcome, Rejected
from rules.sequence import variant_of
from stages.asking import Asker, read
from stages.days import day_of, next_day_at
from stages.drafting import EXPECTED_USD, draft_key
from stages.drafting import STAGE as DRAFTS
from stages.latching import latch, latched
from stages.leads import all_leads, lead_frame
from stages.research_reading import STAGE as RESEARCH
from stages.research_reading import research_key
from stages.spending import Purse
from stages.workers import run_items
from stages.writing import Desk, Order, context_of, offered, order_item, write

UNSUPPORTED: Final = frozenset({"claim", "facts", "figure", "name", "code", "link"})
"""Checks that a draft fails by saying what no fact says."""


class NothingToReplay(LookupError):
    """No draft of the day can be written again; the message says why and what to do."""


class ServiceIsOff(RuntimeError):
    """The writer refused us before, or refuses us now; the message says what goes on."""


@dataclass(frozen=True, slots=True)
class Side:
    """One draft of a pair.

    Attributes:
        state: ``done``, ``rejected`` or what kept it from being written.
        reason: Why it was refused; empty where it was not.
        text: What the writer wrote, without footer; of a refused draft its last try.
        attempts: Tries that were answered.
        first_findings: Checks that the first try failed.
        alike: Share of word triples in common with the nearest other mail of its side.
        cost_usd: Dollars of all tries.
    """

    state: str
    reason: str
    subject: str
    text: str
    attempts: int
    first_findings: tuple[str, ...]
    alike: float
    cost_usd: float

    @property
    def words(self) -> int:
        """Length as the reader counts it."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Pair:
    """A lead's mail by the prompt of then and by the new one."""

    lead_id: str
    step: str
    company: str
    variant: str
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class Replay:
    """What was compared.

    Attributes:
        prompts: The prompts that wrote the day's drafts, and the one that wrote them again.
        paid_usd: What this call of the command paid; what was written again before costs nothing now.
        left_out: Drafts that could not be written again, by reason.
    """

    day: str
    prompts: tuple[str, str]
    pairs: tuple[Pair, ...]
    paid_usd: float
    left_out: Mapping[str, int]


async def replay(
    day: str,
    *,
    now_used: Campaign,
    tried: Campaign,
    ledger: Ledger,
    model: LanguageModel,
    clock: Clock,
    pepper: str,
    limit: int = 20,
    progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """Write a day's drafts again.

    Args:
        day: The partition of `drafts`.
        now_used: The campaign as it is configured; the day's drafts are judged under it.
        tried: The same with another prompt, offer, brief or model.
        ledger: Drafts, research and raw answers of then; the new answers are kept there too.
        model: The writer.
        clock: The time.
        pepper: The secret behind unsubscribe tokens.
        limit: At most so many drafts, the first of the day by lead.
        progress: Called with done and total.

    Raises:
        NothingToReplay: The day has no draft that can be written again.
        ServiceIsOff: The writer refuses us as a whole.
    """
    if off := latched(ledger, FlagName.WRITER):
        raise ServiceIsOff(off)
    frozen, left_out = _frozen(day, now_used, ledger, limit)
    if not frozen:
        said = "; ".join(f"{number}: {reason}" for reason, number in left_out.items()) or "none was written"
        raise NothingToReplay(f"no draft of {day} can be written again: {said}; name another day with --on")
    today = day_of(clock.now(), tried.zone)
    before = ledger.work.spent(day=today)
    purse = Purse(
        tried.budget, ledger=ledger, day=today, until=next_day_at(clock.now(), tried.zone), expected_usd=EXPECTED_USD,
    )  # fmt: skip
    desk = Desk(Asker(model, ledger, clock, purse), tried, pepper)
    items = {order.row["key"]: _item(order, desk, today) for _, order in frozen}

    async def one(pair: tuple[Recorded, Order]) -> Outcome:
        return await write(pair[1], items[pair[1].row["key"]], desk)

    def record(pair: tuple[Recorded, Order], outcome: Outcome) -> None:
        kept = outcome
        if isinstance(outcome, Done):
            value = {name: part for name, part in outcome.value.items() if name != "grounds"}
            kept = Done(value, outcome.cost_usd)
        ledger.work.record(items[pair[1].row["key"]], kept, now=clock.now())

    outcomes, stopped = await run_items(
        frozen, one, limit=tried.drafting.concurrency, clock=clock, record=record, progress=progress
    )
    latch(ledger, FlagName.WRITER, stopped, now=clock.now())
    if stopped is not None:
        raise ServiceIsOff(f"the writer refuses us: {stopped}; what was written is kept, `outbound resume` goes on")
    then = Desk(desk.asker, now_used, pepper)
    olds = _sides([(entry.item, entry.outcome, order) for entry, order in frozen], then)
    news = _sides(
        [(items[order.row["key"]], outcome, order) for (_, order), outcome in zip(frozen, outcomes, strict=True)], desk
    )
    pairs = tuple(
        Pair(
            order.row["lead_id"], order.row["step"], str(order.lead["company"] or ""), order.row["variant"], old, new
        )
        for (_, order), old, new in zip(frozen, olds, news, strict=True)
    )  # fmt: skip
    prompts = sorted({entry.item.key.rpartition("@")[2] for entry, _ in frozen})
    paid = ledger.work.spent(day=today) - before
    return Replay(day, (", ".join(prompts), desk.prompt), pairs, round(paid, 6), left_out)


def _item(order: Order, desk: Desk, day: str) -> Item:
    key = draft_key(order.row["lead_id"], order.row["step"], desk.prompt)
    return order_item(order, stage=REHEARSAL, key=key, day=day, campaign=desk.campaign, prompt=desk.prompt)


def _frozen(
    day: str, campaign: Campaign, ledger: Ledger, limit: int
) -> tuple[list[tuple[Recorded, Order]], dict[str, int]]:
    """The day's newest draft of each lead and step with what it was written from, and why others are left out."""
    newest: dict[str, Recorded] = {}
    for entry in sorted(ledger.work.outcomes(DRAFTS, day=day), key=lambda entry: entry.at):
        if isinstance(entry.outcome, Done | Rejected):
            newest[entry.item.key.rpartition("@")[0]] = entry
    people = {row["lead_id"]: row for row in lead_frame(all_leads(ledger, campaign)).iter_rows(named=True)}
    researched = _researched(ledger, {str(row["company_key"]) for row in people.values()})
    frozen: list[tuple[Recorded, Order]] = []
    left_out: dict[str, int] = {}
    for key, entry in sorted(newest.items()):
        if len(frozen) == limit:
            break
        found = _order(key, entry, people=people, researched=researched, campaign=campaign, ledger=ledger)
        if isinstance(found, str):
            left_out[found] = left_out.get(found, 0) + 1
        else:
            frozen.append((entry, found))
    return frozen, left_out


def _researched(ledger: Ledger, companies: set[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Accepted research by company, oldest first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    entries = ledger.work.outcomes(RESEARCH, keys=[research_key(company) for company in sorted(companies)])
    for entry in sorted(entries, key=lambda entry: entry.at):
        if isinstance(entry.outcome, Done):
            found.setdefault(str(entry.outcome.value["company_key"]), []).append(entry.outcome.value)
    return found


def _order(
    key: str,
    entry: Recorded,
    *,
    people: Mapping[str, Mapping[str, Any]],
    researched: Mapping[str, Sequence[Mapping[str, Any]]],
    campaign: Campaign,
    ledger: Ledger,
) -> Order | str:
    """What a draft was written from, or why it cannot be written again."""
    lead_id, _, step_name = key.rpartition(":")
    lead = people.get(lead_id)
    if lead is None or lead["status"] != "accepted":
        return "the lead is not in the list any more"
    steps = [step.name for step in campaign.cadence.steps]
    if step_name not in steps:
        return "the sequence has no such step any more"
    known = researched.get(str(lead["company_key"]), ())
    if not known:
        return "its company's research is not in the ledger"
    value = entry.outcome.value if isinstance(entry.outcome, Done) else {}
    used = [one for one in known if one["fingerprint"] == value.get("research_fingerprint")]
    variants = campaign.step(step_name).variants
    variant = value.get("variant") or variant_of(variants, campaign=campaign.id, step=step_name, lead_id=lead_id)
    earlier = steps[: steps.index(step_name)]
    thread = [
        {"subject": mail["subject"], "body": mail["body"].partition("\n\n--\n")[0]}
        for mail in ledger.questions.mails_of(lead_id)
        if mail["step"] in earlier and mail["intent_at"] is not None
    ]
    row = {"key": key, "lead_id": lead_id, "step": step_name, "variant": variant, "company_key": lead["company_key"]}
    return Order(row, lead, (used or known)[-1], thread)


def _sides(drafts: Sequence[tuple[Item, Outcome, Order]], desk: Desk) -> list[Side]:
    """Each draft as it reads and as the gate of today sees it; likeness within the whole side."""
    sides = [_side(item, outcome, order, desk) for item, outcome, order in drafts]
    sketches = [sketch(side.text, ours=offered(desk.campaign)) for side in sides]
    alike = []
    for place, mine in enumerate(sketches):
        others = Mails()
        for other in (*sketches[:place], *sketches[place + 1 :]):
            others.remember(other)
        alike.append(others.closest(mine))
    return [replace(side, alike=round(share, 3)) for side, share in zip(sides, alike, strict=True)]


def _side(item: Item, outcome: Outcome, order: Order, desk: Desk) -> Side:
    answers = desk.asker.ledger.work.bought(item)
    drafts = [read(answer, read_answer)[0] for answer in answers]
    shown = [draft for draft in drafts if draft is not None]
    findings: tuple[str, ...] = ("whole",) if answers and drafts[0] is None else ()
    if answers and drafts[0] is not None:
        judged = judge(drafts[0], context_of(order, shown_facts(order.research), desk))
        findings = tuple(finding.check for finding in judged.findings)
    done = outcome.value if isinstance(outcome, Done) else {}
    return Side(
        state=outcome.state.value,
        reason="" if isinstance(outcome, Done) else outcome.reason,
        subject=str(done.get("subject") or (shown[-1].subject if shown else "")),
        text=str(done.get("written") or (shown[-1].text if shown else "")),
        attempts=len(answers),
        first_findings=findings,
        alike=0.0,
        cost_usd=round(sum(answer.usage.cost_usd for answer in answers), 6),
    )

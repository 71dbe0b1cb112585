"""Drafts: what the gate costs a mail, whether memory stays flat, and 500 mails against a model that takes 1.5 seconds.

The limit for the last is arithmetic: mails times latency over concurrency. `python -m bench.drafting [MAILS]` judges so
many mails for the memory (50,000 unless said otherwise).
"""

import asyncio
import resource
import sys
import time
from typing import Any

from resources.clock.gateway import SystemClock
from rules import drafting
from rules.draft_gate.draft import Claim, Context, Draft
from rules.draft_gate.judging import judge
from rules.draft_gate.similarity import Mails, sketch
from rules.facts import shown_facts
from rules.outcomes import Done, Outcome
from sandbox.minds.companies import invent
from sandbox.minds.writing import write
from stages.workers import run_items
from tests.builders import campaign

CAMPAIGN = campaign()
LATENCY, CONCURRENCY, LEADS = 1.5, 8, 500
FEW = 500


def prepared(number: int) -> tuple[Draft, Context]:
    """A mail of the sandbox's writer and what it is held against."""
    step = CAMPAIGN.step("opener")
    name = f"Harbour {number} Works"
    company = invent(7, name, f"harbour{number}.example")
    facts = [{"claim": one.claim, "quote": one.quote, "source_url": company.url(one.path)} for one in company.facts]
    shown = shown_facts({"facts": facts, "what_they_do": company.what_they_do})
    document = drafting.document(
        step=step, variant="first", language="en", recipient={"first_name": "Grace", "role": "Head of Support"},
        company=name, shown=shown, campaign=CAMPAIGN, thread=[],
    )  # fmt: skip
    letter = write(number, document)
    claims = tuple(Claim(one["sentence"], tuple(one["facts"])) for one in letter["claims"])
    context = Context(
        step="opener", brief=step.brief, language="en", company=name, offer=CAMPAIGN.offer, sender=CAMPAIGN.sender,
        recipient={"first_name": "Grace", "full_name": "Grace Hopper", "role": "Head of Support"},
        facts=shown.facts, about=shown.about,
    )  # fmt: skip
    return Draft(letter["subject"], letter["body"], claims), context


def peak_mb() -> float:
    """The process's peak resident memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def judged(mails: Mails, numbers: range) -> tuple[float, int]:
    """Seconds of CPU that judging took, and how many passed."""
    spent, passed = 0.0, 0
    for number in numbers:
        draft, context = prepared(number)
        began = time.process_time()
        passed += judge(draft, context).mail is not None
        one = sketch(draft.text, ours=CAMPAIGN.offer.what)
        mails.closest(one)
        mails.remember(one)
        spent += time.process_time() - began
    return spent, passed


async def written() -> float:
    """Seconds for the leads' mails with a model that only takes its time."""

    async def one(number: int) -> Outcome:
        await asyncio.sleep(LATENCY)
        draft, context = prepared(number)
        return Done({"passed": judge(draft, context).mail is not None})

    def record(_number: int, _outcome: Outcome) -> None:
        return

    began = time.perf_counter()
    clock: Any = SystemClock()
    await run_items(range(LEADS), one, limit=CONCURRENCY, clock=clock, record=record)
    return time.perf_counter() - began


def main() -> None:
    """Print the three figures."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    mails = Mails()
    spent, passed = judged(mails, range(FEW))
    first = peak_mb()
    print(f"judging: {1000 * spent / FEW:.1f} ms of CPU a mail; {passed} of {FEW} mails of the sandbox pass")
    judged(mails, range(FEW, many))
    print(f"memory: {first:.0f} MB after {FEW} mails, {peak_mb():.0f} MB after {many:,}; {len(mails):,} remembered")
    seconds, limit = asyncio.run(written()), LEADS * LATENCY / CONCURRENCY
    print(f"500 mails at 1.5 s, 8 at once: {seconds:.1f} s, {seconds / limit:.2f} times the limit of {limit:.1f} s")


if __name__ == "__main__":
    main()

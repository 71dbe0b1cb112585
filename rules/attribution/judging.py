"""Whether each address belongs to the company on its record: the three tiers, in the order of their cost (A6, A13).

One thing must hold: without a model's or a person's word nobody is called a mismatch, and what is not shown is pending.
"""

from collections.abc import Mapping

import polars as pl

from rules.attribution.corpus import Corpus, learn
from rules.attribution.questions import ModelAnswer, question_id
from rules.attribution.reading import read_leads
from rules.attribution.residue import PAIR, gather
from rules.attribution.tiers import RULING_FIELDS, first_tier, settle, undecided
from rules.attribution.verdicts import (
    ATTRIBUTION_VERSION,
    NO_OVERRULINGS,
    NOTHING_LEARNED,
    Learned,
    Overrulings,
    Reason,
    Verdict,
)
from rules.attribution.weighing import CLEAR_AT, Facts, Weight, telling_words, weigh

JUDGED_COLUMNS = (
    "lead_id",
    "verdict",
    "tier",
    "reason",
    "evidence",
    "question_id",
    "address",
    "mail_domain",
    "company_domain",
    "mailbox",
    "rule_version",
)
Ruling = tuple[Verdict, int, Reason, str, str | None]


def _second_tier(facts: Facts, weight: Weight, clear_at: float) -> Ruling:
    signs = "; ".join(weight.signs) or "nothing on this list ties the two together"
    if weight.clears(clear_at):
        said = f"{facts.mail_domain} is taken as a domain of {facts.company_name}: {signs}"
        return Verdict.MATCH, 2, Reason.OWN_DOMAIN, f"{said} ({weight.bits} bits, {clear_at:g} needed)", None
    reason = Reason.OTHER_COMPANYS_SITE if facts.owners else Reason.UNKNOWN_DOMAIN
    said = f"{facts.company_name} has {facts.company_domain}, the address is at {facts.mail_domain}: {signs}"
    evidence = f"{said} ({weight.bits} of {clear_at:g} bits)"
    return Verdict.PENDING, 3, reason, evidence, question_id(facts.company_domain, facts.mail_domain)


def _third_tier(open_ruling: Ruling, answers: Mapping[str, ModelAnswer]) -> Ruling:
    answer = answers.get(open_ruling[4] or "")
    if answer is None:
        return open_ruling
    said = f"model, confidence {answer.confidence:.2f}: {answer.reason}"
    if answer.confident:
        return answer.verdict, 3, Reason.MODEL, said, None
    return Verdict.UNVERIFIABLE, 3, Reason.MODEL_UNSURE, said, None


def _settled(facts: Facts, learned: Learned) -> Ruling | None:
    """What an earlier confident answer says, unless an operator has ruled against the pair since."""
    known = learned.pairs.get((facts.company_domain, facts.mail_domain))
    if known is None or facts.confirmed < 0:
        return None
    return known, 3, Reason.LEARNED_DOMAIN, f"settled before: {facts.mail_domain} and {facts.company_domain}", None


def rule_pairs(
    rows: pl.DataFrame,
    corpus: Corpus,
    *,
    overrulings: Overrulings = NO_OVERRULINGS,
    answers: Mapping[str, ModelAnswer] | None = None,
    learned: Learned = NOTHING_LEARNED,
    clear_at: float = CLEAR_AT,
) -> pl.DataFrame:
    """One ruling for every distinct pair of company and mail domain in the residue.

    Args:
        rows: The residue of `first_tier`.
        corpus: What the whole list knows.
        overrulings: Rulings on single leads, as evidence.
        answers: The model's answers by question id.
        learned: Pairs settled before.
        clear_at: Bits from which a second domain counts as the company's own.

    Returns:
        `company_name, company_domain, mail_domain, ruling`.
    """
    gathered = gather(rows, corpus, overrulings)
    words = corpus.count_words(telling_words(gathered))
    rulings = [
        _settled(facts, learned) or _third_tier(_second_tier(facts, weigh(facts, words), clear_at), answers or {})
        for facts in gathered
    ]
    keys = pl.DataFrame(
        [(facts.company_name, facts.company_domain, facts.mail_domain) for facts in gathered],
        schema=dict.fromkeys(PAIR, pl.String),
        orient="row",
    )
    ruled = pl.DataFrame(
        [(verdict.value, tier, reason.value, *rest) for verdict, tier, reason, *rest in rulings],
        schema=RULING_FIELDS,
        orient="row",
    )
    return keys.with_columns(ruled.to_struct("ruling"))


def judge(
    leads: pl.DataFrame,
    *,
    overrulings: Overrulings = NO_OVERRULINGS,
    answers: Mapping[str, ModelAnswer] | None = None,
    learned: Learned = NOTHING_LEARNED,
    corpus: Corpus | None = None,
    clear_at: float = CLEAR_AT,
) -> pl.DataFrame:
    """A verdict for every lead.

    Args:
        leads: `lead_id, full_name, email, company_name, company_url, country` and optionally `source` (the import a row
            came from), as text, any of them null or absent.
        overrulings: What operators decided.
        answers: The model's answers by question id.
        learned: Pairs of domains settled before.
        corpus: What the whole list knows, when `leads` is only a part of it.
        clear_at: Bits from which a second domain counts as the company's own.

    Returns:
        `JUDGED_COLUMNS`, one row per lead in the same order. `tier` is 1 to 3, `evidence` a sentence, `question_id` set
        exactly on pending rows.
    """
    read = first_tier(read_leads(leads))
    residue = read.filter(undecided())
    ruled = rule_pairs(
        residue, corpus or learn(read), overrulings=overrulings, answers=answers, learned=learned, clear_at=clear_at
    )
    return (
        settle(read, ruled, overrulings)
        .with_columns(pl.lit(ATTRIBUTION_VERSION).alias("rule_version"))
        .select(JUDGED_COLUMNS)
    )

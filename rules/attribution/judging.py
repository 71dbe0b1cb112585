"""Whether each address belongs to the company on its record: the three tiers, in the order of their cost (A6, A13).

One thing must hold: without a model's or a person's word nobody is called a mismatch, and what is not shown is pending.
"""

from collections.abc import Mapping

import polars as pl

from rules.addresses import Mailbox
from rules.attribution.corpus import Corpus, learn
from rules.attribution.questions import ModelAnswer, question_id
from rules.attribution.reading import read_leads
from rules.attribution.residue import PAIR, gather
from rules.attribution.verdicts import (
    ANY_COMPANY,
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
_RULING = {"verdict": pl.String, "tier": pl.Int8, "reason": pl.String, "evidence": pl.String, "question_id": pl.String}
Ruling = tuple[Verdict, int, Reason, str, str | None]


def _ruling(verdict: Verdict, tier: int, reason: Reason, evidence: pl.Expr) -> pl.Expr:
    return pl.struct(
        pl.lit(verdict.value).alias("verdict"),
        pl.lit(tier, pl.Int8).alias("tier"),
        pl.lit(reason.value).alias("reason"),
        evidence.alias("evidence"),
        pl.lit(None, pl.String).alias("question_id"),
    )


def first_tier(read: pl.DataFrame) -> pl.DataFrame:
    """Add `ruling` where cells and equal domains decide; null is the residue for the tiers to come."""
    site, mail = pl.col("company_domain"), pl.col("mail_domain")
    said = pl.col("company_url").fill_null("").str.slice(0, 80)
    free = pl.format("{} gives mailboxes to anyone; the address says nothing about an employer", mail)
    return read.with_columns(
        pl.when(pl.col("mail_problem").is_not_null())
        .then(_ruling(Verdict.INVALID, 1, Reason.BAD_ADDRESS, pl.format("the address: {}", pl.col("mail_problem"))))
        .when(site.is_null() & (said.str.strip_chars() == ""))
        .then(_ruling(Verdict.INVALID, 1, Reason.BAD_SITE, pl.lit("no company site is given; nothing to compare with")))
        .when(site.is_null())
        .then(_ruling(Verdict.INVALID, 1, Reason.BAD_SITE, pl.format("the company site {} is not a site", said)))
        .when(pl.col("mailbox") == Mailbox.FREE.value)
        .then(_ruling(Verdict.UNVERIFIABLE, 1, Reason.FREE_MAIL, free))
        .when(pl.col("mailbox") == Mailbox.DISPOSABLE.value)
        .then(_ruling(Verdict.UNVERIFIABLE, 1, Reason.DISPOSABLE_MAIL, pl.format("{} is for throw-away mail", mail)))
        .when(mail == site)
        .then(_ruling(Verdict.MATCH, 1, Reason.SAME_DOMAIN, pl.format("address and site are both at {}", mail)))
        .otherwise(None)
        .alias("ruling")
    )


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
        schema=_RULING,
        orient="row",
    )
    return keys.with_columns(ruled.to_struct("ruling"))


def overrule(judged: pl.DataFrame, overrulings: Overrulings) -> pl.DataFrame:
    """Let operators have the last word on leads and domains, except over addresses nobody can mail."""
    domains, leads = overrulings.domains, overrulings.leads
    for (company, mail), verdict in sorted(domains.items(), key=lambda item: item[0][0] != ANY_COMPANY):
        meant = (pl.col("mail_domain") == mail) & (
            pl.lit(company == ANY_COMPANY) | (pl.col("company_domain") == company)
        )
        judged = _override(judged, meant, verdict, Reason.OPERATOR_DOMAIN, f"an operator ruled on {mail}")
    for verdict in (Verdict.MATCH, Verdict.MISMATCH):
        named = pl.Series([lead for lead, said in leads.items() if said is verdict], dtype=pl.String).implode()
        judged = _override(
            judged, pl.col("lead_id").is_in(named), verdict, Reason.OPERATOR_LEAD, "an operator ruled on this lead"
        )
    return judged


def _override(judged: pl.DataFrame, meant: pl.Expr, verdict: Verdict, reason: Reason, said: str) -> pl.DataFrame:
    applies = meant & pl.col("address").is_not_null()
    return judged.with_columns(
        pl.when(applies).then(_ruling(verdict, 2, reason, pl.lit(said))).otherwise(pl.col("ruling")).alias("ruling")
    )


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
    residue = read.filter(pl.col("ruling").is_null())
    ruled = rule_pairs(
        residue, corpus or learn(read), overrulings=overrulings, answers=answers, learned=learned, clear_at=clear_at
    )
    judged = read.join(ruled, on=PAIR, how="left", maintain_order="left", nulls_equal=True).with_columns(
        pl.coalesce("ruling", "ruling_right").alias("ruling")
    )
    return (
        overrule(judged, overrulings)
        .unnest("ruling")
        .with_columns(pl.lit(ATTRIBUTION_VERSION).alias("rule_version"))
        .select(JUDGED_COLUMNS)
    )

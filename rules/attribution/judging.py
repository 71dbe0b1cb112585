"""Whether each address belongs to the company on its record: the three tiers, in the order of their cost (A6, A13).

One thing must hold: without a model's or a person's word nobody is called a mismatch, and what is not shown is pending.
"""

from collections.abc import Mapping

import polars as pl

from rules.attribution.corpus import Corpus, learn
from rules.attribution.names import WordCounts
from rules.attribution.questions import ModelAnswer, question_id
from rules.attribution.reading import read_leads
from rules.attribution.residue import PAIR, gather, may_speak
from rules.attribution.tiers import RULING_FIELDS, first_tier, rulings_of, settle, undecided
from rules.attribution.verdicts import (
    ATTRIBUTION_VERSION,
    NO_OVERRULINGS,
    NOTHING_LEARNED,
    Learned,
    Overrulings,
    Reason,
    Verdict,
)
from rules.attribution.weighing import CLEAR_AT, NAMED_OWNERS, NO_NAME_SIGN, Facts, Weight, telling_words, weigh
from rules.place.locating import locate

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
Ruling = tuple[str, int, str, str, str | None]
_PAIRS_AT_ONCE = 50_000


def _second_tier(facts: Facts, weight: Weight, clear_at: float) -> Ruling:
    signs = "; ".join(weight.signs)
    if weight.clears(clear_at):
        said = f"{facts.mail_domain} is taken as a domain of {facts.company_name}: {signs}"
        return (
            Verdict.MATCH.value,
            2,
            Reason.OWN_DOMAIN.value,
            f"{said} ({weight.bits} bits, {clear_at:g} needed)",
            None,
        )
    reason = Reason.SITE_OF_ANOTHER if facts.owners else Reason.UNKNOWN_DOMAIN
    evidence = f"{facts.company_name} has {facts.company_domain}, the address is at {facts.mail_domain}: {signs}"
    if weight.bits:
        evidence += f" ({weight.bits} of {clear_at:g} bits)"
    return Verdict.PENDING.value, 3, reason.value, evidence, question_id(facts.company_domain, facts.mail_domain)


def _third_tier(shown: Ruling, answers: Mapping[str, ModelAnswer]) -> Ruling:
    answer = answers.get(shown[4] or "")
    if answer is None:
        return shown
    said = f"model, confidence {answer.confidence:.2f}: {answer.reason}"
    if answer.confident:
        return answer.verdict.value, 3, Reason.MODEL.value, said, None
    return Verdict.UNVERIFIABLE.value, 3, Reason.MODEL_UNSURE.value, said, None


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
        `PAIR`, `confirmed` and `ruling`.
    """
    pairs = gather(rows, corpus, overrulings)
    speaking = may_speak(pairs) | (pairs["confirmed"] != 0)
    loud, silent = pairs.filter(speaking), pairs.filter(~speaking)
    ruled = [_silent(silent)]
    wanted = telling_words(loud.select(PAIR))
    words = corpus.count_words(wanted) if loud.height else WordCounts()
    ruled.extend(_weighed(part, words, clear_at) for part in loud.iter_slices(_PAIRS_AT_ONCE))
    found = pl.concat(ruled)
    return _answered(found, answers or {}, learned) if answers or learned.pairs else found


def _weighed(pairs: pl.DataFrame, words: WordCounts, clear_at: float) -> pl.DataFrame:
    homes = {text: locate(text).country for text in pairs["country"].unique() if text}
    rulings = []
    for row in pairs.iter_rows(named=True):
        facts = Facts(**(row | {"country": homes.get(row["country"]), "owners": tuple(row["owners"])}))
        rulings.append(_second_tier(facts, weigh(facts, words), clear_at))
    ruled = pl.DataFrame(rulings, schema=RULING_FIELDS, orient="row")
    return pairs.select(*PAIR, "confirmed").with_columns(ruled.to_struct("ruling"))


def _silent(pairs: pl.DataFrame) -> pl.DataFrame:
    """Rulings on pairs whose names are silent, over whole columns: what `weigh` would say of each."""
    leads, imports, owners = pl.col("leads"), pl.col("imports"), pl.col("owners")
    number = pl.when(imports == 1).then(pl.lit("one import")).otherwise(pl.format("{} imports", imports))
    used = (
        pl.when(leads > 1)
        .then(pl.format("; {} leads of the company use it, from {}", leads, number))
        .otherwise(pl.lit(""))
    )
    names = owners.list.head(NAMED_OWNERS).list.join(" and ")
    site = pl.format("; but {} is the site of {} on this list", "mail_domain", names)
    owned = owners.list.len() > 0
    said = pl.format("{} has {}, the address is at {}", *PAIR)
    ids = [question_id(*pair) for pair in pairs.select("company_domain", "mail_domain").iter_rows()]
    reason = pl.when(owned).then(pl.lit(Reason.SITE_OF_ANOTHER.value)).otherwise(pl.lit(Reason.UNKNOWN_DOMAIN.value))
    ruling = pl.struct(
        pl.lit(Verdict.PENDING.value).alias("verdict"),
        pl.lit(3, pl.Int8).alias("tier"),
        reason.alias("reason"),
        pl.concat_str(said, pl.lit(f": {NO_NAME_SIGN}"), used, pl.when(owned).then(site).otherwise(pl.lit(""))).alias(
            "evidence"
        ),
        pl.Series("question_id", ids, dtype=pl.String),
    )
    return pairs.select(*PAIR, "confirmed", ruling.alias("ruling"))


def _answered(ruled: pl.DataFrame, answers: Mapping[str, ModelAnswer], learned: Learned) -> pl.DataFrame:
    """What is settled before comes first, then what is shown, then the model's word."""
    rulings: list[Ruling] = []
    for company, mail, confirmed, shown in ruled.select(
        "company_domain", "mail_domain", "confirmed", "ruling"
    ).iter_rows():
        known = None if confirmed < 0 else learned.pairs.get((company, mail))
        if known is not None:
            rulings.append((known.value, 3, Reason.LEARNED_DOMAIN.value, f"settled before: {mail} and {company}", None))
        else:
            rulings.append(_third_tier(tuple(shown.values()), answers))
    found = pl.DataFrame(rulings, schema=RULING_FIELDS, orient="row")
    return ruled.with_columns(found.to_struct("ruling"))


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
        settle(read, rulings_of(residue, ruled), overrulings)
        .with_columns(pl.lit(ATTRIBUTION_VERSION).alias("rule_version"))
        .select(JUDGED_COLUMNS)
    )

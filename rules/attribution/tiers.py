"""What cells, equal domains and operators decide, over whole columns (tier 1), and how rulings come together.

One thing must hold: an address nobody can mail stays invalid, whoever says otherwise.
"""

import polars as pl

from rules.addresses import Mailbox
from rules.attribution.residue import PAIR
from rules.attribution.verdicts import ANY_COMPANY, Overrulings, Reason, Verdict

RULING_FIELDS = {
    "verdict": pl.String,
    "tier": pl.Int8,
    "reason": pl.String,
    "evidence": pl.String,
    "question_id": pl.String,
}


def undecided() -> pl.Expr:
    """Whether a row as read is residue: a company's mailbox and a site, at two domains."""
    return (
        pl.col("mail_problem").is_null()
        & pl.col("company_domain").is_not_null()
        & (pl.col("mailbox") == Mailbox.COMPANY.value)
        & (pl.col("mail_domain") != pl.col("company_domain"))
    )


# Reason, verdict, and the sentence around its subject; the first that fits holds.
_FIRST: tuple[tuple[Reason, Verdict, str, str], ...] = (
    (Reason.BAD_ADDRESS, Verdict.INVALID, "the address: ", ""),
    (Reason.NO_SITE, Verdict.INVALID, "no company site is given; nothing to compare with", ""),
    (Reason.BAD_SITE, Verdict.INVALID, "the company site ", " is not a site"),
    (Reason.FREE_MAIL, Verdict.UNVERIFIABLE, "", " gives mailboxes to anyone; the address shows no employer"),
    (Reason.DISPOSABLE_MAIL, Verdict.UNVERIFIABLE, "", " is for throw-away mail"),
    (Reason.SAME_DOMAIN, Verdict.MATCH, "address and site are both at ", ""),
)


def first_tier(read: pl.DataFrame) -> pl.DataFrame:
    """Add `ruling` where cells and equal domains decide; null is the residue for the tiers to come."""
    site, mail, box = pl.col("company_domain"), pl.col("mail_domain"), pl.col("mailbox")
    said = pl.col("company_url").fill_null("").str.slice(0, 80)
    problem = pl.col("mail_problem").is_not_null()
    reason = (
        pl.when(problem)
        .then(pl.lit(Reason.BAD_ADDRESS.value))
        .when(site.is_null() & (said.str.strip_chars() == ""))
        .then(pl.lit(Reason.NO_SITE.value))
        .when(site.is_null())
        .then(pl.lit(Reason.BAD_SITE.value))
        .when(box == Mailbox.FREE.value)
        .then(pl.lit(Reason.FREE_MAIL.value))
        .when(box == Mailbox.DISPOSABLE.value)
        .then(pl.lit(Reason.DISPOSABLE_MAIL.value))
        .when(mail == site)
        .then(pl.lit(Reason.SAME_DOMAIN.value))
    )
    subject = pl.when(problem).then(pl.col("mail_problem")).when(site.is_null()).then(said).otherwise(mail)
    words = pl.DataFrame(
        [(why.value, verdict.value, before, after) for why, verdict, before, after in _FIRST],
        schema=["reason", "verdict", "before", "after"],
        orient="row",
    )
    ruled = read.select(reason.alias("reason"), subject.alias("subject")).join(
        words, on="reason", how="left", maintain_order="left"
    )
    ruling = pl.struct(
        "verdict",
        pl.lit(1, pl.Int8).alias("tier"),
        "reason",
        pl.concat_str("before", "subject", "after").alias("evidence"),
        pl.lit(None, pl.String).alias("question_id"),
    )
    return read.hstack(ruled.select(pl.when(pl.col("reason").is_not_null()).then(ruling).alias("ruling")))


def _ruling(verdict: Verdict, tier: int, reason: Reason, evidence: pl.Expr) -> pl.Expr:
    return pl.struct(
        pl.lit(verdict.value).alias("verdict"),
        pl.lit(tier, pl.Int8).alias("tier"),
        pl.lit(reason.value).alias("reason"),
        evidence.alias("evidence"),
        pl.lit(None, pl.String).alias("question_id"),
    )


def _overrule(judged: pl.DataFrame, overrulings: Overrulings) -> pl.DataFrame:
    """Let operators have the last word on leads and domains, except over addresses nobody can mail."""
    domains, leads = overrulings.domains, overrulings.leads
    if overrulings.recipients:
        named = pl.Series(sorted(overrulings.recipients), dtype=pl.String).implode()
        said = "the recipient answered that this is not their company"
        judged = _override(judged, pl.col("lead_id").is_in(named), Verdict.MISMATCH, Reason.RECIPIENT, said)
    for (company, mail), verdict in sorted(domains.items(), key=lambda item: item[0][0] != ANY_COMPANY):
        meant = (pl.col("mail_domain") == mail) & (
            pl.lit(company == ANY_COMPANY) | (pl.col("company_domain") == company)
        )
        judged = _override(judged, meant, verdict, Reason.OPERATOR_DOMAIN, f"an operator ruled on {mail}")
    for verdict in sorted(set(leads.values())):
        named = pl.Series([lead for lead, said in leads.items() if said is verdict], dtype=pl.String).implode()
        judged = _override(
            judged, pl.col("lead_id").is_in(named), verdict, Reason.OPERATOR_LEAD, "an operator ruled on this lead"
        )
    return judged


def _override(judged: pl.DataFrame, meant: pl.Expr, verdict: Verdict, reason: Reason, said: str) -> pl.DataFrame:
    applies = meant & pl.col("mail_problem").is_null()
    return judged.with_columns(
        pl.when(applies).then(_ruling(verdict, 2, reason, pl.lit(said))).otherwise(pl.col("ruling")).alias("ruling")
    )


def rulings_of(residue: pl.DataFrame, ruled: pl.DataFrame) -> pl.Series:
    """The ruling of every row of a residue, in order.

    Args:
        residue: Rows that `undecided` selects.
        ruled: One ruling per pair, as `rules.attribution.judging.rule_pairs` returns them.
    """
    return residue.select(PAIR).join(ruled, on=PAIR, how="left", maintain_order="left")["ruling"]


def settle(read: pl.DataFrame, found: pl.Series, overrulings: Overrulings) -> pl.DataFrame:
    """Bring the tiers' rulings and the operators' together.

    Args:
        read: Leads as `first_tier` returns them.
        found: Rulings of the rows it left open, in their order.
        overrulings: What operators decided.

    Returns:
        The leads in the same order with `verdict, tier, reason, evidence, question_id`.
    """
    open_rows = read["ruling"].is_null()
    if open_rows.any():
        places = pl.Series(pl.int_range(read.height, eager=True)).filter(open_rows)
        decided, later = read["ruling"].struct.unnest(), found.struct.unnest()
        settled = decided.with_columns(decided[name].scatter(places, later[name]) for name in decided.columns)
        read = read.with_columns(settled.to_struct("ruling"))
    return _overrule(read, overrulings).unnest("ruling")

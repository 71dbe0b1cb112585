"""The pairs that equal domains do not settle: each gathered once, with everything the list says about it.

One thing must hold: a pair's facts come from the corpus, so they are the same for every lead of the pair and in every
batch.
"""

from collections.abc import Mapping

import polars as pl

from rules.attribution.corpus import Corpus
from rules.attribution.names import take_apart
from rules.attribution.verdicts import Overrulings, Verdict
from rules.attribution.weighing import Facts
from rules.place.folding import fold
from rules.place.locating import locate

PAIR = ["company_name", "company_domain", "mail_domain"]


def _owners(corpus: Corpus, pairs: pl.DataFrame) -> dict[str, list[str]]:
    """Mail domain to the companies that call it their site, by name in order."""
    sites = corpus.sites.join(
        pairs.select(pl.col("mail_domain").unique()), left_on="company_domain", right_on="mail_domain"
    )
    grouped = sites.group_by("company_domain").agg(pl.col("company_name").unique().sort())
    return {domain: [name for name in names if name] for domain, names in grouped.iter_rows()}


def _users(corpus: Corpus, pairs: pl.DataFrame) -> dict[str, int]:
    """Mail domain to how many companies without it as their site have leads there."""
    used = corpus.pairs.join(pairs.select(pl.col("mail_domain").unique()), on="mail_domain", how="semi")
    return dict(used.group_by("mail_domain").agg(pl.col("company_domain").n_unique()).iter_rows())


def _colleagues(corpus: Corpus, pairs: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """Company and mail domain to the number of leads and of imports."""
    keys = ["company_domain", "mail_domain"]
    counted = corpus.pairs.join(pairs.select(keys).unique(), on=keys, how="semi")
    grouped = counted.group_by(keys).agg(pl.col("leads").sum(), pl.col("source").n_unique())
    return {(company, mail): (leads, imports) for company, mail, leads, imports in grouped.iter_rows()}


def _ruled(rows: pl.DataFrame, overrulings: Overrulings) -> Mapping[tuple[str, str], int]:
    """Company and mail domain to operators' rulings on single leads: for, less against."""
    tally: dict[tuple[str, str], int] = {}
    ruled = rows.filter(pl.col("lead_id").is_in(pl.Series(list(overrulings.leads), dtype=pl.String).implode()))
    for lead, company, mail in ruled.select("lead_id", "company_domain", "mail_domain").iter_rows():
        tally[company, mail] = tally.get((company, mail), 0) + (1 if overrulings.leads[lead] is Verdict.MATCH else -1)
    return tally


def gather(rows: pl.DataFrame, corpus: Corpus, overrulings: Overrulings) -> list[Facts]:
    """The facts of every distinct pair among rows whose domains differ, in a fixed order.

    Args:
        rows: Leads as read, with company mailboxes and two different domains.
        corpus: What the whole list knows.
        overrulings: Operators' rulings on single leads are evidence for the others.
    """
    pairs = rows.group_by(PAIR).agg(pl.col("country").drop_nulls().unique().sort().first()).sort(PAIR)
    owners, users = _owners(corpus, pairs), _users(corpus, pairs)
    colleagues, ruled = _colleagues(corpus, pairs), _ruled(rows, overrulings)
    facts = []
    for name, company, mail, country in pairs.iter_rows():
        leads, imports = colleagues.get((company, mail), (1, 1))
        named = owners.get(mail, [])
        same = fold(name)
        others = tuple(owner for owner in named if fold(owner) != same)
        facts.append(
            Facts(
                company_name=name,
                company_domain=company,
                mail_domain=mail,
                country=locate(country).country if country else None,
                leads=leads,
                imports=imports,
                owners=others,
                shared_by=users.get(mail, 1) - 1,
                same_company_site=len(named) > len(others) and bool(take_apart(name).words),
                confirmed=ruled.get((company, mail), 0),
            )
        )
    return facts

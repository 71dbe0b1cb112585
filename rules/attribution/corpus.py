"""What the list itself knows: whose site is whose, who writes from where, which words are rare (tier 2's facts).

One thing must hold: it is a sum. Learning a list in parts and merging gives what learning it whole gives, in any order
of rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from rules.addresses import Mailbox
from rules.attribution.names import WordCounts, take_apart

_SITES = ["company_domain", "company_name"]
_PAIRS = ["company_domain", "mail_domain", "source"]


@dataclass(frozen=True, eq=False)
class Corpus:
    """Counts over a list of leads.

    Attributes:
        sites: `company_domain, company_name, leads`: which company calls which domain its site.
        pairs: `company_domain, mail_domain, source, leads`: who writes from a domain that is not the company's site's.
    """

    sites: pl.DataFrame
    pairs: pl.DataFrame

    @cached_property
    def words(self) -> WordCounts:
        """In how many companies' names each word is."""
        names = self.sites["company_name"].unique()
        counts = Counter(word for name in names if name for word in set(take_apart(name).words))
        return WordCounts(companies=len(names), by_word=counts)


def learn(read: pl.DataFrame) -> Corpus:
    """Count over leads as `rules.attribution.reading.read_leads` gives them."""
    whole = read.filter(pl.col("company_domain").is_not_null())
    company_mail = (pl.col("mailbox") == Mailbox.COMPANY.value) & (pl.col("mail_domain") != pl.col("company_domain"))
    return Corpus(
        sites=whole.group_by(_SITES).agg(pl.len().cast(pl.Int64).alias("leads")),
        pairs=whole.filter(company_mail).group_by(_PAIRS).agg(pl.len().cast(pl.Int64).alias("leads")),
    )


def merge(parts: Sequence[Corpus]) -> Corpus:
    """One corpus of several, as if their lists had been one."""
    return Corpus(
        sites=pl.concat([part.sites for part in parts]).group_by(_SITES).agg(pl.col("leads").sum()),
        pairs=pl.concat([part.pairs for part in parts]).group_by(_PAIRS).agg(pl.col("leads").sum()),
    )

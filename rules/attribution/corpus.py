"""What the list itself knows: whose site is whose, who writes from where, which words are rare (tier 2's facts).

One thing must hold: it is a sum. Learning a list in parts and merging gives what learning it whole gives, in any order
of rows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from rules.addresses import Mailbox
from rules.attribution.names import WordCounts
from rules.place.folding import fold

_NAMES_AT_ONCE = 500_000
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

    def count_words(self, wanted: Collection[str]) -> WordCounts:
        """In how many companies' names each of some words is."""
        names = self.sites["company_name"].unique()
        found: dict[str, int] = dict.fromkeys(wanted, 0)
        sought = pl.Series(sorted(found), dtype=pl.String).implode()
        for start in range(0, len(names), _NAMES_AT_ONCE):
            for word, count in _count(names.slice(start, _NAMES_AT_ONCE), sought).iter_rows():
                found[word] += count
        return WordCounts(companies=len(names), by_word=found)


def _count(names: pl.Series, sought: pl.Series) -> pl.DataFrame:
    ascii_only = names.str.len_bytes() == names.str.len_chars()
    plain = names.filter(ascii_only).str.to_lowercase()
    folded = pl.Series([fold(name) for name in names.filter(~ascii_only)], dtype=pl.String)
    words = pl.concat([plain, folded]).alias("word").str.extract_all(r"[\pL\pM\pN]+").list.unique()
    return words.explode(empty_as_null=False).to_frame().filter(pl.col("word").is_in(sought)).group_by("word").len()


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

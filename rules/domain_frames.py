"""The public suffix algorithm over a whole column at once.

One thing must hold: `owner_domains` gives for every host what `rules.domains.owner_domain` gives for it alone.
"""

from functools import cache

import polars as pl

from rules.domains import SERVICE_LABELS, Section, suffix_rules, top_labels

_DEPTH = 9  # the longest rule has seven labels; a wildcard adds one, the registered name another


@cache
def _rules_of(kind: str, labels: int, section: Section) -> pl.Series:
    """Rules of one kind, section and number of labels: small sets, so that each look-up is against few names."""
    table: dict[str, Section] = getattr(suffix_rules(), kind)
    names = [name for name, of in table.items() if of is section and name.count(".") == labels - 1]
    return pl.Series(names, dtype=pl.String).implode()


def _listed(endings: list[pl.Expr], kind: str, labels: int, most: Section) -> pl.Expr | None:
    """Whether the last labels of a host are a rule of a kind; None when there is no such rule at all."""
    sets = [_rules_of(kind, labels, section) for section in Section if section <= most]
    hits = [endings[labels - 1].is_in(names) for names in sets if len(names[0])]
    return pl.any_horizontal(hits) if hits else None


def _suffix_length(endings: list[pl.Expr], most: Section) -> pl.Expr:
    """The longest rule wins, an exception wins over all, and one label is the suffix where no rule matches."""
    length: pl.Expr = pl.lit(1)
    for n in range(2, len(endings) + 1):
        hits = [_listed(endings, "exact", n, most)]
        if (parent := _listed(endings, "wildcard", n - 1, most)) is not None:
            hits.append(parent & endings[n - 1].is_not_null())
        found = [hit for hit in hits if hit is not None]
        if found:
            length = pl.when(pl.any_horizontal(found)).then(n).otherwise(length)
    for n in range(2, len(endings) + 1):
        if (exempt := _listed(endings, "exception", n, most)) is not None:
            length = pl.when(exempt).then(n - 1).otherwise(length)
    return length


def _registrable(endings: list[pl.Expr], length: pl.Expr) -> pl.Expr:
    found: pl.Expr = pl.lit(None, dtype=pl.String)
    for n in range(1, len(endings)):
        found = pl.when(length == n).then(endings[n]).otherwise(found)
    return found


def owner_domains(hosts: pl.Series) -> pl.DataFrame:
    """Distinct hosts with the domain whose owner answers for them.

    Args:
        hosts: Canonical hosts (`rules.hosts.ascii_host`), repeats and nulls allowed.

    Returns:
        `host` (distinct, no nulls) and `owner` (null for a bare suffix or an unknown top-level domain).
    """
    frame = pl.DataFrame({"host": hosts.drop_nulls().unique()}, schema={"host": pl.String})
    host = pl.col("host")
    most = frame.select(host.str.count_matches(".", literal=True).max()).item()
    depth = min((most or 0) + 2, _DEPTH)
    frame = frame.with_columns(
        host.str.extract(rf"((?:[a-z0-9_-]+\.){{{n - 1}}}[a-z0-9_-]+)$", 1).alias(f"_{n}") for n in range(1, depth + 1)
    )
    endings = [pl.col(f"_{n}") for n in range(1, depth + 1)]
    frame = frame.with_columns(
        _registrable(endings, _suffix_length(endings, Section.PRIVATE)).alias("_private"),
        _registrable(endings, _suffix_length(endings, Section.ICANN)).alias("_icann"),
    )
    serves = pl.col("_private").str.extract(r"^([^.]+)", 1).is_in(_constant(SERVICE_LABELS))
    owner = pl.when(pl.col("_private").is_null() | serves).then(pl.col("_icann")).otherwise(pl.col("_private"))
    return frame.select(host, pl.when(pl.col("_1").is_in(_constant(top_labels()))).then(owner).alias("owner"))


@cache
def _constant(names: frozenset[str]) -> pl.Series:
    return pl.Series(sorted(names), dtype=pl.String).implode()

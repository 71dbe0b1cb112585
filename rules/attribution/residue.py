"""The pairs that equal domains do not settle: each gathered once, with everything the list says about it.

One thing must hold: a pair's facts come from the corpus, so they are the same for every lead of the pair and in every
batch.
"""

import polars as pl

from rules.attribution.corpus import Corpus
from rules.attribution.verdicts import Overrulings, Verdict
from rules.reference import reference_set

PAIR = ["company_name", "company_domain", "mail_domain"]
_DOMAINS = ["company_domain", "mail_domain"]


def gather(rows: pl.DataFrame, corpus: Corpus, overrulings: Overrulings) -> pl.DataFrame:
    """Every distinct pair among rows whose domains differ, in a fixed order.

    Args:
        rows: Leads as read, with company mailboxes and two different domains.
        corpus: What the whole list knows.
        overrulings: Operators' rulings on single leads are evidence for the others.

    Returns:
        `PAIR`, and `country` (as stated by some lead), `leads`, `imports`, `owners` (other companies that call the mail
        domain their site), `same_company_site`, `shared_by`, `confirmed`: see `rules.attribution.weighing.Facts`.
    """
    pairs = rows.group_by(PAIR).agg(pl.col("country").drop_nulls().min()).sort(PAIR)
    mails = pairs.select(pl.col("mail_domain").unique())
    used = corpus.pairs.join(mails, on="mail_domain", how="semi")
    colleagues = used.group_by(_DOMAINS).agg(pl.col("leads").sum(), pl.col("source").n_unique().alias("imports"))
    users = used.group_by("mail_domain").agg((pl.col("company_domain").n_unique() - 1).alias("shared_by"))
    return (
        pairs.join(colleagues, on=_DOMAINS, how="left", maintain_order="left")
        .join(users, on="mail_domain", how="left", maintain_order="left")
        .join(_owners(pairs, corpus), on=PAIR, how="left", maintain_order="left")
        .join(_ruled(rows, overrulings), on=_DOMAINS, how="left", maintain_order="left")
        .with_columns(
            pl.col("leads", "imports").fill_null(1).cast(pl.Int64),
            pl.col("shared_by", "confirmed").fill_null(0).cast(pl.Int64),
            pl.col("same_company_site").fill_null(value=False),
            pl.col("owners").fill_null([]),
        )
    )


def _owners(pairs: pl.DataFrame, corpus: Corpus) -> pl.DataFrame:
    """Pairs whose mail domain some company calls its site: `owners` by name, and whether it is the same company."""
    sites = corpus.sites.select(pl.col("company_domain").alias("mail_domain"), pl.col("company_name").alias("owner"))
    owned = pairs.select(PAIR).join(sites.filter(pl.col("owner") != ""), on="mail_domain", how="inner")
    same = _spelling(pl.col("owner")) == _spelling(pl.col("company_name"))
    return owned.group_by(PAIR).agg(
        pl.col("owner").filter(~same).unique().sort().alias("owners"), same.any().alias("same_company_site")
    )


def _spelling(name: pl.Expr) -> pl.Expr:
    """A name without case and punctuation; legal forms stay, `Daiken Corporation` and `Daiken Co., Ltd.` are two."""
    return name.str.to_lowercase().str.replace_all(r"[^\pL\pN]+", " ").str.strip_chars()


def _ruled(rows: pl.DataFrame, overrulings: Overrulings) -> pl.DataFrame:
    """What operators and recipients said of single leads of a pair: for, less against."""
    said = dict.fromkeys(overrulings.recipients, Verdict.MISMATCH) | dict(overrulings.leads)
    rulings = pl.DataFrame(
        [(lead, 1 if verdict is Verdict.MATCH else -1) for lead, verdict in said.items()],
        schema={"lead_id": pl.String, "confirmed": pl.Int64},
        orient="row",
    )
    return rows.join(rulings, on="lead_id", how="inner").group_by(_DOMAINS).agg(pl.col("confirmed").sum())


def _label(domain: str) -> pl.Expr:
    return pl.col(domain).str.extract(r"^([^.]+)", 1).str.replace_all("-", "", literal=True)


def may_speak(pairs: pl.DataFrame) -> pl.Series:
    """Whether anything in the letters of a pair may tie the two together; where false, `weigh` finds no name sign.

    A quick look over whole columns that errs only towards true: at labels that contain each other, at words of the name
    in the label, at labels short enough for initials. Names with accents or dotted letters are not looked at, they may.
    """
    legal = pl.Series(sorted(reference_set("legal_forms.txt") - {"st", "ste"}), dtype=pl.String).implode()
    shortened = pl.Series(["st", "ste", "ft", "mt"]).implode()
    frame = pairs.select(
        "company_name",
        _label("mail_domain").alias("label"),
        _label("company_domain").alias("site"),
        pl.col("company_name").str.to_lowercase().str.extract_all(r"[a-z0-9]+").alias("words"),
    ).with_row_index()
    label, site, name = pl.col("label"), pl.col("site"), pl.col("company_name")
    words = frame.select("index", "label", "words").explode("words", empty_as_null=False).rename({"words": "word"})
    word = pl.col("word")
    words = words.filter(~word.is_in(legal))
    stem = pl.when(word.str.len_bytes() > _UNCUT).then(word.str.slice(0, _UNCUT)).otherwise(word)
    shown = (label.str.contains(stem, literal=True) & (word.str.len_bytes() > 1)) | word.is_in(shortened)
    by_words = words.group_by("index").agg(shown.any().alias("shown"), pl.len().alias("count"))
    return (
        frame.join(by_words, on="index", how="left", maintain_order="left")
        .select(
            pl.col("shown").fill_null(value=True)  # nothing but legal forms: every word counts then
            | label.str.contains(site, literal=True)
            | site.str.contains(label, literal=True)
            | (label.str.len_bytes() <= pl.col("count"))
            | label.str.starts_with("xn")
            | (name.str.len_bytes() != name.str.len_chars())
            | name.str.contains(r"\b\w\.\w\b|\w'\w|(?i)\.com")
        )
        .to_series()
    )


_UNCUT = 6  # letters of a word that a shortened label still shows

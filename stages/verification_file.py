"""Verdicts for the leads of a CSV file, in two passes and bounded memory: `outbound verify`.

One thing must hold: every input row comes out, in order, with its own columns and a verdict.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from rules.attribution.corpus import Corpus, learn, merge
from rules.attribution.judging import rule_pairs
from rules.attribution.reading import read_leads
from rules.attribution.tiers import first_tier, rulings_of, settle, undecided
from rules.attribution.verdicts import NO_OVERRULINGS, Verdict
from rules.columns import Field, Guess
from stages.lead_table import LeadTable, Work, in_order, open_table, spool
from stages.table_writer import TableWriter

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, rows done, and rows in all where known."""

ADDED_COLUMNS = ("verdict", "tier", "reason", "evidence")
_FACTS = (
    "lead_id",
    "company_name",
    "company_url",
    "country",
    "mail_domain",
    "mailbox",
    "mail_problem",
    "company_domain",
    "source",
)
_FACT = "fact "
_MERGE_AT = 8


class MissingColumnError(ValueError):
    """A column that the work cannot do without was not found."""


@dataclass(frozen=True, slots=True)
class VerificationSummary:
    """What was found in a file.

    Attributes:
        columns: What each column was taken for.
        rows: Rows read.
        counts: Rows by verdict, tier and reason.
        questions: Pairs of company and mail domain left for the model.
        repaired: Records with stray quotes, read as text.
        explained: Everything about the rows asked for with `explain`.
    """

    columns: Mapping[Field, Guess]
    rows: int
    counts: Mapping[tuple[str, int, str], int]
    questions: int
    repaired: int
    explained: tuple[Mapping[str, object], ...] = ()


@dataclass(slots=True)
class _Seen:
    """What the first pass collects over the batches."""

    table: LeadTable
    progress: Progress
    corpora: list[Corpus] = field(default_factory=list)
    residue: list[pl.DataFrame] = field(default_factory=list)
    rows: int = 0

    def add(self, kept: pl.DataFrame) -> None:
        """Count a batch; corpora are merged now and then, so that what is kept stays small."""
        facts = _facts(kept)
        self.corpora.append(learn(facts))
        self.residue.append(facts.filter(undecided()))
        self.rows += facts.height
        if len(self.corpora) >= _MERGE_AT:
            self.corpora = [merge(self.corpora)]
        self.progress("reading", self.rows, None)

    def rule(self) -> tuple[pl.DataFrame, list[pl.Series]]:
        """The rulings on all pairs of the residue, and those of each batch's rows."""
        if not self.corpora:
            return rule_pairs(*_nothing()), []
        residue = pl.concat(self.residue)
        ruled = rule_pairs(residue, merge(self.corpora))
        of_rows, batches, start = rulings_of(residue, ruled), list[pl.Series](), 0
        for batch in self.residue:
            batches.append(of_rows.slice(start, batch.height))
            start += batch.height
        return ruled, batches


def _nothing() -> tuple[pl.DataFrame, Corpus]:
    read = read_leads(pl.DataFrame())
    return read, learn(read)


def verify_file(
    source: Path,
    target: Path | None,
    *,
    chosen: Mapping[str, str] | None = None,
    encoding: str | None = None,
    explain: str | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> VerificationSummary:
    """Judge every row of a file by tiers 1 and 2.

    Args:
        source: A CSV of any columns and delimiter.
        target: Where the rows go with `ADDED_COLUMNS`; None to only count.
        chosen: Field to column, over the guesses.
        encoding: Of the file; None for UTF-8.
        explain: A lead id or an address to tell everything about.
        progress: Told after every batch.

    Raises:
        stages.lead_table.UnreadableFileError: the file cannot be read.
        rules.columns.UnknownColumnError: `chosen` names what is not there.
        MissingColumnError: no column was recognised as address or company site.
    """
    with TemporaryDirectory(prefix="outbound-verify-") as folder:
        scratch = Path(folder)
        table = open_table(source, encoding=encoding, chosen=chosen or {}, scratch=scratch)
        for needed in (Field.EMAIL, Field.WEBSITE):
            if needed not in table.columns:
                there = ", ".join(table.header)
                raise MissingColumnError(f"no column looks like the {needed}; of {there}, pass --column {needed}=NAME")

        def start(opened: LeadTable) -> Work[_Seen]:
            seen = _Seen(opened, progress)
            return Work(lambda batch: _read(batch, opened), seen.add, seen)

        seen, parts = spool(table, scratch, start)
        progress("weighing", 0, None)
        return _second_pass(seen, parts, target=target, explain=explain)


def _read(batch: pl.DataFrame, table: LeadTable) -> pl.DataFrame:
    facts = read_leads(_as_leads(batch, table))
    return batch.hstack(facts.select(pl.col(_FACTS).name.prefix(_FACT)))


def _facts(kept: pl.DataFrame) -> pl.DataFrame:
    return kept.select(pl.col(f"{_FACT}{name}").alias(name) for name in _FACTS)


def _as_leads(batch: pl.DataFrame, table: LeadTable) -> pl.DataFrame:
    """The columns the gate reads, under its names."""
    names = {
        Field.LEAD_ID: "lead_id",
        Field.FULL_NAME: "full_name",
        Field.EMAIL: "email",
        Field.COMPANY: "company_name",
        Field.WEBSITE: "company_url",
        Field.COUNTRY: "country",
        Field.SOURCE: "source",
    }
    found = {name: column for wanted, name in names.items() if (column := table.column_of(wanted))}
    return batch.select(pl.col(column).alias(name) for name, column in found.items())


def _second_pass(seen: _Seen, parts: list[Path], *, target: Path | None, explain: str | None) -> VerificationSummary:
    """Settle every row with what the whole file has taught, and write it."""
    table, (rulings, of_batches) = seen.table, seen.rule()
    kept = [number for number, name in enumerate(table.header) if name not in ADDED_COLUMNS]
    header = [*(table.header[number] for number in kept), *ADDED_COLUMNS]
    counts: Counter[tuple[str, int, str]] = Counter()
    explained: list[Mapping[str, object]] = []
    writing = TableWriter(target, header=header, delimiter=table.written_with) if target else nullcontext()
    with writing as writer:

        def settled(part_and_rulings: tuple[Path, pl.Series]) -> _Settled:
            part, found = part_and_rulings
            batch = pl.read_ipc(part)
            rows = settle(first_tier(_facts(batch)), found, NO_OVERRULINGS)
            return _Settled(
                counts={key[:3]: key[3] for key in rows.group_by("verdict", "tier", "reason").len().iter_rows()},
                lines=writer.lines(batch[:, kept].hstack(rows.select(ADDED_COLUMNS))) if writer else b"",
                explained=[] if explain is None else _explained(batch[:, : len(table.header)], rows, table, explain),
                rows=rows.height,
            )

        done = 0
        for part, result in zip(parts, in_order(settled, zip(parts, of_batches, strict=True)), strict=True):
            counts.update(result.counts)
            explained += result.explained
            if writer:
                writer.write(result.lines)
            part.unlink()
            done += result.rows
            seen.progress("writing", done, seen.rows)
    pending = rulings.unnest("ruling").filter(pl.col("verdict") == Verdict.PENDING.value)
    return VerificationSummary(
        columns=table.columns,
        rows=seen.rows,
        counts=dict(counts),
        questions=pending["question_id"].n_unique(),
        repaired=table.repaired,
        explained=tuple(explained),
    )


@dataclass(frozen=True, slots=True)
class _Settled:
    """One batch's share of the result."""

    counts: Mapping[tuple[str, int, str], int]
    lines: bytes
    explained: list[Mapping[str, object]]
    rows: int


def _explained(batch: pl.DataFrame, settled: pl.DataFrame, table: LeadTable, wanted: str) -> list[Mapping[str, object]]:
    """Rows whose id or address cell is the one asked for."""
    columns = [column for field_ in (Field.LEAD_ID, Field.EMAIL) if (column := table.column_of(field_))]
    hit = pl.any_horizontal(
        pl.col(column).str.strip_chars().str.to_lowercase() == wanted.strip().lower() for column in columns
    )
    chosen = batch.select(hit.fill_null(value=False)).to_series()
    rows = settled.filter(chosen).iter_rows(named=True)
    return [
        dict(zip(table.header, cells, strict=True))
        | {key: row[key] for key in ("mail_domain", "company_domain", *ADDED_COLUMNS)}
        for cells, row in zip(batch.filter(chosen).iter_rows(), rows, strict=True)
    ]

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
from rules.attribution.tiers import first_tier, settle, undecided
from rules.attribution.verdicts import NO_OVERRULINGS, Verdict
from rules.columns import Field, Guess
from stages.lead_table import LeadTable, open_table, spool
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
    corpora: list[Corpus] = field(default_factory=list)
    residue: list[pl.DataFrame] = field(default_factory=list)
    rows: int = 0

    def add(self, facts: pl.DataFrame) -> None:
        """Count a batch; corpora are merged now and then, so that what is kept stays small."""
        self.corpora.append(learn(facts))
        self.residue.append(facts.filter(undecided()).select(_FACTS))
        self.rows += facts.height
        if len(self.corpora) >= _MERGE_AT:
            self.corpora = [merge(self.corpora)]

    def rule(self) -> pl.DataFrame:
        """The rulings on all pairs of the residue."""
        if not self.corpora:
            return rule_pairs(*_nothing())
        return rule_pairs(pl.concat(self.residue), merge(self.corpora))


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

        def start(opened: LeadTable) -> tuple[_Seen, Callable[[pl.DataFrame], pl.DataFrame]]:
            seen = _Seen(opened)

            def work(batch: pl.DataFrame) -> pl.DataFrame:
                facts = read_leads(_as_leads(batch, opened))
                seen.add(facts)
                progress("reading", seen.rows, None)
                return batch.hstack(facts.select(pl.col(_FACTS).name.prefix(_FACT)))

            return seen, work

        seen, parts = spool(table, scratch, start)
        progress("weighing", 0, None)
        return _second_pass(seen, parts, target=target, explain=explain, progress=progress)


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


def _second_pass(
    seen: _Seen, parts: list[Path], *, target: Path | None, explain: str | None, progress: Progress
) -> VerificationSummary:
    """Settle every row with what the whole file has taught, and write it."""
    table, rulings = seen.table, seen.rule()
    kept = [number for number, name in enumerate(table.header) if name not in ADDED_COLUMNS]
    header = [*(table.header[number] for number in kept), *ADDED_COLUMNS]
    counts: Counter[tuple[str, int, str]] = Counter()
    explained: list[Mapping[str, object]] = []
    done = 0
    writing = TableWriter(target, header=header, delimiter=table.written_with) if target else nullcontext()
    with writing as writer:
        for part in parts:
            batch = pl.read_ipc(part)
            facts = batch.select(pl.col(f"{_FACT}{name}").alias(name) for name in _FACTS)
            settled = settle(first_tier(facts), rulings, NO_OVERRULINGS)
            if writer is not None:
                writer.write(batch[:, kept].hstack(settled.select(ADDED_COLUMNS)))
            for verdict, tier, reason, count in settled.group_by("verdict", "tier", "reason").len().iter_rows():
                counts[verdict, tier, reason] += count
            if explain is not None:
                explained += _explained(batch[:, : len(table.header)], settled, table, explain)
            done += batch.height
            part.unlink()
            progress("writing", done, seen.rows)
    ruled = rulings.unnest("ruling")
    pending = ruled.filter(pl.col("verdict") == Verdict.PENDING.value)
    return VerificationSummary(
        columns=table.columns,
        rows=seen.rows,
        counts=dict(counts),
        questions=pending["question_id"].n_unique(),
        repaired=table.repaired,
        explained=tuple(explained),
    )


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

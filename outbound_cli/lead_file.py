"""A lead file as rows for the base: read the way `outbound verify` reads it, held in memory as a base is small."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rules.columns import Field, Guess
from stages.lead_table import LeadTable, StrayQuoteError, UnreadableFileError, open_table, repaired_table


@dataclass(frozen=True, slots=True)
class LeadFile:
    """The file's rows under its own column names, and what each column is taken for."""

    rows: Sequence[Mapping[str, str | None]]
    columns: Mapping[Field, Guess]


def read_lead_file(path: Path, *, encoding: str | None = None, chosen: Mapping[str, str] | None = None) -> LeadFile:
    """Read a delimited file of any shape.

    Raises:
        UnreadableFileError: It does not exist, is not in that encoding, or no column looks like mail addresses.
        rules.columns.UnknownColumnError: ``chosen`` names what is not there.
    """
    with TemporaryDirectory() as folder:
        table = open_table(path, encoding=encoding, chosen=chosen or {}, scratch=Path(folder))
        if Field.EMAIL not in table.columns:
            raise UnreadableFileError(
                f"{path}: none of the columns {', '.join(table.header)} looks like mail addresses; "
                "say which with --column email=NAME"
            )
        try:
            rows = list(_rows(table))
        except StrayQuoteError:
            rows = list(_rows(repaired_table(table, Path(folder))))
    return LeadFile(rows, table.columns)


def _rows(table: LeadTable) -> Iterator[Mapping[str, str | None]]:
    for batch in table.batches():
        for cells in batch.iter_rows():
            yield dict(zip(table.header, cells, strict=True))

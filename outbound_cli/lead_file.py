"""Reading a lead file of any shape: encoding and delimiter found, columns guessed, shown and overridable."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules.columns import Field, Guess, guess_columns, overrule_columns

SAMPLE = 50


class UnreadableFile(ValueError):
    """The file cannot be read; the message names the place and the fix."""


@dataclass(frozen=True, slots=True)
class LeadFile:
    """The file's rows under its own column names, and what each column is taken for."""

    rows: Sequence[Mapping[str, str | None]]
    columns: Mapping[Field, Guess]


def read_lead_file(path: Path, *, encoding: str = "utf-8-sig", chosen: Mapping[str, str] | None = None) -> LeadFile:
    """Read a delimited file.

    Raises:
        UnreadableFile: It does not exist, is not in that encoding, or has no column that looks like a mail address.
    """
    try:
        text = path.read_bytes().decode(encoding)
    except FileNotFoundError as error:
        raise UnreadableFile(f"{path} does not exist") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UnreadableFile(
            f"{path}, line {line}, byte {error.start}: not {encoding}; "
            "name the right one with --encoding, for example --encoding cp1252"
        ) from error
    csv.field_size_limit(50_000_000)
    first = text[:65_536].split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="(more)")
    header = list(reader.fieldnames or [])
    rows = [{name: cell for name, cell in row.items() if isinstance(name, str) and name != "(more)"} for row in reader]
    sample = {name: [row.get(name) for row in rows[:SAMPLE]] for name in header}
    columns = overrule_columns(guess_columns(header, sample), chosen or {}, header)
    if Field.EMAIL not in columns:
        raise UnreadableFile(
            f"{path}: none of the columns {', '.join(header) or '(none)'} looks like mail addresses; "
            "say which with --column email=NAME"
        )
    return LeadFile(rows, columns)

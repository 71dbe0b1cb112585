"""Writing a table out as CSV, batch by batch.

One thing must hold: the target appears whole or not at all.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import polars as pl


class TableWriter:
    """A CSV being written beside its target, which it replaces when all is written.

    Attributes:
        header: Column names of the file; the batches' own names do not matter.
    """

    def __init__(self, target: Path, *, header: Sequence[str], delimiter: str = ",") -> None:
        self.header = tuple(header)
        self._target, self._delimiter = target, delimiter
        self._partial = target.with_name(f"{target.name}.part")
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self._stream = self._partial.open("wb")
        names = pl.DataFrame([[name] for name in self.header], schema=[str(n) for n in range(len(self.header))])
        self.write(self.lines(names))
        return self

    def lines(self, batch: pl.DataFrame) -> bytes:
        """Rows as they stand in the file, columns in the order of the header."""
        buffer = BytesIO()
        batch.write_csv(buffer, include_header=False, separator=self._delimiter)
        return buffer.getvalue()

    def write(self, lines: bytes) -> None:
        """Append lines."""
        if self._stream is None:
            raise RuntimeError("the writer is not open")
        self._stream.write(lines)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
        if kind is None:
            self._partial.replace(self._target)
        else:
            self._partial.unlink(missing_ok=True)

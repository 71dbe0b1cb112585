"""Rows of a file become records of the base."""

from typing import Any

import pytest

from stages.importing import import_rows
from tests.stages.office import Office, lead


@pytest.mark.rule("B22")
async def test_an_import_twice_gives_the_same_records_once(office: Office) -> None:
    rows: list[dict[str, Any]] = [lead(number) for number in range(12)]
    first, refused = await import_rows(office.base, rows, key="Email")
    await import_rows(office.base, rows, key="Email")
    await office.receive()

    assert (first, list(refused)) == (12, [])
    assert len(office.ledger.records.everything()) == 12

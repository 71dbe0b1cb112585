"""An office per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stages.office import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = open_office(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Office]:
    """An office whose ledger outlives a process that dies."""
    opened = open_office(tmp_path, lasting=True)
    yield opened
    opened.close()

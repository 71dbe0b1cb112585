"""A crew on each engine, with a town of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from resources.ledger.ledger import Place
from tests.processes.crew import Crew
from tests.processes.town import town
from tests.processes.worker import MACHINE
from tests.resources.ledger.conftest import clean_postgres, postgres

__all__ = ["clean_postgres", "postgres"]


@contextmanager
def at_work(url: str, folder: Path) -> Iterator[Crew]:
    """Workers over an empty ledger and a fresh sandbox."""
    with town() as there:
        crew = Crew(Place(url, folder / "witness.json", "spring", MACHINE), folder, there)
        try:
            yield crew
        finally:
            crew.end()


@pytest.fixture(params=["sqlite", "postgres"])
def crew(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crew]:
    """A crew on each engine."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    if request.param == "postgres":
        url = str(request.getfixturevalue("clean_postgres"))
    with at_work(url, tmp_path) as workers:
        yield workers


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[Crew]:
    """A crew on a file, which can be copied and whose disk can be full."""
    with at_work(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path) as workers:
        yield workers

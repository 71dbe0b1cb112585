"""The ledger on each engine: every test here runs on a SQLite file, on SQLite in memory, on Postgres and on the fake.

What must hold: a test begins with an empty ledger, and sees no difference between the engines. What the fake does not
keep it says, and the test is left out there.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from resources.ledger.fake.ledger import FakeLedger
from resources.ledger.ledger import Ledger, Place
from resources.ledger.opening import open_transactions
from resources.ledger.schema import metadata
from resources.ledger.transactions import LedgerError
from tests.postgres import embedded

_NOT_FILES = {"memory": "sqlite://", "fake": ""}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Postgres server for each test process; its database is emptied before each test."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(embedded(tmp_path_factory.mktemp("postgres")))
        except ImportError:
            pytest.skip("no embedded Postgres is installed")
        except (OSError, RuntimeError) as error:
            pytest.skip(f"the embedded Postgres does not start here: {error}")
        yield url


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    """The server's database without tables."""
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.text(f'DROP TABLE IF EXISTS "{table.name}"'))
    engine.dispose()
    return postgres


@pytest.fixture
def clean_postgres(postgres: str) -> str:
    """The server's database with empty tables, which is quicker than making them anew."""
    transactions = open_transactions(postgres)
    with transactions.engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name not in ("meta", "journal_head"):
                connection.execute(table.delete())
        connection.execute(sa.text("DELETE FROM meta WHERE key <> 'schema_version'"))
        connection.execute(sa.text("UPDATE journal_head SET seq = 0, hash = repeat('0', 64)"))
    transactions.engine.dispose()
    return postgres


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Leave out what the fake says it does not keep."""
    try:
        return (yield)
    except LedgerError as error:
        if "fake ledger keeps no" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(params=["memory", "file", "postgres", "fake"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the ledger is; the fake is nowhere."""
    if request.param in _NOT_FILES:
        return _NOT_FILES[request.param]
    if request.param == "file":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("clean_postgres"))


@pytest.fixture
def place(url: str, tmp_path: Path) -> Place:
    return Place(url=url, witness=tmp_path / "witness.json", campaign="spring", machine="machine-1")


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    opened = Ledger.open(place) if place.url else FakeLedger(place)
    yield opened
    opened.close()


@pytest.fixture
def second(place: Place, ledger: Ledger) -> Iterator[Ledger]:
    """Another process's view of the same ledger; a ledger in memory has none but itself."""
    if place.url in _NOT_FILES.values():
        yield ledger
        return
    opened = Ledger.open(place)
    yield opened
    opened.close()

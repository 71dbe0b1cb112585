"""Dagster's own storage without waiting for the disk: for a demo, which is run again if the machine loses power.

What must hold: only databases under the given folder are hurried; the ledger waits for its commits as ever.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event


def hurry_storage(folder: Path) -> None:
    """Let Dagster's own history of the demo be written without waiting for the disk; the ledger waits as ever.

    Dagster opens, commits and closes a database some 150 times a run. A demo whose machine loses power is run again.
    """

    @event.listens_for(Engine, "connect")
    def _hurry(connection: Any, _record: Any) -> None:
        if not hasattr(connection, "execute"):
            return
        files = [str(row[2]) for row in connection.execute("PRAGMA database_list").fetchall()]
        if any(name.startswith(str(folder.absolute())) for name in files):
            connection.execute("PRAGMA synchronous = OFF")

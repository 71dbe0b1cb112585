"""The ledger as a Dagster resource: opened once per run, closed by its owner (rule B13)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from resources.ledger.gate import machine_id
from resources.ledger.ledger import Ledger, Place


class LedgerResource(dg.ConfigurableResource[Ledger]):
    """Where the ledger is.

    Attributes:
        url: ``sqlite:///…`` or ``postgresql+psycopg://…``.
        witness: The file that remembers how far the journal is, outside the database.
        campaign: Whose ledger it is.
    """

    url: str
    witness: str
    campaign: str

    @contextmanager
    def open(self) -> Iterator[Ledger]:
        """Open for one piece of work."""
        place = Place(url=self.url, witness=Path(self.witness), campaign=self.campaign, machine=machine_id())
        ledger = Ledger.open(place)
        try:
            yield ledger
        finally:
            ledger.close()

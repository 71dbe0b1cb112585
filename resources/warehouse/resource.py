"""The warehouse as a Dagster resource."""

from pathlib import Path

import dagster as dg

from resources.warehouse.store import Warehouse


class WarehouseResource(dg.ConfigurableResource[Warehouse]):
    """Where the DuckDB file is, and how long a locked one is waited for."""

    path: str
    wait_seconds: float = 60.0

    def store(self) -> Warehouse:
        """The store; it holds nothing open between calls."""
        return Warehouse(Path(self.path), wait_seconds=self.wait_seconds)

"""Reads that several assets share: the judged leads, and the check that they are all there (rules B7, B8)."""

import dagster as dg
import polars as pl

from outbound_assets import tables
from resources.ledger.ledger import Ledger
from resources.warehouse.store import Warehouse
from rules.hashing import address_hash

_JUDGED = """
SELECT l.*, v.verdict, v.evidence AS verdict_reason
FROM leads l LEFT JOIN verification_results v ON v.lead_id = l.lead_id AND v.day = l.day
ORDER BY l.received_at, l.lead_id
"""


def judged_leads(warehouse: Warehouse, ledger: Ledger, *, pepper: str) -> pl.DataFrame:
    """Every lead with its verdict and the keyed hash of its address.

    Raises:
        dg.Failure: The warehouse has fewer leads than the ledger has records: it has to be rebuilt first.
    """
    frame = warehouse.query(_JUDGED, tables=[tables.LEADS, tables.VERIFICATION])
    known = len(ledger.records.everything())
    if frame.height < known:
        raise dg.Failure(
            description=(
                f"the warehouse holds {frame.height} of {known} leads; backfill `leads` and `verification_results` "
                "over every partition, then run again"
            ),
            allow_retries=False,
        )
    hashes = [address_hash(address, pepper) if address else "" for address in frame["address"].to_list()]
    return frame.with_columns(pl.Series("address_hash", hashes, dtype=pl.String))


def by_lead(frame: pl.DataFrame) -> dict[str, dict[str, object]]:
    """Rows by lead id."""
    return {row["lead_id"]: row for row in frame.iter_rows(named=True)}

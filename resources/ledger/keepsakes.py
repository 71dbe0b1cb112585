"""Small facts with one row each: plans of a day, what was mirrored, bot updates, daily tallies.

What must hold: storing the same thing twice is harmless, and a bot update is handled at most once.
"""

import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from resources.ledger.schema import bot_update, mirrored, snapshot, tally
from resources.ledger.transactions import Transactions


class Keepsakes:
    """Snapshots by asset and partition, mirror hashes, bot updates, tallies."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert

    def keep(self, asset: str, partition: str, content: bytes, *, now: datetime) -> bool:
        """Keep a day's plan or digest, compressed; equal content is not written again.

        Returns:
            Whether it differed from what was kept.
        """
        digest = hashlib.sha256(content).hexdigest()
        with self._transactions.read() as connection:
            same = select(snapshot.c.content_hash).where(snapshot.c.asset == asset, snapshot.c.partition == partition)
            if connection.execute(same).scalar() == digest:
                return False
        values = {"content_hash": digest, "at": now, "content": zlib.compress(content, 6)}
        with self._transactions.write() as (connection, _):
            connection.execute(
                self._insert(snapshot)
                .values(asset=asset, partition=partition, **values)
                .on_conflict_do_update(index_elements=["asset", "partition"], set_=values)
            )
        return True

    def kept(self, asset: str, partition: str) -> bytes | None:
        """What was kept, or ``None``."""
        with self._transactions.read() as connection:
            content = connection.execute(
                select(snapshot.c.content).where(snapshot.c.asset == asset, snapshot.c.partition == partition)
            ).scalar()
        return None if content is None else zlib.decompress(content)

    def mirror_hashes(self) -> dict[str, str]:
        """Record id to the hash of what its mirror fields were last written with."""
        with self._transactions.read() as connection:
            return {
                row.record_id: row.content_hash
                for row in connection.execute(select(mirrored.c.record_id, mirrored.c.content_hash))
            }

    def mirror_written(self, hashes: Mapping[str, str], *, now: datetime) -> None:
        """Remember what was written to the mirror."""
        if not hashes:
            return
        with self._transactions.write() as (connection, _):
            statement = self._insert(mirrored)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["record_id"],
                    set_={"content_hash": statement.excluded.content_hash, "at": statement.excluded.at},
                ),
                [{"record_id": key, "content_hash": digest, "at": now} for key, digest in hashes.items()],
            )

    def take_update(self, update_id: int, *, handled: str, now: datetime) -> bool:
        """Take a bot update before acting on it.

        Returns:
            Whether it was not taken before: repeated updates act once.
        """
        with self._transactions.write() as (connection, _):
            added = connection.execute(
                self._insert(bot_update)
                .values(update_id=update_id, at=now, handled=handled)
                .on_conflict_do_nothing()
                .returning(bot_update.c.update_id)
            ).first()
        return added is not None

    def last_update(self) -> int | None:
        """The highest update taken."""
        with self._transactions.read() as connection:
            found = connection.execute(select(func.max(bot_update.c.update_id))).scalar()
        return None if found is None else int(found)

    def tally(self, day: str, *, ours: int, provider: int, verdict: str, now: datetime) -> None:
        """Remember a day's reconciliation by count (invariant I10)."""
        values = {"ours": ours, "provider": provider, "verdict": verdict, "at": now}
        with self._transactions.write() as (connection, _):
            connection.execute(
                self._insert(tally).values(day=day, **values).on_conflict_do_update(index_elements=["day"], set_=values)
            )

    def tallies(self) -> list[dict[str, Any]]:
        """Every day's reconciliation, oldest first."""
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(select(tally).order_by(tally.c.day)).mappings()]

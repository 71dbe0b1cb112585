"""Lead records as received from Airtable: every version kept, deletions noted, nothing interpreted (rule B36).

What must hold: receiving the same record twice changes nothing (rule B22).
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from resources.ledger.schema import record, record_version
from resources.ledger.transactions import Transactions
from rules.hashing import canonical, content_hash

CHUNK = 2000
"""Rows handed to the database, or taken from it, at once."""

_KNOWN = select(
    record.c.record_id, record.c.version, record.c.content_hash, record.c.intake_day, record.c.gone_at,
    record.c.in_view, record.c.erased_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """What a delivery of records changed: ids new, changed and gone, and the intake days that they belong to."""

    new: int
    changed: int
    gone: int
    unchanged: int
    days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """The newest version of a record."""

    record_id: str
    intake_day: str
    version: int
    received_at: datetime
    fields: Mapping[str, Any]
    in_view: bool
    gone_at: datetime | None


class Records:
    """The raw lead records."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def receive(
        self,
        records: Sequence[tuple[str, Mapping[str, Any]]],
        *,
        now: datetime,
        day: str,
        complete: bool,
        barred: Collection[str] = (),
    ) -> Received:
        """Store a delivery.

        Args:
            records: Record id and its operator-owned fields.
            now: When they were received.
            day: The operator's day: the intake day of records never seen before.
            complete: Whether this is the whole view, so that what is missing is gone from it.
            barred: Ids of those whose operator wants nobody to write to them; an intent looks here (I2).
        """
        new: list[dict[str, Any]] = []
        versions: list[dict[str, Any]] = []
        changed: list[tuple[str, int, str]] = []
        back: list[str] = []
        days: set[str] = set()
        with self._transactions.write() as (connection, journal):
            few = not complete and len(records) <= CHUNK
            told = [record_id for record_id, _ in records] if few else []
            asked = _KNOWN.where(record.c.record_id.in_(told)) if few else _KNOWN
            known = {row.record_id: row for row in connection.execute(asked)}
            forgotten = {
                key for key, row in known.items() if row.erased_at is not None
            }  # on request: not taken in again
            seen = set()
            for record_id, fields in records:
                if record_id in seen or record_id in forgotten:
                    continue
                seen.add(record_id)
                digest = content_hash(fields)
                before = known.get(record_id)
                if before is None:
                    new.append({
                        "record_id": record_id, "intake_day": day, "first_seen_at": now, "version": 1,
                        "content_hash": digest, "in_view": 1, "gone_at": None, "barred": int(record_id in barred),
                    })  # fmt: skip
                    days.add(day)
                elif before.content_hash != digest:
                    changed.append((record_id, before.version + 1, digest))
                    days.add(before.intake_day)
                else:
                    if not before.in_view:
                        back.append(record_id)
                        days.add(before.intake_day)
                    continue
                versions.append({
                    "record_id": record_id, "version": 1 if before is None else before.version + 1,
                    "content_hash": digest, "received_at": now, "fields": canonical(fields),
                })  # fmt: skip
            for start in range(0, len(versions), CHUNK):
                connection.execute(insert(record_version), versions[start : start + CHUNK])
            for start in range(0, len(new), CHUNK):
                connection.execute(insert(record), new[start : start + CHUNK])
            for record_id, version, digest in changed:
                connection.execute(
                    update(record)
                    .where(record.c.record_id == record_id)
                    .values(
                        version=version, content_hash=digest, in_view=1, gone_at=None, barred=int(record_id in barred)
                    )
                )
            for record_id in back:
                connection.execute(
                    update(record).where(record.c.record_id == record_id).values(in_view=1, gone_at=None)
                )
            gone = [key for key, row in known.items() if key not in seen and row.in_view] if complete else []
            for record_id in gone:
                connection.execute(update(record).where(record.c.record_id == record_id).values(in_view=0, gone_at=now))
                days.add(known[record_id].intake_day)
                journal.append("record.gone", record_id, at=now, actor="intake", lead_id=record_id)
            if new or changed:
                journal.append("records.received", day, at=now, actor="intake", new=len(new), changed=len(changed))
        unchanged = len(seen) - len(new) - len(changed)
        return Received(len(new), len(changed), len(gone), unchanged, tuple(sorted(days)))

    def leave(self, record_ids: Sequence[str], *, now: datetime) -> int:
        """Note that these are no longer in the view: somebody asked for them by name and they were not there.

        Returns:
            How many were thought to be there.
        """
        left = 0
        if not record_ids:
            return left
        with self._transactions.write() as (connection, journal):
            for record_id in record_ids:
                moved = connection.execute(
                    update(record)
                    .where(record.c.record_id == record_id, record.c.in_view == 1)
                    .values(in_view=0, gone_at=now)
                ).rowcount
                if moved:
                    left += 1
                    journal.append("record.gone", record_id, at=now, actor="reread", lead_id=record_id)
        return left

    def of_day(self, day: str) -> list[StoredRecord]:
        """The newest version of every record first seen on a day, in id order."""
        return list(self._stored(record.c.intake_day == day))

    def everything(self) -> list[StoredRecord]:
        """The newest version of every record, in order of intake."""
        return list(self._stored(record.c.version > 0))

    def find(self, record_ids: Sequence[str]) -> list[StoredRecord]:
        """The newest version of these records."""
        return list(self._stored(record.c.record_id.in_(record_ids)))

    def _stored(self, condition: Any) -> Iterable[StoredRecord]:
        statement = (
            select(record, record_version.c.fields, record_version.c.received_at)
            .join(
                record_version,
                (record_version.c.record_id == record.c.record_id) & (record_version.c.version == record.c.version),
            )
            .where(condition)
            .order_by(record.c.first_seen_at, record.c.record_id)
        )
        with self._transactions.read() as connection:
            for row in connection.execute(statement):
                yield StoredRecord(
                    row.record_id, row.intake_day, row.version, row.received_at, json.loads(row.fields),
                    bool(row.in_view), row.gone_at,
                )  # fmt: skip

    def version_columns(self) -> dict[str, list[Any]]:
        """Every version of every record, oldest first, column by column: a base in memory is columns, not dicts."""
        statement = (
            select(
                record_version,
                record.c.intake_day,
                (record.c.version == record_version.c.version).label("newest"),
                (record.c.in_view == 1).label("in_view"),
            )
            .join(record, record.c.record_id == record_version.c.record_id)
            .order_by(record_version.c.received_at, record_version.c.record_id, record_version.c.version)
        )
        with self._transactions.read() as connection:
            result = connection.execute(statement)
            names = list(result.keys())
            columns: list[list[Any]] = [[] for _ in names]
            for row in result.yield_per(CHUNK):
                for column, value in zip(columns, row, strict=True):
                    column.append(value)
        return dict(zip(names, columns, strict=True))

    def present(self) -> int:
        """Records that are in the base."""
        with self._transactions.read() as connection:
            return int(
                connection.execute(
                    select(func.count()).select_from(record).where(record.c.gone_at.is_(None))
                ).scalar_one()
            )

    def version_count(self) -> int:
        """How many versions there are, of all records together."""
        with self._transactions.read() as connection:
            return int(connection.execute(select(func.count()).select_from(record_version)).scalar_one())

"""How a bulk write survives its bad records: a refused batch of ten is split until only the bad one is out.

What must hold: every record asked for ends in ``written`` or ``rejected``, never in both, and a refusal that concerns
all records stops the write instead of being blamed on each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from resources.airtable.errors import named_record
from resources.airtable.gateway import WriteReport
from rules.failures import Failure, FailureKind, ServiceFailure

BATCH: Final = 10
ALIKE_FROM_THE_START: Final = 20
"""So many records refused for one reason, and none written: the reason is not in the records."""
_GONE: Final = "ROW_DOES_NOT_EXIST"

Batch = Mapping[str, dict[str, Any]]
"""Name of a record in the report (its id, or its row number as text) to the record as sent."""
SendBatch = Callable[[Sequence[dict[str, Any]], Callable[[], None]], Awaitable[Sequence[str]]]
"""Writes up to ten records and returns their record ids, in order; calls the second argument once per request."""


@dataclass(slots=True)
class BulkWrite:
    """One bulk write under way.

    Attributes:
        send: Writes one batch; raises `ServiceFailure`.
        parallel: Batches in flight; the client's pacer spaces their requests.
    """

    send: SendBatch
    parallel: int = 4
    written: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    _refusals: set[str] = field(default_factory=set)

    async def run(self, records: Batch) -> WriteReport:
        """Write all records.

        Raises:
            ServiceFailure: Of the first batch that failed for a reason other than its records. Batches written before
                stay written.
        """
        batches = iter(list(_batches(records)))
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(self.parallel, -(-len(records) // BATCH))):
                    workers.create_task(self._drain(batches))
        except BaseExceptionGroup as group:
            raise _first_failure(group) from group
        return WriteReport(
            written=tuple(self.written[name] for name in records if name in self.written),
            rejected=dict(self.rejected),
            requests=self.requests,
        )

    async def _drain(self, batches: Iterator[Batch]) -> None:
        for batch in batches:
            await self._write(batch)

    async def _write(self, batch: Batch) -> None:
        try:
            ids = await self.send(list(batch.values()), self._count)
        except ServiceFailure as refused:
            if refused.failure.kind is not FailureKind.PERMANENT:
                raise
            await self._without_the_bad_one(batch, refused.failure)
            return
        self.written.update(zip(batch, ids, strict=True))

    async def _without_the_bad_one(self, batch: Batch, failure: Failure) -> None:
        bad = next(iter(batch)) if len(batch) == 1 else named_record(failure, batch)
        if bad is not None:
            self._reject(bad, failure)
            if len(batch) == 1:
                return
            await self._write({name: record for name, record in batch.items() if name != bad})
            return
        names = list(batch)
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            await self._write({name: batch[name] for name in half})

    def _reject(self, name: str, failure: Failure) -> None:
        self.rejected[name] = f"{failure.code}: {failure.message}"
        self._refusals.add(failure.code)
        alike = len(self.rejected) >= ALIKE_FROM_THE_START and self._refusals == {failure.code}
        if alike and not self.written and failure.code != _GONE:
            message = f"the first {len(self.rejected)} records were all refused: {failure.message}"
            raise ServiceFailure.of(FailureKind.SYSTEMIC, failure.service, failure.code, message)

    def _count(self) -> None:
        self.requests += 1


def _batches(records: Batch) -> Iterator[Batch]:
    names = list(records)
    for start in range(0, len(names), BATCH):
        yield {name: records[name] for name in names[start : start + BATCH]}


def _first_failure(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the failure to raise: the gravest refusal, or the group itself where something else went wrong."""
    leaves = list(_leaves(group))
    failures = [leaf for leaf in leaves if isinstance(leaf, ServiceFailure)]
    if len(failures) != len(leaves):
        return group
    return next((leaf for leaf in failures if leaf.failure.kind is FailureKind.SYSTEMIC), failures[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error

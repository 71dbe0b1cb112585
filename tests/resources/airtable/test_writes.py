"""Bulk writes and their bad records."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.airtable.gateway import WriteReport
from resources.airtable.writes import BulkWrite
from rules.failures import FailureKind, ServiceFailure


def refusal(kind: FailureKind, message: str = "no", code: str = "INVALID") -> ServiceFailure:
    return ServiceFailure.of(kind, "airtable", code, message)


def run(count: int, bad: set[int], *, named: bool = False) -> tuple[WriteReport, list[list[str]]]:
    """Write numbered records to a table that refuses a batch with a bad one in it."""
    taken: list[list[str]] = []

    async def send(records: Sequence[dict[str, Any]], count_request: Callable[[], None]) -> list[str]:
        count_request()
        await asyncio.sleep(0)
        ids = [record["id"] for record in records]
        if spoilt := [each for each in ids if int(each[3:]) in bad]:
            raise refusal(FailureKind.PERMANENT, f"Record ID {spoilt[0]} is bad" if named else "some value is bad")
        taken.append(ids)
        return ids

    records = {f"rec{number:04}": {"id": f"rec{number:04}"} for number in range(count)}
    return asyncio.run(BulkWrite(send).run(records)), taken


@given(count=st.integers(0, 60), bad=st.sets(st.integers(0, 60), max_size=8), named=st.booleans())
def test_every_record_is_written_or_rejected_and_neighbours_never_suffer(
    count: int, bad: set[int], *, named: bool
) -> None:
    report, taken = run(count, bad, named=named)

    spoilt = {f"rec{number:04}" for number in bad if number < count}
    assert set(report.rejected) == spoilt
    assert list(report.written) == [f"rec{n:04}" for n in range(count) if f"rec{n:04}" not in spoilt]
    assert sorted(chain.from_iterable(taken)) == list(report.written)
    assert all(len(batch) <= 10 for batch in taken)
    assert report.requests <= -(-count // 10) + 8 * len(spoilt)


def test_one_bad_record_costs_one_request_more_when_the_refusal_names_it() -> None:
    assert run(100, {42}, named=True)[0].requests == 11
    assert run(100, set())[0].requests == 10


@pytest.mark.rule("B15")
@pytest.mark.parametrize("first", [FailureKind.TRANSIENT, FailureKind.SYSTEMIC])
async def test_of_failures_that_happen_together_the_gravest_is_raised(first: FailureKind) -> None:
    met = asyncio.Barrier(2)
    kinds = [first, FailureKind.SYSTEMIC if first is FailureKind.TRANSIENT else FailureKind.TRANSIENT]

    async def send(_records: Sequence[dict[str, Any]], _count: Callable[[], None]) -> list[str]:
        kind = kinds.pop(0)
        await met.wait()
        raise refusal(kind)

    with pytest.raises(ServiceFailure) as raised:
        await BulkWrite(send, parallel=2).run({str(number): {} for number in range(20)})
    assert raised.value.failure.kind is FailureKind.SYSTEMIC


@pytest.mark.rule("B15")
async def test_an_error_that_is_no_refusal_is_not_hidden_behind_one() -> None:
    met = asyncio.Barrier(2)
    errors: list[Exception] = [refusal(FailureKind.SYSTEMIC), KeyError("records")]

    async def send(_records: Sequence[dict[str, Any]], _count: Callable[[], None]) -> list[str]:
        error = errors.pop()
        await met.wait()
        raise error

    with pytest.raises(ExceptionGroup) as raised:
        await BulkWrite(send, parallel=2).run({str(number): {} for number in range(20)})
    assert raised.group_contains(KeyError)


def test_a_whole_table_of_gone_records_is_reported_record_by_record() -> None:
    async def send(records: Sequence[dict[str, Any]], count: Callable[[], None]) -> list[str]:
        count()
        name = records[0]["id"]
        raise refusal(FailureKind.PERMANENT, f"Record ID {name} does not exist", "ROW_DOES_NOT_EXIST")

    records = {f"rec{number:04}": {"id": f"rec{number:04}"} for number in range(40)}
    report = asyncio.run(BulkWrite(send).run(records))

    assert len(report.rejected) == 40
    assert report.requests == 40

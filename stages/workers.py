"""Bounded concurrency for a stage's items: structured, with flow control, and an end when going on makes no sense.

What must hold: every item that goes in comes out with exactly one outcome, whatever is raised (rules B4, B15; I8).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from resources.clock.gateway import Clock
from rules.failures import Failure, FailureKind, classify
from rules.outcomes import Failed, Outcome, Rejected, Skipped
from stages.pace import Pace

T = TypeVar("T")

TRANSIENT_TRIES = 3
FLOW_TRIES = 20
LONGEST_WAIT = 120.0


async def run_items(
    items: Sequence[T],
    work: Callable[[T], Awaitable[Outcome]],
    *,
    limit: int,
    clock: Clock,
    record: Callable[[T, Outcome], None],
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Outcome], Failure | None]:
    """Work on items, at most ``limit`` at a time.

    Args:
        items: What to do.
        work: Does one item and returns its outcome, or raises.
        limit: Concurrency to begin with; a rate limit halves it.
        clock: Waits pass on it.
        record: Called with each outcome the moment it is known, so that a killed run resumes from there.
        progress: Called with the number done and the total.

    Returns:
        Outcomes in the order of ``items``, and the systemic failure that stopped the stage, if one did. Items that
        were not begun then are ``Skipped`` with that reason and not recorded: a later run takes them up.
    """
    outcomes: list[Outcome | None] = [None] * len(items)
    pace = Pace(limit, clock)
    done = 0

    async def one(index: int, item: T) -> None:
        nonlocal done
        outcome = await _attempt(item, work, pace, clock)
        outcomes[index] = outcome
        if not (isinstance(outcome, Skipped) and pace.stopped):
            record(item, outcome)
        done += 1
        if progress:
            progress(done, len(items))

    async with asyncio.TaskGroup() as group:
        for index, item in enumerate(items):
            group.create_task(one(index, item))
    return [outcome for outcome in outcomes if outcome is not None], pace.stopped


async def _attempt(item: T, work: Callable[[T], Awaitable[Outcome]], pace: Pace, clock: Clock) -> Outcome:
    tries = waits = 0
    while True:
        if pace.stopped:
            return Skipped(f"the stage was stopped: {pace.stopped}")
        async with pace:  # for each try: whoever is tried again lines up under the limit of then
            turn = await pace.turn()
            if pace.stopped:
                continue
            try:
                outcome = await work(item)
            except Exception as error:  # noqa: BLE001 - the one place where exceptions become outcomes (rule B3)
                failure = classify(error)
            else:
                pace.went_well()
                return outcome
        if failure.kind is FailureKind.FLOW_CONTROL:
            waits += 1
            if waits > FLOW_TRIES:
                return Failed(failure)
            pace.slower(turn, min(failure.retry_after or 2.0 ** min(waits, 5), LONGEST_WAIT))
        elif failure.kind is FailureKind.TRANSIENT:
            tries += 1
            pace.transient_in_a_row += 1
            if pace.transient_in_a_row > 3 * pace.most + 10:
                pace.stopped = failure
            if tries >= TRANSIENT_TRIES:
                return Failed(failure)
            await clock.sleep(min(failure.retry_after or 2.0**tries, LONGEST_WAIT))
        elif failure.kind is FailureKind.SYSTEMIC:
            pace.stopped = pace.stopped or failure
            return Failed(failure)
        else:
            return Rejected(str(failure))

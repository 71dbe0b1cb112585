"""`python -m simulation.model`: every policy searched to the end, as a table, with the shortest story of each failure.

What must hold: the exit code is 1 if a policy does not do what its description says.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulation.model.policies import OURS, POLICIES
from simulation.model.search import Result, explore

LARGER = ((1, 3, 3), (2, 2, 2), (2, 3, 2), (2, 2, 3))
"""Leads, workers and claims of the searches of our policy beyond one lead and two workers."""


def main(larger: Sequence[tuple[int, int, int]] = LARGER) -> int:
    """Print the table.

    Args:
        larger: Leads, workers and claims of further searches of our policy.

    Returns:
        The exit code.
    """
    began = time.perf_counter()
    results = [explore(policy) for policy in POLICIES]
    print("| policy | leads x workers | states | steps | result |", "| --- | --- | ---: | ---: | --- |", sep="\n")
    wrong = 0
    for result in results:
        print(_row(result, "1 x 2"), flush=True)
        wrong += bool(result.stories) is result.policy.safe or result.stuck > 0
    for leads, workers, claims in larger:
        result = explore(replace(OURS, claims=claims), leads=leads, workers=workers, fold=True)
        print(_row(result, f"{leads} x {workers}, {claims} claims each, folded"), flush=True)
        wrong += bool(result.stories)
    for line in _stories(results):
        print(line)
    print(f"\n{time.perf_counter() - began:.0f} s; {wrong} not as described")
    return int(wrong > 0)


def _row(result: Result, size: str) -> str:
    told = ", ".join(f"{story.invariant} broken in {len(story.steps)} steps" for story in result.stories) or "holds"
    if result.stuck:
        told += f", {result.stuck} states without a way out"
    return f"| {result.policy.name} | {size} | {result.states:,} | {result.transitions:,} | {told} |"


def _stories(results: list[Result]) -> Iterator[str]:
    """The shortest counter-examples, one sentence a step."""
    for result in results:
        for story in result.stories:
            yield f"\n{result.policy.name}: {story.invariant}"
            yield from (f"  {number:2}. {step}" for number, step in enumerate(story.steps, 1))


if __name__ == "__main__":
    sys.exit(main())

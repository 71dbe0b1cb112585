"""Breadth-first through every state that can be reached; the first way to a broken invariant is the shortest.

What must hold: a policy is called safe only after the last reachable state was seen.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from simulation.model.policies import Policy
from simulation.model.state import FINAL, Lead, Row, Worker, World
from simulation.model.steps import DOUBLE, steps


@dataclass(frozen=True, slots=True)
class Story:
    """The shortest way to a broken invariant, one sentence a step."""

    invariant: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a search saw.

    Attributes:
        policy: Whose.
        states: How many different states were reached.
        transitions: How many steps between them were taken.
        stories: For each invariant that broke, the shortest story; empty for a policy that holds.
        stuck: States from which some send can never end, whatever happens.
    """

    policy: Policy
    states: int
    transitions: int
    stories: tuple[Story, ...]
    stuck: int


def explore(policy: Policy, *, leads: int = 1, workers: int = 2, fold: bool = False) -> Result:
    """See every state that can be reached.

    Args:
        policy: How sends are treated.
        leads: Sends, one each to different people.
        workers: Processes that send.
        fold: Whether states that differ only in the numbering of workers and leads count as one; stories name numbers
            that mean little then.
    """
    start = World(leads=(Lead(),) * leads, workers=(Worker(),) * workers)
    came_from: dict[World, tuple[World, str] | None] = {start: None}
    into: dict[World, list[World]] = {}
    found: dict[str, Story] = {}
    queue = deque([start])
    transitions = 0
    while queue:
        world = queue.popleft()
        for label, after in steps(world, policy):
            transitions += 1
            state = _folded(after) if fold else after
            if not fold:
                into.setdefault(state, []).append(world)
            if state in came_from:
                continue
            came_from[state] = (world, label)
            for invariant in state.broken - found.keys():
                found[invariant] = Story(invariant, tuple(_way(came_from, state)))
            if DOUBLE not in state.broken:
                queue.append(state)
    stories = tuple(found[invariant] for invariant in sorted(found))
    stuck = 0 if fold else _stuck(policy, came_from, into)
    return Result(policy, len(came_from), transitions, stories, stuck)


def _way(came_from: dict[World, tuple[World, str] | None], state: World) -> list[str]:
    labels: list[str] = []
    step = came_from[state]
    while step is not None:
        labels.append(step[1])
        step = came_from[step[0]]
    return labels[::-1]


def _stuck(policy: Policy, came_from: dict[World, tuple[World, str] | None], into: dict[World, list[World]]) -> int:
    """States from which no state is reached in which every send has ended."""
    ended = [state for state in came_from if state.broken or all(_ended(lead, policy) for lead in state.leads)]
    reached, queue = set(ended), deque(ended)
    while queue:
        for before in into.get(queue.popleft(), ()):
            if before not in reached:
                reached.add(before)
                queue.append(before)
    return len(came_from) - len(reached)


def _ended(lead: Lead, policy: Policy) -> bool:
    return lead.row in FINAL or (lead.row is Row.READY and lead.epoch >= policy.claims)


def _folded(world: World) -> World:
    """The same state under the numbering that sorts first."""
    if len(world.leads) == 1:
        return world._replace(workers=tuple(sorted(world.workers)))
    return min(_renumbered(world))


def _renumbered(world: World) -> Iterator[World]:
    for order in permutations(range(len(world.leads))):
        place = {old: new for new, old in enumerate(order)}
        leads = tuple(world.leads[old] for old in order)
        workers = tuple(sorted(each._replace(lead=place[each.lead]) for each in world.workers))
        backup = None if world.backup is None else tuple(world.backup[old] for old in order)
        yield world._replace(leads=leads, workers=workers, backup=backup)

"""The shortest run that still shows a violation: fewer days, fewer kinds of faults, fewer people.

What must hold: every step is a run of its own that shows a violation of the same invariant; nothing is concluded
without running it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from simulation.facts import Fact, FaultsEnded
from simulation.history import Violation
from simulation.kinds import Kind
from simulation.run import Outcome, Script, simulate

TRIES = 24
"""Runs that shrinking may take."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The shortest run found, its violation, the facts that are about it, and how many runs it took."""

    script: Script
    violation: Violation
    facts: tuple[Fact, ...]
    runs: int


def shrink(
    outcome: Outcome,
    *,
    again: Callable[[Script], Outcome] = simulate,
    tries: int = TRIES,
    progress: Callable[[int, int], None] | None = None,
) -> Shrunk:
    """Shrink the run behind an outcome's first violation.

    Args:
        outcome: A run with violations.
        again: Runs a script.
        tries: Runs that may be spent.
        progress: Called with runs done and the most there may be.
    """
    best = outcome
    invariant = outcome.violations[0].invariant
    runs = 0
    improved = True
    while improved and runs < tries:
        improved = False
        for script in _shorter(best):
            if runs >= tries:
                break
            runs += 1
            tried = again(script)
            if progress:
                progress(runs, tries)
            found = tuple(violation for violation in tried.violations if violation.invariant == invariant)
            if found:
                best = replace(tried, violations=found)
                improved = True
                break
    violation = best.violations[0]
    return Shrunk(best.script, violation, tuple(best.history.about(violation.keys)), runs)


def _shorter(outcome: Outcome) -> Iterator[Script]:
    """Shorter scripts, the most promising first."""
    script = outcome.script
    began = outcome.history.facts[0].at
    last = (outcome.violations[0].at - began).days + 1
    if last < script.days:
        yield replace(script, days=last, calm=max(0, script.calm - (script.days - last)))
    for name in script.profile.active():
        yield replace(script, without=(*script.without, name))
    for fewer in (script.people // 4, script.people // 2, script.people * 3 // 4):
        if fewer >= 1:
            yield replace(script, leads=fewer)
    if script.calm and not outcome.history.of(FaultsEnded):
        yield replace(script, calm=0)


def replay_command(script: Script) -> str:
    """The command that runs a script again."""
    parts = [f"outbound simulate --seed {script.seed} --days {script.days} --faults {script.faults}"]
    parts += [f"--without {name}" for name in script.without] + [f"--kind {script.kind}"] * (
        script.kind is not Kind.ORDINARY
    )
    parts += [f"--calm {script.calm} --people {script.people}"]
    return " ".join(parts)

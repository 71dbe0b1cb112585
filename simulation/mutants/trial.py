"""`python -m simulation.mutants.trial`: seed after seed over the code on the path until a checker reports.

What must hold: only an invariant that the mutant is said to break counts, and the first line of the answer is JSON.
"""

import json
import sys
import time
from dataclasses import dataclass

from simulation.mutants.catalogue import LUCK
from simulation.profiles import NONE, Profile
from simulation.run import Script, simulate


@dataclass(frozen=True, slots=True)
class Trial(Script):
    """A script whose bad luck is a mutant's."""

    own: Profile = NONE

    @property
    def profile(self) -> Profile:
        """What goes wrong, and how often."""
        return self.own


def first_report(luck: str, breaks: frozenset[str], seeds: range, *, patience: float) -> dict[str, object]:
    """Run until a checker reports.

    Args:
        luck: Name of the runs' bad luck.
        breaks: Invariants that count.
        seeds: To be tried in this order.
        patience: Seconds after which no further seed is begun.

    Returns:
        ``invariant``, ``message`` and ``seed`` of the first report (empty where there was none), ``seeds`` tried.
    """
    fate = LUCK[luck]
    began = time.monotonic()
    tried = 0
    for seed in seeds:
        if time.monotonic() - began > patience:
            break
        tried += 1
        script = Trial(seed, fate.days, "mutants", calm=fate.calm, leads=fate.leads, kind=fate.kind, own=fate.profile)
        outcome = simulate(script)
        for violation in outcome.violations:
            if violation.invariant in breaks:
                return {
                    "invariant": violation.invariant, "message": violation.message, "seed": seed, "seeds": tried,
                }  # fmt: skip
    return {"invariant": "", "message": "", "seed": 0, "seeds": tried}


if __name__ == "__main__":
    _, named, counted, most, longest = sys.argv
    found = first_report(named, frozenset(counted.split()), range(1, int(most) + 1), patience=float(longest))
    sys.stdout.write(json.dumps(found) + "\n")

"""Every mutant there is, and every kind of bad luck, by name.

What must hold: names are unique; a mutant that no checker can see is not here but in `docs/safety.md`, with the reason.
"""

from simulation.mutants.guards import GUARDS
from simulation.mutants.hours_and_caps import HOURS_AND_CAPS
from simulation.mutants.listening import HEARING
from simulation.mutants.luck import EVERY
from simulation.mutants.protocol import PROTOCOL

MUTANTS = (*PROTOCOL, *GUARDS, *HOURS_AND_CAPS, *HEARING)
LUCK = {luck.name: luck for luck in EVERY}

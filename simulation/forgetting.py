"""A recorder that keeps nothing: for runs whose result is in the ledger, not in their history."""

from simulation.facts import Fact
from simulation.history import History


class Forgetful(History):
    """A history nobody reads."""

    def add(self, fact: Fact) -> None:
        """Nothing is kept."""
        del fact

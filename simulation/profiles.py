"""What goes wrong in a simulated run, and how often: named profiles, each a set of rates.

What must hold: a rate of 0 switches its fault off wholly, so that a violation can be traced to the one that is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """Rates between 0 and 1.

    Attributes:
        crash: Of processes: die at a boundary.
        overlap: Of outreach runs: a second process works on the same ledger meanwhile.
        pause: Of calls to services: the process stands still for 6 to 90 minutes, past its lease.
        suspend: Of ledger commits: the whole machine stands still for 10 minutes to 20 hours.
        refused: Of sends: no connection.
        cut: Of sends: the connection breaks before the provider has the request.
        lost: Of sends: the mail is taken, the answer is lost.
        gateway: Of sends: the mail is taken, the answer is a gateway's 502 page.
        late: Of sends: the request reaches the provider minutes to hours after our side gave up.
        wrong_id: Of sends: the mail is taken, the answer names another message.
        empty: Of sends: the mail is taken, the answer's body is empty.
        server: Of sends: a 500 before anything happened.
        storm: Of hours: the provider answers 429 to every send.
        reads: Of reads at the provider, the base and the mailbox: they fail.
        models: Of paid calls: they fail or say nonsense.
        events: Of events: hours late, of pages: shuffled or with repetitions.
        operators: Of days: somebody edits leads, pauses, sends by hand, changes caps.
        rollback: Of days: the ledger is lost and restored from an older copy, or a second machine gets one.
    """

    crash: float = 0.0
    overlap: float = 0.0
    pause: float = 0.0
    suspend: float = 0.0
    refused: float = 0.0
    cut: float = 0.0
    lost: float = 0.0
    gateway: float = 0.0
    late: float = 0.0
    wrong_id: float = 0.0
    empty: float = 0.0
    server: float = 0.0
    storm: float = 0.0
    reads: float = 0.0
    models: float = 0.0
    events: float = 0.0
    operators: float = 0.0
    rollback: float = 0.0

    def without(self, name: str) -> "Profile":
        """The same without one kind of fault."""
        return replace(self, **{name: 0.0})

    def active(self) -> tuple[str, ...]:
        """The kinds of faults that can strike."""
        return tuple(entry.name for entry in fields(self) if getattr(self, entry.name) > 0)


NONE: Final = Profile()
ROUGH: Final = Profile(
    crash=0.08, overlap=0.2, pause=0.004, suspend=0.0004, refused=0.01, cut=0.01, lost=0.01, gateway=0.01, late=0.005,
    wrong_id=0.003, empty=0.005, server=0.01, storm=0.01, reads=0.03, models=0.02, events=0.05, operators=0.5,
    rollback=0.01,
)  # fmt: skip
HOSTILE: Final = Profile(
    crash=0.4, overlap=0.6, pause=0.03, suspend=0.003, refused=0.05, cut=0.05, lost=0.06, gateway=0.04, late=0.04,
    wrong_id=0.02, empty=0.03, server=0.05, storm=0.05, reads=0.15, models=0.1, events=0.2, operators=1.0,
    rollback=0.05,
)  # fmt: skip

PROFILES: Final[Mapping[str, Profile]] = {
    "none": NONE,
    "rough": ROUGH,
    "hostile": HOSTILE,
    **{entry.name: replace(NONE, **{entry.name: getattr(HOSTILE, entry.name)}) for entry in fields(Profile)},
}
"""By name: ``none``, ``rough``, ``hostile``, and one per kind of fault, as often as in ``hostile``, and no other."""

"""The ways to treat a send whose outcome is missing, as values: the tempting ones and ours.

What must hold: a policy only chooses; every step that the world can take on its own is open under each of them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Expired(StrEnum):
    """What becomes of a request whose holder's lease ran out."""

    READY = "ready"
    UNKNOWN = "unknown"


class KeyLife(StrEnum):
    """How long the provider remembers an idempotency key."""

    NONE = "no key"
    SHORT = "expires"
    FOREVER = "for ever"


class Resend(StrEnum):
    """When an unknown outcome is sent again; each value also asks for what stands before it."""

    NEVER = "never"
    NOT_FOUND = "not found"
    LAG_OVER = "look-up lag over"
    NETWORK_QUIET = "network quiet"
    HOLDER_DEAD = "holder dead"

    @property
    def rank(self) -> int:
        """How much must be known, from 0."""
        return list(Resend).index(self)


class Intent(StrEnum):
    """How a claim becomes a request."""

    ATOMIC = "one transaction checks epoch and suppression and commits before the call"
    BLIND = "the epoch is not compared"
    CHECKED_BEFORE = "the suppression is read in a transaction of its own"
    AFTER_CALL = "committed after the call"


class Takeover(StrEnum):
    """How a restored ledger comes back into use."""

    UNGATED = "nobody notices"
    AT_ONCE = "imports what the provider shows now"
    SETTLED = "waits until the provider's events are complete"


@dataclass(frozen=True, slots=True)
class Policy:
    """One way to run the send path.

    Attributes:
        name: As the table prints it.
        safe: Whether it is expected to hold; the search decides.
        restore: Whether the ledger may be replaced by an older copy, once.
        processes_end: Whether every process is stopped for that.
        claims: So often is one send claimed at most; it bounds the search, and a double needs two.
    """

    name: str
    safe: bool
    expired: Expired = Expired.UNKNOWN
    key: KeyLife = KeyLife.NONE
    resend: Resend = Resend.NEVER
    intent: Intent = Intent.ATOMIC
    restore: bool = False
    takeover: Takeover = Takeover.SETTLED
    processes_end: bool = True
    claims: int = 3


OURS = Policy("an unknown outcome is never sent again (ours)", safe=True)
OURS_RESTORED = Policy("ours, the ledger restored from a backup", safe=True, restore=True)

POLICIES = (
    Policy("back to ready", safe=False, expired=Expired.READY),
    Policy("back to ready, key that expires", safe=False, expired=Expired.READY, key=KeyLife.SHORT),
    Policy("back to ready, key that never expires", safe=True, expired=Expired.READY, key=KeyLife.FOREVER),
    Policy("sent again if not found", safe=False, resend=Resend.NOT_FOUND),
    Policy("... and the look-up's lag is over", safe=False, resend=Resend.LAG_OVER),
    Policy("... and the network is quiet", safe=False, resend=Resend.NETWORK_QUIET),
    Policy("... and the holder is proven dead", safe=True, resend=Resend.HOLDER_DEAD),
    OURS,
    Policy("ours without comparing the epoch", safe=False, intent=Intent.BLIND),
    Policy("ours, committing after the call", safe=False, intent=Intent.AFTER_CALL),
    Policy("ours, reading suppressions outside", safe=False, intent=Intent.CHECKED_BEFORE),
    OURS_RESTORED,
    Policy("ours restored, without a gate", safe=False, restore=True, takeover=Takeover.UNGATED),
    Policy("ours restored, adopted at once", safe=False, restore=True, takeover=Takeover.AT_ONCE),
    Policy("ours restored under a running process", safe=False, restore=True, processes_end=False),
)

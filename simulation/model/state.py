"""What the small model remembers: rows of the ledger, workers, requests on their way, and what the provider did.

What must hold: a state is a value that hashes, with nothing in it that two equivalent histories would not share.
"""

from enum import StrEnum
from typing import NamedTuple


class Row(StrEnum):
    """A send as the ledger has it; the states of the product that differ in what may happen next."""

    READY = "ready"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    PRESUMED = "presumed"
    CANCELLED = "cancelled"


FINAL = (Row.ACCEPTED, Row.PRESUMED, Row.CANCELLED)


class Phase(StrEnum):
    """How far a worker is with the send it works on."""

    IDLE = "idle"
    CLAIMED = "claimed"
    CHECKED = "checked"
    INTENDED = "intended"
    WAITING = "waiting"


class Answer(StrEnum):
    """Where a worker's own request is."""

    NONE = "none"
    ASKED = "asked"
    TAKEN = "taken"
    REFUSED = "refused"
    LOST = "lost"


class Key(StrEnum):
    """What the provider remembers of an idempotency key."""

    NEW = "new"
    HELD = "held"
    EXPIRED = "expired"


class Lead(NamedTuple):
    """One send to one person, in the ledger and in the world.

    Attributes:
        row: Its state in the ledger.
        epoch: How often it was claimed.
        leased: Whether the lease of its holder still runs.
        accepted: Mails the provider took for it; 2 stands for more than one.
        key: What the provider remembers of its idempotency key.
        visible: Whether a look-up would show every acceptance so far.
        strays: Requests still in the network for which nobody waits any more.
        objected: Whether the person has objected, durably at some time.
        suppressed: Whether the ledger knows that; a restored one may have forgotten.
    """

    row: Row = Row.READY
    epoch: int = 0
    leased: bool = False
    accepted: int = 0
    key: Key = Key.NEW
    visible: bool = True
    strays: int = 0
    objected: bool = False
    suppressed: bool = False


Copied = tuple[Row, int, bool]


class Worker(NamedTuple):
    """A process that sends. One that died is one that begins anew; one that pauses is one that does not move."""

    phase: Phase = Phase.IDLE
    lead: int = 0
    epoch: int = 0
    answer: Answer = Answer.NONE


class World(NamedTuple):
    """Everything at one moment.

    Attributes:
        leads: By number.
        workers: By number.
        backup: Every lead's row, epoch and suppression in the copy of the ledger, once there is one.
        restored: Whether that copy was put in the ledger's place.
        gated: Whether a restored ledger has been noticed and refuses to send.
        broken: The invariants that were broken on the way.
    """

    leads: tuple[Lead, ...]
    workers: tuple[Worker, ...]
    backup: tuple[Copied, ...] | None = None
    restored: bool = False
    gated: bool = False
    broken: frozenset[str] = frozenset()

"""The ledger as a fake in dicts: for simulations that must be quick, and to hold the ledger's statements against.

What must hold: whoever uses it with instants in UTC and with plain words, as the simulator does, sees no difference,
neither in what is there nor in where a process may die; what it does not keep it refuses.
The start-up gate works as with a database: a copy that goes on by itself is found out.
"""

import uuid
from datetime import datetime
from typing import NoReturn

from resources.ledger.fake.books import Books
from resources.ledger.fake.events import FakeEvents
from resources.ledger.fake.flags import FakeFlags
from resources.ledger.fake.missing import refuse
from resources.ledger.fake.questions import FakeQuestions
from resources.ledger.fake.sends import FakeSends
from resources.ledger.fake.small_tables import (
    FakeAlerts,
    FakeApiCalls,
    FakeInbox,
    FakeKeepsakes,
    FakeRecords,
    FakeReplies,
)
from resources.ledger.fake.suppressions import FakeSuppressions
from resources.ledger.flags import FlagName
from resources.ledger.gate import Identity, Witness, objection
from resources.ledger.ledger import Ledger, Place


class FakeLedger(Ledger):
    """As `resources.ledger.ledger.Ledger`, as far as sending asks. ``books`` may be another's, copied."""

    def __init__(self, place: Place, books: Books | None = None) -> None:
        self.place = place
        self.books = books or Books()
        self.sends = FakeSends(self.books)
        self.suppressions = FakeSuppressions(self.books)
        self.events = FakeEvents(self.books)
        self.flags = FakeFlags(self.books)
        self.questions = FakeQuestions(self.books)
        self.keepsakes = FakeKeepsakes(self.books)
        self.api_calls = FakeApiCalls(self.books)
        self.replies = FakeReplies(self.books)
        self.inbox = FakeInbox(self.books)
        self.records = FakeRecords(self.books)
        self.alerts = FakeAlerts(self.books)
        self._witness = Witness(place.witness)
        self._identity: Identity | None = None

    def __getattr__(self, name: str) -> NoReturn:
        refuse(name)

    def close(self) -> None:
        """Nothing is open."""

    def gate(self, *, now: datetime) -> str | None:
        """See `Ledger.gate`."""
        identity = self._identify()
        reason = self._doubt(identity)
        if reason is None:
            self._witness.remember(identity)
            return None
        self.flags.raise_flag(FlagName.GATE, reason=reason, actor="gate", now=now)
        return reason

    def doubt(self) -> str | None:
        """See `Ledger.doubt`."""
        identity = self._known()
        self.books.looked()
        return None if identity is None else self._doubt(identity)

    def _doubt(self, identity: Identity) -> str | None:
        return objection(
            identity, self._witness.recall(), campaign=self.place.campaign, machine=self.place.machine,
            remembers=self._remembers, has_sent=self.sends.ever_sent,
        )  # fmt: skip

    def adopt(self, *, actor: str, now: datetime) -> None:
        """See `Ledger.adopt`."""
        with self.books as books:
            for name, value in (("machine", self.place.machine), ("campaign", self.place.campaign)):
                books.writes("update meta")
                books.bind({name: value})
            books.entry()
        self.flags.lower_flag(FlagName.GATE, reason="reconciled and adopted", actor=actor, now=now)
        self._witness.remember(self._identify(), anew=True)

    def witness(self) -> None:
        """See `Ledger.witness`."""
        written = self.books.written
        if self._identity is None or written is None:
            self._identity = self._identify()
        else:
            self._identity = self._identity.at(written)
        self._witness.remember(self._identity)

    def verify(self) -> int:
        """Count the journal's entries; raises nothing, since nothing could break a list."""
        self.books.looked()
        return len(self.books.heads)

    def _identify(self) -> Identity:
        known = self._known()
        self.books.looked()
        if known is not None:
            return known
        with self.books as books:
            books.writes("insert meta")
            books.bind({"ledger_id": uuid.uuid4().hex, "campaign": self.place.campaign, "machine": self.place.machine})
        bound = self._known()
        assert bound is not None, "it was bound just now"
        return bound

    def _known(self) -> Identity | None:
        told, head = self.books.meta, self.books.head()
        if "ledger_id" not in told:
            return None
        return Identity(told["ledger_id"], told["campaign"], told["machine"], head.seq, head.hash)

    def _remembers(self, remembered: Identity) -> bool:
        if remembered.seq == 0:
            return True
        heads = self.books.heads
        self.books.looked()
        return remembered.seq <= len(heads) and heads[remembered.seq - 1] == remembered.head

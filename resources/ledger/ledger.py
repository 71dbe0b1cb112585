"""The ledger as one object: what the machine did and was told, in one database (design 3).

What must hold: every other view of these facts is derived from here (rule B6).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from resources.ledger.accounts import Accounts
from resources.ledger.alerts import Alerts
from resources.ledger.api_calls import ApiCalls
from resources.ledger.approvals import Approvals
from resources.ledger.chat import Chat
from resources.ledger.event_reads import EventReads
from resources.ledger.events import Events
from resources.ledger.flags import Flags
from resources.ledger.gate import Identity, Witness, adopt, check_gate, doubt, identify
from resources.ledger.inbox import Inbox
from resources.ledger.keepsakes import Keepsakes
from resources.ledger.metric_reads import MetricReads
from resources.ledger.opening import open_transactions
from resources.ledger.purse import Purses
from resources.ledger.questions import Questions
from resources.ledger.records import Records
from resources.ledger.replies import Replies
from resources.ledger.schema import journal
from resources.ledger.sends import Sends
from resources.ledger.soundness import damage
from resources.ledger.suppressions import Suppressions
from resources.ledger.transactions import Transactions, verify_chain
from resources.ledger.work import Work


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ledger is, whose it is and which machine it may send from.

    Attributes:
        url: The database.
        witness: The file beside it that remembers how far it is (`resources.ledger.gate`); ``None`` for one in memory.
        campaign: Whose.
        machine: Where.
    """

    url: str
    witness: Path | None
    campaign: str
    machine: str


class Ledger:
    """All parts of the ledger over one engine. Close it when done (rule B13)."""

    def __init__(self, transactions: Transactions, place: Place) -> None:
        self.transactions = transactions
        self.place = place
        self.records = Records(transactions)
        self.work = Work(transactions)
        self.purses = Purses(transactions)
        self.accounts = Accounts(transactions)
        self.sends = Sends(transactions)
        self.approvals = Approvals(transactions)
        self.suppressions = Suppressions(transactions)
        self.events = Events(transactions)
        self.event_reads = EventReads(transactions)
        self.metric_reads = MetricReads(transactions)
        self.replies = Replies(transactions)
        self.inbox = Inbox(transactions)
        self.api_calls = ApiCalls(transactions)
        self.flags = Flags(transactions)
        self.keepsakes = Keepsakes(transactions)
        self.questions = Questions(transactions)
        self.alerts = Alerts(transactions)
        self.chat = Chat(transactions)
        self._witness = Witness(place.witness)
        self._identity: Identity | None = None

    @classmethod
    def open(cls, place: Place) -> "Ledger":
        """Open or create.

        Raises:
            LedgerError: It is damaged, not durable, or of another version.
        """
        return cls(open_transactions(place.url), place)

    def close(self) -> None:
        """Close every connection."""
        self.transactions.engine.dispose()

    def gate(self, *, now: datetime) -> str | None:
        """Check that this ledger may send; the reason if not (`resources.ledger.gate`)."""
        return check_gate(
            self.transactions, self._witness, campaign=self.place.campaign, machine=self.place.machine, now=now
        )

    def doubt(self) -> str | None:
        """Why this ledger may not send, as `gate` would say, or ``None``; only looks."""
        return doubt(
            self.transactions, self._witness, campaign=self.place.campaign, machine=self.place.machine
        )  # fmt: skip

    def adopt(self, *, actor: str, now: datetime) -> None:
        """Take a reconciled ledger over."""
        adopt(
            self.transactions, self._witness,
            campaign=self.place.campaign, machine=self.place.machine, actor=actor, now=now,
        )  # fmt: skip

    def witness(self) -> None:
        """Tell the witness how far the journal is; asks the database only the first time."""
        written = self.transactions.written
        if self._identity is None or written is None:
            self._identity = identify(self.transactions, campaign=self.place.campaign, machine=self.place.machine)
        else:
            self._identity = self._identity.at(written)
        self._witness.remember(self._identity)

    def damage(self, *, deep: bool) -> str:
        """What is wrong with the database (`resources.ledger.soundness`); empty where nothing is."""
        return damage(self.transactions, deep=deep)

    def verify(self) -> int:
        """Recompute the journal's hash chain; raises `LedgerError` where it is broken."""
        return verify_chain(self.transactions)

    def story(self, lead_id: str) -> list[Mapping[str, Any]]:
        """Every journal entry about a lead, oldest first (rule A11)."""
        statement = select(journal).where(journal.c.lead_id == lead_id).order_by(journal.c.seq)
        with self.transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

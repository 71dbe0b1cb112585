"""Every send of the campaign, one row each; the parts stand in files of their own.

What must hold: whatever is done to a send goes through one of these parts, each a serial, durable transaction.
"""

from resources.ledger.planned_sends import PlannedSends
from resources.ledger.resolutions import Resolutions
from resources.ledger.send_protocol import SendProtocol
from resources.ledger.send_reads import SendReads
from resources.ledger.send_records import LEASE, Claim, NewSend
from resources.ledger.transactions import Transactions
from resources.ledger.unknowns import Unknowns

__all__ = ["LEASE", "Claim", "NewSend", "Sends"]


class Sends(PlannedSends, SendProtocol, Unknowns, Resolutions, SendReads):
    """Plan, claim, intend, settle, reconcile, resolve and read sends."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)

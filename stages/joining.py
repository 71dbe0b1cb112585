"""Which of our mails an inbound message belongs to: by message id, by address, by what a report quotes, by company.

What must hold: a mail of our own joins nothing, and what is only joined by company stops nobody for good.
"""

from collections.abc import Mapping
from typing import Any

from resources.ledger.ledger import Ledger
from rules.addresses import AddressProblem, parse_address
from rules.campaign import Campaign
from rules.domains import owner_domain
from rules.hashing import address_hash
from rules.inbound import Inbound


class Joiner:
    """Every mail that went out, by what an answer may name it with; loaded once for a whole delivery."""

    def __init__(self, ledger: Ledger, campaign: Campaign, pepper: str) -> None:
        self._own = {campaign.sender.email.casefold(), campaign.sender.reply_to.casefold()}
        self._pepper = pepper
        rows = ledger.questions.requested()
        self._by_message = {row["message_id"]: row for row in rows if row["message_id"]}
        self._by_address = {row["address_hash"]: row for row in rows}
        self._by_company = {row["company_key"]: row for row in rows}
        self.by_key = {row["send_key"]: row for row in rows}

    def own(self, inbound: Inbound) -> bool:
        """Whether we wrote it ourselves: a copy of our mail is no answer to it."""
        return inbound.sender in self._own

    def join(self, inbound: Inbound, raw: bytes) -> tuple[Mapping[str, Any] | None, str]:
        """The mail it belongs to and how that was found; ``none`` for a stranger's."""
        for answer in inbound.answers:
            if row := self._by_message.get(answer):
                return row, "message_id"
        if row := self._by_address.get(self.hash(inbound.sender)):
            return row, "address"
        if inbound.report:
            text = raw.decode("utf-8", "replace")
            for message_id, row in self._by_message.items():
                if message_id in text:
                    return row, "report"
        domain = owner_domain(inbound.sender.rpartition("@")[2])
        if domain and (row := self._by_company.get(domain)):
            return row, "company"
        return None, "none"

    def hash(self, sender: str) -> str:
        """The keyed hash of a sender's address."""
        parsed = parse_address(sender)
        text = sender if isinstance(parsed, AddressProblem) else parsed.text
        return address_hash(text, self._pepper)

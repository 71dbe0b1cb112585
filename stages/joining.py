"""Which of our mails an inbound message belongs to: by message id, by address, by what a report quotes, by company.

What must hold: a mail of our own joins nothing, and what is only joined by company stops nobody but
its writer for good.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from resources.ledger.ledger import Ledger
from rules.addresses import AddressProblem, parse_address
from rules.campaign import Campaign
from rules.domains import owner_domain
from rules.hashing import address_hash
from rules.inbound import Inbound

_QUOTED: Final = re.compile(r"<[^<>\s]+>")
"""What a report may quote a message id as."""


class Joiner:
    """The mails that the messages of a delivery may answer, by what they may name them with; loaded in bulk, once."""

    def __init__(
        self, ledger: Ledger, campaign: Campaign, pepper: str, *, delivery: Sequence[tuple[Inbound, bytes]]
    ) -> None:
        self._own = {campaign.sender.email.casefold(), campaign.sender.reply_to.casefold()}
        self._pepper = pepper
        named = {answer for inbound, _ in delivery for answer in inbound.answers}
        quoted = (_QUOTED.findall(_text(raw)) for inbound, raw in delivery if inbound.report)
        domains = (_domain(inbound) for inbound, _ in delivery)
        rows = ledger.questions.requested(
            message_id=named.union(*quoted),
            address_hash={self.hash(inbound.sender) for inbound, _ in delivery},
            company_key={domain for domain in domains if domain},
        )
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
            quoted = set(_QUOTED.findall(_text(raw)))
            for message_id, row in self._by_message.items():
                if message_id in quoted:
                    return row, "report"
        if (domain := _domain(inbound)) and (row := self._by_company.get(domain)):
            return row, "company"
        return None, "none"

    def hash(self, sender: str) -> str:
        """The keyed hash of a sender's address."""
        parsed = parse_address(sender)
        text = sender if isinstance(parsed, AddressProblem) else parsed.text
        return address_hash(text, self._pepper)


def answered(ledger: Ledger, replies: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The mails that stored replies were joined to, by their keys."""
    keys = {row["send_key"] for row in replies if row["send_key"]}
    return {row["send_key"]: row for row in ledger.questions.requested(send_key=keys)}


def _domain(inbound: Inbound) -> str | None:
    return owner_domain(inbound.sender.rpartition("@")[2])


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")

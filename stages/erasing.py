"""Forgetting a person on their wish: suppressed for good first, then their words leave every store that is ours.

What must hold: they stay suppressed by the keyed hash of their address, and what cannot be reached is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from resources.airtable.gateway import LeadBase, RecordChange
from resources.ledger.erasing import Person, erase_person
from resources.ledger.ledger import Ledger
from resources.ledger.suppressions import Suppression, SuppressionReason
from rules.airtable_fields import MACHINE_OWNED
from rules.campaign import Campaign
from rules.hashing import address_hash
from stages.drafting import draft_frame
from stages.leads import all_leads, lead_frame
from stages.replying import reply_frame
from stages.sending import send_frame

SHORTEST_NAME = 5
OUT_OF_REACH: Final = (
    "the record in Airtable with what people wrote into it: delete it there",
    "the mail provider's log and contacts: delete the contact there",
    "the mailbox that answers arrive in, and digests and chats that were already sent",
    "what the model providers keep of the questions they were asked, for as long as their terms say",
    "backups of the ledger and Airtable's own revision history",
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done: leads forgotten, rows by table, the words looked for elsewhere, and the days to project."""

    lead_ids: Sequence[str]
    rows: dict[str, int]
    words: Sequence[str]
    days: Sequence[str]


def erase(address: str, *, ledger: Ledger, campaign: Campaign, pepper: str, actor: str, now: datetime) -> Erased:
    """Suppress an address for good and forget everybody who has it.

    Args:
        address: Normalised.
        ledger: What is swept.
        campaign: Field names.
        pepper: The secret behind address hashes.
        actor: Who asked for it.
        now: The moment.
    """
    key = address_hash(address, pepper)
    fact = Suppression("address", key, SuppressionReason.ERASED, now, actor, "erased on request")
    ledger.suppressions.add([fact], now=now)
    people = [lead for lead in all_leads(ledger, campaign) if lead.address == address]
    words = {address}
    for lead in people:
        words |= {lead.mail_text.strip(), *(name for name in (lead.full_name,) if _telling(name))}
    words |= {row["to_name"] for row in ledger.questions.mails_to(key) if row["to_name"] and _telling(row["to_name"])}
    leads = {lead.lead_id for lead in people} | {row["lead_id"] for row in ledger.questions.mails_to(key)}
    leads |= set(ledger.questions.forgotten(key))  # erasing again reaches what was away the first time
    person = Person(key, tuple(sorted(leads)), tuple(sorted(word for word in words if word)))
    days = {lead.intake_day for lead in people} | {row["day"] for row in ledger.questions.mails_to(key)}
    days |= {row["day"] for lead in people for row in ledger.replies.of_lead(lead.lead_id)}
    rows = erase_person(ledger.transactions, person, actor=actor, now=now)
    return Erased(person.lead_ids, rows, person.names, sorted(days))


def frames_of(days: Sequence[str], *, ledger: Ledger, campaign: Campaign) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Table, day and rows of what has to be projected again: counts stay, words are gone."""
    leads = all_leads(ledger, campaign)
    for day in days:
        yield "leads", day, lead_frame([lead for lead in leads if lead.intake_day == day])
        yield "sends", day, send_frame(ledger, day)
        yield "drafts", day, draft_frame(ledger, day)
        yield "replies", day, reply_frame(ledger, day)


def _telling(name: str) -> bool:
    """Whether a name is one person's: a single word would be taken out of everybody's texts."""
    return " " in name.strip() and len(name.strip()) >= SHORTEST_NAME and not name.startswith("[")


async def empty_mirror(base: LeadBase, lead_ids: Sequence[str], *, campaign: Campaign) -> int:
    """Empty the machine's fields of these records in the base.

    Returns:
        How many records were written; one that is no longer there needs none.
    """
    names = campaign.airtable.fields
    blank = {getattr(names, name): None for name in MACHINE_OWNED}
    report = await base.update([RecordChange(lead_id, blank) for lead_id in lead_ids])
    return len(report.written)

"""Why this person, why now, with what, and what came back: one lead's story from the ledger (rule A11)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resources.ledger.ledger import Ledger
from rules.addresses import AddressProblem, parse_address
from rules.campaign import Campaign
from rules.hashing import address_hash
from rules.leads import Lead
from rules.outcomes import Done
from stages.approving import as_document
from stages.drafting import STAGE as DRAFTS
from stages.leads import all_leads
from stages.queueing import kept_plan
from stages.research_reading import STAGE as RESEARCH
from stages.research_reading import research_key

VERSIONS = ("model", "prompt_version", "prompt", "research_fingerprint", "facts_version", "facts_used", "attempts")
"""What a mail knows of how it came to be."""


class NoSuchLead(LookupError):
    """Nobody matches what was asked for; the message says how to ask."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything known about one lead.

    Attributes:
        verdicts: Each verdict with its time, oldest first.
        research: The research behind the mails, with its facts.
        mails: Each mail with its text, state, versions and events.
        drafts: Drafts that waited for a person's word, and what was said.
        plan: The lead's row in the newest plan: why it is or is not mailed today.
        timeline: Journal entries, oldest first.
    """

    lead: Lead
    verdicts: Sequence[Mapping[str, Any]]
    research: Mapping[str, Any] | None
    mails: Sequence[Mapping[str, Any]]
    replies: Sequence[Mapping[str, Any]]
    suppressions: Sequence[Mapping[str, Any]]
    plan: Mapping[str, Any] | None
    timeline: Sequence[Mapping[str, Any]]
    cost_usd: float
    drafts: Sequence[Mapping[str, Any]] = ()


def find_lead(asked: str, *, ledger: Ledger, campaign: Campaign) -> Lead:
    """The lead somebody means: by record id, address, full name or the id it had in the imported file.

    Raises:
        NoSuchLead: Nobody or several match.
    """
    leads = all_leads(ledger, campaign)
    wanted = asked.strip()
    parsed = parse_address(wanted)
    address = None if isinstance(parsed, AddressProblem) else parsed.text
    for matches in (
        [lead for lead in leads if lead.lead_id == wanted],
        [lead for lead in leads if address and lead.address == address and not lead.rejected],
        [lead for lead in leads if lead.mail_text.casefold() == wanted.casefold() and wanted],
        [lead for lead in leads if lead.full_name.casefold() == wanted.casefold() and wanted],
        [lead for lead in leads if lead.source.rpartition("#")[2] == wanted and wanted],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            ids = ", ".join(f"{lead.lead_id} ({lead.mail_text})" for lead in matches[:5])
            raise NoSuchLead(f"{len(matches)} leads are called {asked!r}: {ids}; ask by record id or address")
    raise NoSuchLead(f"no lead {asked!r}; ask by record id (rec…), address or full name")


def tell(lead: Lead, *, ledger: Ledger, pepper: str, today: str) -> Story:
    """Gather a lead's story.

    Args:
        lead: Whose.
        ledger: Where everything is.
        pepper: The secret behind address hashes.
        today: The operator's day, for the plan.
    """
    key = address_hash(lead.address, pepper) if lead.address else ""
    outcomes = ledger.work.outcomes("verdict", keys=[lead.lead_id])
    verdicts = [
        {"at": entry.at, **(entry.outcome.value if isinstance(entry.outcome, Done) else {})}
        for entry in sorted(outcomes, key=lambda entry: entry.at)
    ]
    research = [
        {"at": entry.at, **entry.outcome.value}
        for entry in ledger.work.outcomes(RESEARCH, keys=[research_key(lead.company_key)])
        if isinstance(entry.outcome, Done)
    ]
    plan = [row for row in kept_plan(ledger, today).iter_rows(named=True) if row["lead_id"] == lead.lead_id]
    return Story(
        lead=lead,
        verdicts=verdicts,
        research=research[-1] if research else None,
        mails=_mails(lead, ledger),
        replies=ledger.questions.replies_of(lead.lead_id),
        suppressions=ledger.questions.suppressions_of([key, lead.company_key]),
        plan=plan[0] if plan else None,
        timeline=[{**entry, "detail": json.loads(entry["detail"])} for entry in ledger.story(lead.lead_id)],
        cost_usd=ledger.work.spent_by_lead().get(lead.lead_id, 0.0),
        drafts=[as_document(held) for held in ledger.approvals.of_lead(lead.lead_id)],
    )


def _mails(lead: Lead, ledger: Ledger) -> list[dict[str, Any]]:
    drafts = {
        entry.outcome.value["send_key"]: entry.outcome.value
        for entry in ledger.work.outcomes(DRAFTS)
        if isinstance(entry.outcome, Done) and entry.item.lead_id == lead.lead_id
    }
    mails = ledger.questions.mails_of(lead.lead_id)
    for mail in mails:
        draft = drafts.get(mail["send_key"], {})
        mail["versions"] = {name: draft.get(name) for name in VERSIONS}
    return mails

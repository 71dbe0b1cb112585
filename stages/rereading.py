"""The operator's last word: the leads that are about to be mailed are read again from the base, just before sending.

What must hold: what an operator changed since the plan keeps the mail back, with the reason; a base that cannot be read
keeps every mail back, unless the configuration says otherwise, and then it is written down (rules A10, B2, B23).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from resources.airtable.gateway import LeadBase, LeadRecord
from resources.ledger.ledger import Ledger
from resources.ledger.suppressions import Suppression, SuppressionReason
from rules.airtable_fields import OPERATOR_OWNED, WhenUnread
from rules.campaign import Campaign
from rules.failures import ServiceFailure
from rules.leads import RawLead, normalise, rename
from stages.days import day_of
from stages.waking import something_changed

UNREAD_STAMP = "leads.unread"
REREAD_AT_ONCE = 100
MISSING = "deleted, or no longer in the view of the base"
BRIDGE = timedelta(hours=3)
"""A flag holds so long by itself; the hourly intake has carried it into the plan by then."""


@dataclass(frozen=True, slots=True)
class LastWord:
    """What the base said: why nothing may be sent now, or ``None``; and the mails it took back, with the reason."""

    unread: str | None
    withdrawn: Mapping[str, str]


async def reread_leads(
    rows: Sequence[Mapping[str, Any]], *, base: LeadBase, ledger: Ledger, campaign: Campaign, now: datetime
) -> LastWord:
    """Read the leads of ready mails again, one request per hundred, and withdraw the mails that must not go any more.

    Args:
        rows: Ready sends that are next.
        base: The lead base.
        ledger: Where mails are withdrawn, and the records kept.
        campaign: Field names, and what to do when the base is away.
        now: The moment.
    """
    names = {name: getattr(campaign.airtable.fields, name) for name in OPERATOR_OWNED}
    wanted = list(dict.fromkeys(str(row["lead_id"]) for row in rows))
    try:
        records = await base.records(view=campaign.airtable.view, fields=tuple(names.values()), record_ids=wanted)
    except ServiceFailure as failure:
        ledger.flags.stamp(UNREAD_STAMP, at=now, detail=str(failure.failure))
        if campaign.airtable.when_unread is WhenUnread.SEND:
            return LastWord(None, {})
        return LastWord(f"the leads could not be read again before sending: {failure.failure}", {})
    found = {record.record_id: record for record in records}
    received = ledger.records.receive(
        [(record.record_id, record.fields) for record in records],
        now=now, day=day_of(now, campaign.zone), complete=False,
        barred={record.record_id for record in records if record.fields.get(names["do_not_contact"])},
    )  # fmt: skip
    gone = ledger.records.leave([lead for lead in wanted if lead not in found], now=now)
    if received.days or gone:
        something_changed(ledger, now=now)
    return LastWord(None, withdraw(rows, found, missing=MISSING, ledger=ledger, campaign=campaign, now=now))


def withdraw_flagged(
    records: Sequence[LeadRecord], *, ledger: Ledger, campaign: Campaign, now: datetime
) -> Mapping[str, str]:
    """Withdraw ready mails of records that were just read with a flag or a correction: it counts from this moment."""
    found = {record.record_id: record for record in records}
    rows = [row for row in ledger.sends.ready(now=now + timedelta(days=366)) if row["lead_id"] in found]
    return withdraw(rows, found, missing="", ledger=ledger, campaign=campaign, now=now, hold=False)


def withdraw(
    rows: Sequence[Mapping[str, Any]],
    found: Mapping[str, LeadRecord],
    *,
    missing: str,
    ledger: Ledger,
    campaign: Campaign,
    now: datetime,
    hold: bool = True,
) -> Mapping[str, str]:
    """Cancel the mails that their records object to; ``hold`` keeps their people back until the plan knows.

    Returns:
        Key of the send to the reason.
    """
    facts: list[Suppression] = []
    objections: dict[str, str] = {}
    for row in rows:
        record = found.get(str(row["lead_id"]))
        reason = missing if record is None else _objection(row, record, campaign)
        if not reason:
            continue
        objections[row["send_key"]] = reason
        facts.append(
            Suppression(
                "address", row["address_hash"], SuppressionReason.DO_NOT_CONTACT, now, "lead_base",
                f"{row['lead_id']} {now.isoformat()}", now + BRIDGE, row["lead_id"],
            )
        )  # fmt: skip
    if hold:
        ledger.suppressions.add(facts, now=now)
    for reason in dict.fromkeys(objections.values()):
        keys = [key for key, objection in objections.items() if objection == reason]
        ledger.sends.cancel(keys, reason=reason, actor="lead base", now=now)
    return objections


def _objection(row: Mapping[str, Any], record: LeadRecord, campaign: Campaign) -> str | None:
    names = {name: getattr(campaign.airtable.fields, name) for name in OPERATOR_OWNED}
    raw = RawLead(record.record_id, row["day"], record.created_at, in_view=True, fields=rename(record.fields, names))
    (lead,) = normalise([raw])
    if lead.do_not_contact:
        return "the operator set do-not-contact"
    if lead.rejected:
        return lead.rejected
    if lead.override.startswith("mismatch"):
        return "the address was not verified: mismatch"
    return "the address on the record was changed" if lead.address != row["address"] else None

"""From raw records to leads, as values and as the rows of the `leads` table."""

from collections.abc import Iterable, Sequence

import polars as pl

from resources.ledger.ledger import Ledger
from resources.ledger.records import StoredRecord
from rules.airtable_fields import OPERATOR_OWNED
from rules.campaign import Campaign
from rules.leads import Lead, RawLead, normalise, rename

LEAD_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "lead_id": pl.String, "status": pl.String, "reason": pl.String, "address": pl.String,
    "full_name": pl.String, "first_name": pl.String, "last_name": pl.String, "title": pl.String,
    "mail_text": pl.String, "company": pl.String, "website": pl.String, "company_key": pl.String,
    "country": pl.String, "state": pl.String, "city": pl.String, "source": pl.String, "priority": pl.Float64,
    "do_not_contact": pl.Boolean, "override": pl.String, "in_view": pl.Boolean, "zones": pl.List(pl.String),
    "zone_confidence": pl.String, "zone_how": pl.String, "country_code": pl.String, "subdivision": pl.String,
    "received_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


def all_leads(ledger: Ledger, campaign: Campaign) -> list[Lead]:
    """Every lead there is, in order of intake: duplicates are found over the whole list (rule B22)."""
    return leads_from(ledger.records.everything(), campaign)


def leads_from(records: Iterable[StoredRecord], campaign: Campaign) -> list[Lead]:
    """Leads from stored records under the campaign's field names."""
    names = {name: getattr(campaign.airtable.fields, name) for name in OPERATOR_OWNED}
    return normalise(
        RawLead(
            record_id=record.record_id,
            intake_day=record.intake_day,
            received_at=record.received_at,
            in_view=record.in_view,
            fields=rename(record.fields, names),
        )
        for record in records
    )


def lead_frame(leads: Sequence[Lead]) -> pl.DataFrame:
    """Rows of the `leads` table, one per lead or refused record."""
    rows = [
        {
            "day": lead.intake_day,
            "lead_id": lead.lead_id,
            "status": "rejected" if lead.rejected else "accepted",
            "reason": lead.rejected,
            "address": lead.address,
            "full_name": lead.full_name,
            "first_name": lead.first_name,
            "last_name": lead.last_name,
            "title": lead.title,
            "mail_text": lead.mail_text,
            "company": lead.company,
            "website": lead.website,
            "company_key": lead.company_key,
            "country": lead.country,
            "state": lead.state,
            "city": lead.city,
            "source": lead.source,
            "priority": lead.priority,
            "do_not_contact": lead.do_not_contact,
            "override": lead.override,
            "in_view": lead.in_view,
            "zones": list(lead.places.candidates),
            "zone_confidence": str(lead.places.confidence),
            "zone_how": lead.places.how,
            "country_code": lead.places.country,
            "subdivision": lead.places.subdivision,
            "received_at": lead.received_at,
        }
        for lead in leads
    ]
    return pl.DataFrame(rows, schema=LEAD_SCHEMA)

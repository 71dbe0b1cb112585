"""The base's fields: our names, the base's names of them, and who writes which.

What must hold: every field has one writer, people or the machine.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from rules.settings import Section, Text


class AirtableFields(Section):
    """Our name of a field to the base's name of it. Operator-owned ones are read, machine-owned ones written."""

    name: Text = "Name"
    first_name: Text = "First Name"
    last_name: Text = "Last Name"
    title: Text = "Title"
    email: Text = "Email"
    company: Text = "Company"
    website: Text = "Website"
    country: Text = "Country"
    state: Text = "State"
    city: Text = "City"
    phone: Text = "Phone"
    source: Text = "Source"
    priority: Text = "Priority"
    do_not_contact: Text = "Do Not Contact"
    attribution_override: Text = "Attribution Override"
    approval: Text = "Approval"
    status: Text = "Status"
    step: Text = "Step"
    variant: Text = "Variant"
    verdict: Text = "Verdict"
    verdict_reason: Text = "Verdict Reason"
    next_action: Text = "Next Action"
    next_action_at: Text = "Next Action At"
    last_event: Text = "Last Event"
    last_event_at: Text = "Last Event At"
    last_sent_at: Text = "Last Sent At"
    message_id: Text = "Message Id"
    audit: Text = "Audit"
    cost_usd: Text = "Cost USD"
    draft: Text = "Draft"


OPERATOR_OWNED = (
    "name", "first_name", "last_name", "title", "email", "company", "website", "country", "state", "city",
    "phone", "source", "priority", "do_not_contact", "attribution_override", "approval",
)  # fmt: skip
"""Fields that people write; the machine only reads them (design 3)."""

MACHINE_OWNED = tuple(name for name in AirtableFields.model_fields if name not in OPERATOR_OWNED)
"""Fields that the mirror writes; people only read them."""


class WhenUnread(StrEnum):
    """What to do with ready mails when the base cannot be read just before sending."""

    DEFER = "defer"
    """Wait until it can: what the operator changed meanwhile is not known."""
    SEND = "send"
    """Send on what was read last."""


class Airtable(Section):
    """Where the leads live."""

    base: Text = "appSandbox0000001"
    """The base's id, from its address."""
    table: Text = "Leads"
    """The table's name or id."""
    view: Text = "Queue"
    """The view whose records are leads; a record that leaves it is not mailed."""
    when_unread: WhenUnread = WhenUnread.DEFER
    """Leads are read again just before they are mailed; this is for when Airtable is away then."""
    requests_per_second: Annotated[float, Field(ge=0, le=5)] = 4.5
    """0 switches pacing off, for a local stand-in in virtual time."""
    fields: AirtableFields = AirtableFields()

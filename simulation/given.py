"""Mails whose texts are given: what stands for research and drafting where a run is about sending alone.

What must hold: whom a mail goes to, which step it is and when it may go is the plan's word, as it is with drafted ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from resources.ledger.sends import NewSend
from rules.hashing import send_key
from rules.mail import Mail
from simulation.site import Site
from stages.places import zones_of


def prepare_given(site: Site, chosen: Sequence[Mapping[str, Any]], day: str) -> None:
    """Make the picked rows of a day's plan ready with a text that no model wrote, in one transaction."""
    people = site.people()
    site.ledger.sends.prepare([_mail(site, row, people[row["lead_id"]], day) for row in chosen], now=site.now)


def _mail(site: Site, row: Mapping[str, Any], lead: Mapping[str, Any], day: str) -> NewSend:
    name = lead["full_name"] or lead["address"]
    return NewSend(
        send_key=send_key(site.campaign.id, row["step"], lead["address"]),
        campaign=site.campaign.id,
        step=row["step"],
        address=lead["address"],
        address_hash=lead["address_hash"],
        lead_id=row["lead_id"],
        company_key=row["company_key"],
        to_name=name,
        variant=row["variant"],
        day=day,
        places=zones_of(lead),
        mail=Mail(f"The {row['step']} of {day}", f"Hello {name},\n\nwould a page about this be of use to you?"),
        not_before=site.now,
    )

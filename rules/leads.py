"""From records as received to leads: normalised, deduplicated, placed; what is refused keeps its reason (rule B22).

What must hold: insert a person twice, get one lead; the order of intake decides which record it is.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from rules.addresses import AddressProblem, parse_address
from rules.domains import owner_domain
from rules.hashing import content_hash, encodable
from rules.hosts import host_of
from rules.place.locating import locate
from rules.place.zones import Zones


@dataclass(frozen=True, slots=True)
class RawLead:
    """A record's fields under our own names, with when it came."""

    record_id: str
    intake_day: str
    received_at: datetime
    in_view: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lead:
    """A person at a company, or a record that cannot become one (``rejected`` says why).

    Attributes:
        address: Normalised address; empty where there is none.
        company_key: The company's registrable domain, else its folded name: what "the same company" means for caps,
            research and suppression.
        places: Candidate zones.
        priority: Higher goes first; 0 where the operator said nothing.
    """

    lead_id: str
    intake_day: str
    received_at: datetime
    in_view: bool
    full_name: str
    first_name: str
    last_name: str
    title: str
    address: str
    mail_text: str
    company: str
    website: str
    company_key: str
    country: str
    state: str
    city: str
    source: str
    priority: float
    do_not_contact: bool
    override: str
    places: Zones
    rejected: str | None


CELL_LIMIT = 1000
"""Characters of a cell that are read; what people and companies are called is shorter."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


DOCUMENTATION = frozenset({"example.com", "example.net", "example.org"})
"""Reserved names (RFC 2606): in sample data every name under them is somebody else's."""


def text_of(value: Any) -> str:
    """A cell as one line of text without control characters; lists are joined, missing is empty."""
    if value is None or value is False:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(text_of(part) for part in value)[:CELL_LIMIT]
    return " ".join(_CONTROL.sub(" ", encodable(str(value))).split())[:CELL_LIMIT]


def rename(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A base's fields under our own names.

    Args:
        fields: The record's fields as the base spells them.
        names: Our name to the base's.
    """
    return {ours: fields[theirs] for ours, theirs in names.items() if theirs in fields}


def company_key_of(website: str, company: str, mail_domain: str) -> str:
    """The key of a company: the registrable domain of its site, else its name, else the mail domain."""
    host = host_of(website) if website else None
    if host and (owner := owner_domain(host)):
        return host.removeprefix("www.") if owner in DOCUMENTATION else owner
    if name := " ".join(company.casefold().split()):
        return f"name:{content_hash(name)[:16]}"
    return mail_domain


def normalise(records: Iterable[RawLead]) -> list[Lead]:
    """Leads in order of intake. Pure: the same records give the same leads."""
    seen: dict[str, str] = {}
    return [_lead(record, seen) for record in records]


def _lead(record: RawLead, seen: dict[str, str]) -> Lead:
    cells = {name: text_of(value) for name, value in record.fields.items()}
    parsed = parse_address(cells.get("email", ""))
    problem: str | None = None
    address = domain = ""
    if isinstance(parsed, AddressProblem):
        problem = parsed.sentence
    else:
        address, domain = parsed.text, parsed.domain
        first = seen.setdefault(address, record.record_id)
        if first != record.record_id:
            problem = f"the same person as record {first}"
    first_name, last_name = cells.get("first_name", ""), cells.get("last_name", "")
    full_name = cells.get("name", "") or f"{first_name} {last_name}".strip()
    if full_name and not first_name:
        first_name, _, last_name = full_name.partition(" ")
    website, company = cells.get("website", ""), cells.get("company", "")
    for name, cell in (("name", full_name), ("company", company), ("first name", first_name)):
        if cell[:1] in "=+@" and cell[:1] and not problem:
            problem = f"the {name} is a spreadsheet formula: {cell[:40]!r}"
    if not company and not website and not problem:
        problem = "neither a company nor a website: there is nothing to verify the address against"
    site = host_of(website) if website else None
    return Lead(
        lead_id=record.record_id,
        intake_day=record.intake_day,
        received_at=record.received_at,
        in_view=record.in_view,
        full_name=full_name,
        first_name=first_name,
        last_name=last_name,
        title=cells.get("title", ""),
        address=address,
        mail_text=cells.get("email", ""),
        company=company,
        website=website,
        company_key=company_key_of(website, company, domain),
        country=cells.get("country", ""),
        state=cells.get("state", ""),
        city=cells.get("city", ""),
        source=cells.get("source", ""),
        priority=_number(record.fields.get("priority")),
        do_not_contact=bool(record.fields.get("do_not_contact")),
        override=cells.get("attribution_override", "").casefold(),
        places=_located(
            cells.get("country", ""), cells.get("state", ""), cells.get("city", ""),
            cells.get("phone") or None, domain or None, site,
        ),
        rejected=problem,
    )  # fmt: skip


@lru_cache(maxsize=65_536)
def _located(country: str, state: str, city: str, *hints: str | None) -> Zones:
    """Each distinct place is looked up once."""
    phone, mail_domain, site_domain = hints
    return locate(country, state, city, phone=phone, mail_domain=mail_domain, site_domain=site_domain)


def _number(value: Any) -> float:
    """A cell as a number; 0 for what is none, and for what only pretends to be one (``nan``, ``inf``)."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0

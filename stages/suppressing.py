"""An operator's word on who must not be mailed: added at once, lifted only by name, both in the journal.

What must hold: a lift takes back rows, one by one, and leaves them in the table; nothing lifts by itself (I2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resources.ledger.ledger import Ledger
from resources.ledger.suppressions import Suppression, SuppressionReason
from rules.addresses import AddressProblem, parse_address
from rules.domains import owner_domain
from rules.hashing import address_hash


class NobodyMeant(ValueError):
    """What was given is neither an address nor a domain; the message says what it could be."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom an operator means: an address by its keyed hash, or a company by its domain."""

    kind: str
    key: str
    shown: str


def meant_by(asked: str, pepper: str) -> Meant:
    """Read an address or a domain.

    Raises:
        NobodyMeant: It is neither.
    """
    text = asked.strip()
    if "@" in text:
        parsed = parse_address(text)
        if isinstance(parsed, AddressProblem):
            raise NobodyMeant(f"{asked!r} is no address: {parsed.sentence}")
        return Meant("address", address_hash(parsed.text, pepper), "this address")
    domain = owner_domain(text.casefold().removeprefix("www."))
    if domain is None:
        raise NobodyMeant(f"{asked!r} is neither an address nor a domain such as harbour.com")
    return Meant("company", domain, domain)


def suppress(meant: Meant, *, reason: str, ledger: Ledger, actor: str, now: datetime) -> bool:
    """Suppress for good, on an operator's word.

    Returns:
        Whether that was new.
    """
    fact = Suppression(
        meant.kind, meant.key, SuppressionReason.DO_NOT_CONTACT, now, actor, f"{reason} ({now.isoformat()})"
    )
    known = [row for row in standing(meant, ledger=ledger, now=now) if row["source"] == actor and row["until"] is None]
    return not known and ledger.suppressions.add([fact], now=now) == 1


def standing(meant: Meant, *, ledger: Ledger, now: datetime) -> Sequence[dict[str, Any]]:
    """The suppressions in force, oldest first."""
    return ledger.suppressions.live(now=now).get(meant.key, [])


def lift(meant: Meant, *, reason: str, ledger: Ledger, actor: str, now: datetime) -> Sequence[dict[str, Any]]:
    """Take back every suppression in force; what was lifted, with what it had been for."""
    rows = standing(meant, ledger=ledger, now=now)
    ledger.suppressions.lift([row["id"] for row in rows], reason=reason, actor=actor, now=now)
    return rows

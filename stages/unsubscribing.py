"""The link that ends it: a signed token that names the send and shows no address (RFC 8058).

What must hold: a token of ours finds its reader also where the ledger has forgotten the mail (an older copy was put
back): a send's key is made of the address, and the addresses of all leads are known.
"""

import hmac
from datetime import datetime

from resources.ledger.ledger import Ledger
from resources.ledger.suppressions import Suppression, SuppressionReason
from rules.addresses import normalise_address
from rules.hashing import address_hash, send_key


def token_of(key: str, pepper: str) -> str:
    """The token: the send's key and its signature."""
    signature = hmac.digest(pepper.encode(), f"unsubscribe:{key}".encode(), "sha256").hex()[:32]
    return f"{key}.{signature}"


def read_token(token: str, pepper: str) -> str | None:
    """The send key of a token, or ``None`` where the signature is not ours."""
    key, _, _ = token.rpartition(".")
    return key if token.isascii() and key and hmac.compare_digest(token, token_of(key, pepper)) else None


def unsubscribe_link(base: str, key: str, pepper: str) -> str:
    """The page's address for the recipient of a send; the page may have parameters of its own."""
    return f"{base}{'&' if '?' in base else '?'}t={token_of(key, pepper)}"


def unsubscribe(token: str, *, ledger: Ledger, pepper: str, now: datetime) -> bool:
    """Suppress whoever the token's mail went to, for good; repeating it changes nothing.

    Returns:
        Whether the token is one of ours and its reader known.
    """
    key = read_token(token, pepper)
    reader = _reader(key, ledger, pepper) if key else None
    if reader is None:
        return False
    hashed, lead_id = reader
    fact = Suppression(
        kind="address",
        key=hashed,
        reason=SuppressionReason.UNSUBSCRIBED,
        at=now,
        source="unsubscribe_link",
        evidence=str(key),
        lead_id=lead_id,
    )
    ledger.suppressions.add([fact], now=now)
    return True


def _reader(key: str, ledger: Ledger, pepper: str) -> tuple[str, str] | None:
    """The hash of the address that a send went to, and the lead."""
    row = ledger.questions.send_of(key)
    if row is not None:
        return row["address_hash"], row["lead_id"]
    campaign, _, step = key.rpartition(".")[0].rpartition(".")
    for record in ledger.records.everything():
        for cell in record.fields.values():
            if isinstance(cell, str) and "@" in cell:
                address = normalise_address(cell)
                if send_key(campaign, step, address) == key:
                    return address_hash(address, pepper), record.record_id
    return None

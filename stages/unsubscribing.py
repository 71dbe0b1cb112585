"""The link that ends it: a signed token that names the send and shows no address (RFC 8058)."""

import hashlib
import hmac
from datetime import datetime

from resources.ledger.ledger import Ledger
from resources.ledger.suppressions import Suppression, SuppressionReason


def token_of(send_key: str, pepper: str) -> str:
    """The token: the send's key and its signature."""
    signature = hmac.new(pepper.encode(), f"unsubscribe:{send_key}".encode(), hashlib.sha256).hexdigest()[:32]
    return f"{send_key}.{signature}"


def read_token(token: str, pepper: str) -> str | None:
    """The send key of a token, or ``None`` where the signature is not ours."""
    key, _, _ = token.rpartition(".")
    return key if token.isascii() and key and hmac.compare_digest(token, token_of(key, pepper)) else None


def unsubscribe_link(base: str, send_key: str, pepper: str) -> str:
    """The page's address for one recipient; the page may have parameters of its own."""
    return f"{base}{'&' if '?' in base else '?'}t={token_of(send_key, pepper)}"


def unsubscribe(token: str, *, ledger: Ledger, pepper: str, now: datetime) -> bool:
    """Suppress whoever the token's mail went to, for good; repeating it changes nothing.

    Returns:
        Whether the token is one of ours.
    """
    key = read_token(token, pepper)
    row = ledger.questions.send_of(key) if key else None
    if row is None:
        return False
    fact = Suppression(
        kind="address",
        key=row["address_hash"],
        reason=SuppressionReason.UNSUBSCRIBED,
        at=now,
        source="unsubscribe_link",
        evidence=str(key),
        lead_id=row["lead_id"],
    )
    ledger.suppressions.add([fact], now=now)
    return True

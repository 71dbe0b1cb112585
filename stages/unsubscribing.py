"""The link that ends it: a signed token that names the send and shows no address (RFC 8058)."""

import hashlib
import hmac


def token_of(send_key: str, pepper: str) -> str:
    """The token: the send's key and its signature."""
    signature = hmac.new(pepper.encode(), f"unsubscribe:{send_key}".encode(), hashlib.sha256).hexdigest()[:32]
    return f"{send_key}.{signature}"


def read_token(token: str, pepper: str) -> str | None:
    """The send key of a token, or ``None`` where the signature is not ours."""
    key, _, _ = token.rpartition(".")
    return key if key and hmac.compare_digest(token, token_of(key, pepper)) else None


def unsubscribe_link(base: str, send_key: str, pepper: str) -> str:
    """The page's address for one recipient."""
    return f"{base}?t={token_of(send_key, pepper)}"

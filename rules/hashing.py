"""Content keys: equal inputs give equal keys on every machine (rules B11, B30)."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
_SENDS = uuid5(NAMESPACE_URL, "outbound:send").bytes


def canonical(value: Any) -> str:
    """JSON with sorted keys and no white space: the one text form that is hashed and stored."""
    return encodable(_ENCODER.encode(value))


def encodable(text: str) -> str:
    """The text without halves of surrogate pairs: JSON may carry them (a cut emoji), UTF-8 and databases cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def content_hash(value: Any) -> str:
    """The first 32 hex digits of SHA-256 over the canonical form."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:32]


def input_hash(**parts: Any) -> str:
    """The key of a stage's inputs: data, prompt, model and rule version together (rule B30)."""
    return content_hash(parts)


def send_key(campaign: str, step: str, address: str) -> str:
    """The key of a send: one per campaign, step and normalised address (invariant I1). Shows no address."""
    digest = hashlib.sha256(f"{campaign}\x1f{step}\x1f{address}".encode()).hexdigest()[:24]
    return f"{campaign}.{step}.{digest}"


def idempotency_key(key: str) -> str:
    """The provider's idempotency key of a send: a UUID derived from its key, so that a repeat carries the same."""
    return str(UUID(bytes=hashlib.sha1(_SENDS + key.encode(), usedforsecurity=False).digest()[:16], version=5))


def address_hash(address: str, pepper: str) -> str:
    """Keyed hash of a normalised address: suppressions survive the erasure of the address itself."""
    return hmac.digest(pepper.encode(), address.encode(), "sha256").hex()


def draw(*, seed: str, options: int) -> int:
    """A stable choice among ``options``, spread evenly over seeds: variants without a random generator."""
    if options < 1:
        raise ValueError("there is nothing to choose from")
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") % options


def chained(previous: str, entry: Mapping[str, Any]) -> str:
    """The hash of a journal entry over its predecessor's: a changed or missing entry breaks the chain (rule A11)."""
    return hashlib.sha256(f"{previous}\n{canonical(entry)}".encode()).hexdigest()

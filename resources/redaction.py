"""What may never stand in a log, an error or an alert: secrets and mail addresses (rule B37).

Two nets: by key (a field called ``api_key`` is hidden whatever it holds) and by pattern (a key inside a sentence is
hidden wherever it stands). What must hold: redacting twice changes nothing, and redacting never raises.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

SECRET: Final = "[secret]"  # noqa: S105 - what stands in a secret's place
ADDRESS: Final = "[address]"

_SECRET_KEYS: Final = re.compile(
    r"(?:^|[_\-.])(?:api[_-]?key|apikey|key|token|secret|password|passwd|passphrase|authorization|credentials?|cookie|pepper)$",
    re.IGNORECASE,
)
_HARMLESS_KEYS: Final = frozenset(
    {
        "send_key",
        "cache_key",
        "company_key",
        "partition_key",
        "asset_key",
        "dedupe_key",
        "lead_key",
        "item_key",
        "idempotency_key",
        "merge_key",
    }
)
_ADDRESS_KEYS: Final = re.compile(r"(?:^|[_\-.])(?:e?mails?|address|recipient|reply[_-]?to)$", re.IGNORECASE)

_SECRETS: Final = (
    re.compile(r"\d{5,}:[A-Za-z0-9_-]{30,}"),  # Telegram bot tokens, which are part of every URL of theirs
    re.compile(r"\bpat(?:[A-Za-z0-9]{10,}\.[A-Za-z0-9]{20,}|-[A-Za-z0-9.\-]{8,})"),  # Airtable personal access tokens
    re.compile(r"\bx(?:key|smtp)sib-[A-Za-z0-9*\-]{4,}"),  # Brevo API and SMTP keys
    re.compile(r"\b(?:sk|pplx)-(?:[A-Za-z0-9*_\-]{4,}|[.…]+)[.…]*[A-Za-z0-9]*"),  # OpenAI, Perplexity; masked ones too
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user and password inside a URL
)
_CARRIED: Final = re.compile(
    r"(?P<name>\b(?:bearer|basic)\s+|\b(?:api[_-]?key|token|password|secret)\b[\"']?\s*[=:]\s*[\"']?)(?P<value>[^\s\"',;&\[\]{}]+)",
    re.IGNORECASE,
)
_DEEPEST: Final = 8
_BEARER_PROSE: Final = frozenset({"token", "tokens", "auth", "authentication", "authorization", "plan"})
_EMAIL: Final = re.compile(
    r"[^\s<>\"'(),:;\[\]{}|=/\\@]{1,64}@[^\s<>\"'(),:;\[\]{}|=/\\@]+\.[^\s<>\"'(),:;\[\]{}|=/\\@]+"
)


def redact(text: str) -> str:
    """Hide secrets and mail addresses in running text.

    Args:
        text: Any text, e.g. a provider's error message.

    Returns:
        The text with ``[secret]`` and ``[address]`` in their place.
    """
    for pattern in _SECRETS:
        text = pattern.sub(SECRET, text)
    text = _CARRIED.sub(_hide_carried, text)
    return _EMAIL.sub(ADDRESS, text)


def redact_value(value: Any, *, key: str = "", depth: int = 0) -> Any:
    """Hide secrets and addresses in a value of any shape; containers are copied, other objects become text.

    Args:
        value: What a log call was given.
        key: The name it was given under; a secret's name hides the value whatever it is.
        depth: Containers around it; beyond eight nothing is shown, so that a value that holds itself ends.
    """
    if value is None or isinstance(value, bool):
        return value
    if _names_a_secret(key):
        return SECRET
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if depth >= _DEEPEST:
            return f"[{type(value).__name__}]"
        if isinstance(value, Mapping):
            names = [(_shown(name), inner) for name, inner in value.items()]
            return {redact(name): redact_value(inner, key=name, depth=depth + 1) for name, inner in names}
        return [redact_value(inner, key=key, depth=depth + 1) for inner in value]
    return _redact_scalar(value, key=key)


def _redact_scalar(value: Any, *, key: str) -> Any:
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return ADDRESS if _ADDRESS_KEYS.search(key) and "@" in value else redact(value)
    if isinstance(value, bytes | bytearray):
        return f"[{len(value)} bytes]"
    return redact(_shown(value))


def redacting_processor(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redact one structlog event; put it last before the renderer."""
    return {name: redact_value(value, key=name) for name, value in event.items()}


def _names_a_secret(key: str) -> bool:
    return bool(_SECRET_KEYS.search(key)) and key.lower() not in _HARMLESS_KEYS


def _hide_carried(match: re.Match[str]) -> str:
    if match["value"].lower() in _BEARER_PROSE:
        return match[0]
    return f"{match['name']}{SECRET}"


def _shown(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a value whose __str__ fails must not take the log line with it
        return f"[{type(value).__name__}]"

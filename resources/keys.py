"""Whether a key was set at all: asked when a connection opens, before any request (rule B18).

What must hold: the error names the service, the environment variable and the page that hands out keys, never the key.
"""

import re
from dataclasses import dataclass
from typing import Final

from rules.failures import FailureKind, ServiceFailure

_PLACEHOLDER: Final = re.compile(
    r"^(?:change[-_ ]?me|your[-_ ].*|.*[-_ ]here|replace.*|to-?do|none|null|x{3,}|\.{3,}|…+|<.*>|\$\{.*\}|.*\.\.\.)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a key comes from.

    Attributes:
        service: The service's name as people say it.
        variable: The environment variable that holds the key.
        page: Where a person gets one.
        refused: Beginnings of keys that belong elsewhere, with what to say about them.
        chosen: A person may have chosen it: a password, which may hold spaces and any letters.
    """

    service: str
    variable: str
    page: str
    refused: tuple[tuple[str, str], ...] = ()
    chosen: bool = False


PEPPER: Final = KeySource(
    service="Outbound",
    variable="OUTBOUND_PEPPER",
    page="`python -c 'import secrets; print(secrets.token_hex(32))'`, once, and keep it with your backups",
)
"""The secret behind address hashes and unsubscribe tokens."""


def require_key(value: str, source: KeySource) -> str:
    """Return the key, stripped, or explain what is missing.

    Raises:
        ServiceFailure: ``SYSTEMIC``, code ``missing_key``, ``placeholder_key`` or ``wrong_kind_of_key``.
    """
    key = value.strip()
    if not key:
        raise _failure("missing_key", source, f"{source.variable} is not set")
    if _PLACEHOLDER.match(key):
        raise _failure("placeholder_key", source, f"{source.variable} still holds a placeholder")
    if not source.chosen and (not key.isascii() or any(character.isspace() for character in key)):
        raise _failure("wrong_kind_of_key", source, f"{source.variable} holds spaces or characters no key has")
    for beginning, remark in source.refused:
        if key.startswith(beginning):
            raise _failure("wrong_kind_of_key", source, f"{source.variable} begins with {beginning}: {remark}")
    return key


def _failure(code: str, source: KeySource, problem: str) -> ServiceFailure:
    return ServiceFailure.of(
        FailureKind.SYSTEMIC,
        source.service.lower(),
        code,
        f"{problem}; {source.service} needs a key, get one at {source.page} and set {source.variable}",
    )

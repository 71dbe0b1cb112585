"""Where a mailbox is and how to get in.

What must hold: a password is never part of what is shown of an account.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Security(StrEnum):
    """How the connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"
    """Nothing: for the sandbox on this machine only."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account on an IMAP server and the folder that replies arrive in.

    Raises:
        ValueError: An unprotected connection to another machine.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    security: Security = Security.TLS

    def __post_init__(self) -> None:
        if self.security is Security.NONE and self.host not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError(f"a password is not sent unprotected to {self.host}; use tls or starttls")

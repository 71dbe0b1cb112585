"""What travels through the mail provider: mails, and the events it reports about them.

The one thing that must hold: an accepted mail never changes; everything that happens to it is an event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """Event names as the statistics endpoint writes them; webhooks have their own spelling."""

    REQUESTS = "requests"
    DELIVERED = "delivered"
    HARD_BOUNCE = "hardBounces"
    SOFT_BOUNCE = "softBounces"
    DEFERRED = "deferred"
    BLOCKED = "blocked"
    INVALID = "invalid"
    ERROR = "error"
    OPENED = "opened"
    PROXY_OPENED = "loadedByProxy"
    CLICK = "clicks"
    UNSUBSCRIBED = "unsubscribed"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Correspondent:
    """An address with the name written before it."""

    email: str
    name: str = ""

    @property
    def key(self) -> str:
        """The address as people are told apart by: lower case, no surrounding space."""
        return self.email.strip().lower()

    @property
    def domain(self) -> str:
        """Everything behind the last @."""
        return self.key.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail as handed to the provider."""

    sender: Correspondent
    to: tuple[Correspondent, ...]
    subject: str
    html: str = ""
    text: str = ""
    cc: tuple[Correspondent, ...] = ()
    bcc: tuple[Correspondent, ...] = ()
    reply_to: Correspondent | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    template_id: int | None = None
    attachments: int = 0


@dataclass(frozen=True, slots=True)
class AcceptedMail:
    """A mail the provider answered 201 for. `message_id` carries its angle brackets, as on the wire."""

    message_id: str
    uuid: str
    at: datetime
    mail: OutgoingMail
    ordinal: int


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One line of the provider's event log.

    `at` is when it happened, `visible_at` when a query can first see it: the real log lags and so does this one.
    """

    seq: int
    at: datetime
    visible_at: datetime
    kind: EventKind
    email: str
    message_id: str
    subject: str
    sender: str
    tags: tuple[str, ...]
    ip: str
    reason: str = ""
    link: str = ""
    template_id: int | None = None

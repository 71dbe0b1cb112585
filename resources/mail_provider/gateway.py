"""The mail provider as the stages see it: one send at a time without retries, everything else in bulk (rule A2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol


class EventKind(StrEnum):
    """Every event the provider knows, statistics and webhook spellings folded into one enumeration (rule B41)."""

    REQUEST = "request"
    DELIVERED = "delivered"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    DEFERRED = "deferred"
    BLOCKED = "blocked"
    INVALID = "invalid"
    ERROR = "error"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    PROXY_OPEN = "proxy_open"
    CLICKED = "clicked"
    UNRECOGNISED = "unrecognised"
    """Something the provider invented later: kept with its raw item, never dropped (invariant I6)."""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """What goes on the wire, complete and final.

    Attributes:
        send_key: Our key of the send; travels as the tag and as the ``X-Mailin-custom`` header.
        idempotency_key: UUID derived from the send key; the provider's own second belt.
        attachments: File name to content; for the operator's digest, never for a recipient.
        sandbox_drop: The provider validates and drops the mail (``X-Sib-Sandbox``): non-live modes.
    """

    send_key: str
    idempotency_key: str
    sender_name: str
    sender_email: str
    to_name: str
    to_email: str
    reply_to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    sandbox_drop: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the mail: its message id, angle brackets included, and the HTTP status."""

    message_id: str
    status: int


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One event as the provider holds it.

    Attributes:
        at: When it happened, in UTC (the wire carries the account's offset).
        send_key: Our key where the tag carried it.
        raw: The item as received.
        agent: The user agent that opened or clicked, where the provider tells it.
    """

    kind: EventKind
    message_id: str
    email: str
    at: datetime
    send_key: str | None
    reason: str | None
    link: str | None
    raw: Mapping[str, Any]
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class BlockedContact:
    """An address the provider will not mail, with its reason code and since when."""

    email: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """The account: credits left (``None`` where the plan has no count), time zone name, plan."""

    email: str
    company: str
    credits_left: int | None
    timezone: str | None
    plan: str


@dataclass(frozen=True, slots=True)
class SenderDomain:
    """A domain of senders.

    Attributes:
        authenticated: The provider signs in its name.
        keys: Host (below the domain) to value of each DKIM record it wants to see.
    """

    authenticated: bool
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where the provider posts events: the address, and the names of the events."""

    url: str
    events: tuple[str, ...]


class MailProvider(Protocol):
    """A transactional mail provider. All methods but `calls` raise `ServiceFailure`."""

    def calls(self) -> Mapping[str, int]:
        """Requests made through this object so far, by the provider's rate pools (``statistics``, ``account``, …)."""
        ...

    async def send(self, mail: OutgoingMail) -> Accepted:
        """Make exactly one request (invariant I1).

        Raises:
            ServiceFailure: ``PERMANENT``, ``FLOW_CONTROL`` or ``SYSTEMIC`` for an authoritative 4xx and ``TRANSIENT``
                where the connection was never made: only then was the mail provably not accepted.
                ``UNKNOWN_OUTCOME`` otherwise.
        """
        ...

    async def events(self, first: date, last: date) -> Sequence[ProviderEvent]:
        """Every event of the days ``first`` to ``last`` (account days, inclusive, at most 90), or raise (rule A8)."""
        ...

    async def blocked(self, since: date) -> Sequence[BlockedContact]:
        """Every blocked contact added since a day."""
        ...

    async def daily_requests(self, first: date, last: date) -> Mapping[date, int]:
        """Mails the provider counted as requested per account day: the other side of invariant I10."""
        ...

    async def account(self) -> ProviderAccount:
        """The account's state; the canary of rule B21."""
        ...

    async def senders(self) -> Mapping[str, bool]:
        """Sender addresses and whether each is active."""
        ...

    async def domain(self, name: str) -> SenderDomain | None:
        """What the provider knows of a domain of senders; ``None`` where it was never added."""
        ...

    async def webhooks(self) -> Sequence[Webhook]:
        """Where the provider posts transactional events."""
        ...

"""The mail provider's books: mails it took, events it reports, addresses it blocks, keys it has seen.

The one thing that must hold: an accepted mail is in `mails` for good, and every event names a mail that is there.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sandbox.keys import SANDBOX_SENDER_DOMAIN, SANDBOX_SENDER_EMAIL, SANDBOX_SENDER_NAME
from sandbox.world.mail import AcceptedMail, EventKind, MailEvent, OutgoingMail
from sandbox.world.places import zone_called


@dataclass(frozen=True, slots=True)
class BlockedContact:
    """An address the provider will not mail, with its reason code."""

    email: str
    sender: str
    code: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender of the account; an inactive one is accepted on the wire and fails afterwards."""

    id: int
    name: str
    email: str
    active: bool


@dataclass(slots=True)
class Webhook:
    """A subscription; posts leave for loopback addresses only."""

    id: int
    url: str
    description: str
    kind: str
    events: list[str]
    created: datetime
    modified: datetime
    batched: bool = False
    auth: dict[str, str] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ScheduledMail:
    """A mail accepted for later, with its batch."""

    message_id: str
    batch_id: str
    mail: OutgoingMail
    created: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Filters of the event log, all optional; days are calendar days of the account's zone, both included."""

    first_day: date | None = None
    last_day: date | None = None
    kind: EventKind | None = None
    email: str | None = None
    message_id: str | None = None
    tags: tuple[str, ...] = ()
    template_id: int | None = None


@dataclass(slots=True)
class Provider:
    """The account. Times are UTC; `zone` only shifts what is shown and where days begin."""

    zone: str
    mails: dict[str, AcceptedMail] = field(default_factory=dict)
    events: list[MailEvent] = field(default_factory=list)
    blocked: dict[str, BlockedContact] = field(default_factory=dict)
    keys: dict[str, datetime] = field(default_factory=dict)
    senders: list[Sender] = field(
        default_factory=lambda: [Sender(1, SANDBOX_SENDER_NAME, SANDBOX_SENDER_EMAIL, active=True)]
    )
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    scheduled: dict[str, ScheduledMail] = field(default_factory=dict)
    blocked_domains: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=lambda: {SANDBOX_SENDER_DOMAIN})
    _by_mail: dict[str, list[MailEvent]] = field(init=False, default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for event in self.events:
            self._by_mail[event.message_id].append(event)

    def valid_sender(self, email: str) -> bool:
        """Whether mail from this address leaves the provider."""
        key = email.strip().lower()
        return key.rpartition("@")[2] in self.domains or any(s.email == key and s.active for s in self.senders)

    def record(self, event: MailEvent) -> None:
        """Append an event. Events arrive in order of `at`, because the world's time only moves forward."""
        assert event.seq == len(self.events) + 1, "events are numbered from 1, without a gap"
        self.events.append(event)
        self._by_mail[event.message_id].append(event)

    def block(self, contact: BlockedContact) -> None:
        """Block an address; the first reason stays."""
        self.blocked.setdefault(contact.email.strip().lower(), contact)

    def of_mail(self, message_id: str) -> list[MailEvent]:
        """Return everything that has happened to one mail, oldest first."""
        return list(self._by_mail.get(message_id, ()))

    def query(self, wanted: EventQuery, *, now: datetime) -> list[MailEvent]:
        """Return visible events that pass every filter, oldest first."""
        email = wanted.email.strip().lower() if wanted.email else None
        return [
            event
            for event in self._candidates(wanted)
            if event.visible_at <= now
            and (wanted.kind is None or event.kind is wanted.kind)
            and (email is None or event.email == email)
            and (wanted.template_id is None or event.template_id == wanted.template_id)
            and (not wanted.tags or set(wanted.tags) & set(event.tags))
        ]

    def _candidates(self, wanted: EventQuery) -> Iterable[MailEvent]:
        if wanted.message_id is not None:
            start, end = self.instants(wanted.first_day, wanted.last_day)
            return (event for event in self.of_mail(wanted.message_id) if start <= event.at < end)
        return self.within(wanted.first_day, wanted.last_day)

    def within(self, first_day: date | None, last_day: date | None) -> Iterator[MailEvent]:
        """Walk events of a range of days without looking at the others."""
        start, end = self.instants(first_day, last_day)
        low = bisect_left(self.events, start, key=lambda event: event.at)
        high = bisect_left(self.events, end, key=lambda event: event.at)
        return (self.events[index] for index in range(low, high))

    def instants(self, first_day: date | None, last_day: date | None) -> tuple[datetime, datetime]:
        """Return the half-open range of instants that the account's zone calls these days."""
        zone = zone_called(self.zone)
        start = (
            datetime.combine(first_day, time(), zone).astimezone(UTC) if first_day else datetime.min.replace(tzinfo=UTC)
        )
        if last_day is None:
            return start, datetime.max.replace(tzinfo=UTC)
        return start, datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)

    def local_day(self, instant: datetime) -> date:
        """Return the calendar day of the account's zone."""
        return instant.astimezone(zone_called(self.zone)).date()

    def seen_key(self, key: str, *, now: datetime, lifetime: timedelta) -> bool:
        """Remember an idempotency key; True if it was already held and has not expired."""
        if len(self.keys) > 10_000:  # noqa: PLR2004 - only keeps the table small, no behaviour hangs on it
            self.keys = {known: until for known, until in self.keys.items() if until > now}
        held = self.keys.get(key)
        if held is not None and held > now:
            return True
        self.keys[key] = now + lifetime
        return False

    def sent_between(self, start: datetime, end: datetime) -> list[AcceptedMail]:
        """Return mails accepted in a half-open range, oldest first."""
        mails = list(self.mails.values())
        low = bisect_left(mails, start, key=lambda accepted: accepted.at)
        high = bisect_right(mails, end, key=lambda accepted: accepted.at)
        return [accepted for accepted in mails[low:high] if accepted.at < end]

"""Everything that can happen in a simulated run, as plain facts (invariants I1 to I11).

What must hold: a fact is taken at a boundary (the world, a gateway, the ledger's commit) and says what happened there,
never what the code under test thinks of it. This module knows nothing of the product; who reads it need not either.
Nobody changes a fact; that they are not frozen saves a tenth of a run that takes down a hundred thousand of them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time


@dataclass(slots=True, kw_only=True)
class Fact:
    """Something that happened.

    Attributes:
        at: The virtual instant, in UTC. Facts stand in the order in which they happened; many share an instant.
        who: The process it happened in as ``job-lane#run`` (``outreach-2#17``): one life, from start to end, crash or
            not. Empty where it is the world's doing or an operator's.
    """

    at: datetime
    who: str = ""


@dataclass(slots=True, kw_only=True)
class RunStarted(Fact):
    """The first fact of every history: the settings that do not change. Limits are in `CapsInForce`.

    Attributes:
        zone: The operator's IANA zone: a sending day is a day there.
        provider_zone: The provider account's IANA zone: its books are by days there.
        steps: Names of the sequence's steps and the days after the opener they come at, in order.
        opens: When business hours begin on the recipient's clock, ``closes`` when they end.
        minutes_left: A request starts at least so long before they end.
        closed_days: The sender's own holidays, everywhere.
        operator: The operator's own address: the digest goes there at any hour and counts against no cap.
    """

    seed: int
    faults: str
    campaign: str
    zone: str
    provider_zone: str
    steps: tuple[tuple[str, int], ...]
    opens: time
    closes: time
    minutes_left: int
    closed_days: tuple[date, ...] = ()
    operator: str = ""


@dataclass(slots=True, kw_only=True)
class RecipientKnown(Fact):
    """Who somebody is and where they may sit; a later fact for the same ``lead_id`` replaces an earlier one.

    Attributes:
        zones: Every IANA zone the person may be in, from the generator that made them, not from our reading of it.
        country: ISO 3166 code, ``None`` if nobody could tell.
        subdivision: Code of the state as the `holidays` package spells it, where the record names one.
    """

    lead_id: str
    address: str
    company: str
    zones: tuple[str, ...]
    country: str | None = None
    subdivision: str | None = None


@dataclass(slots=True, kw_only=True)
class CapsInForce(Fact):
    """The limits from now on. ``ramp``: the day's limit on the first, second, ... day on which anything is sent."""

    per_hour: int
    per_day: int
    ramp: tuple[int, ...]
    per_company_per_day: int


@dataclass(slots=True, kw_only=True)
class Planned(Fact):
    """A row of a day's plan that asks for a mail (``due``) or waits with one (``ready``), when it appears there."""

    day: str
    lead_id: str
    step: str
    standing: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Approved(Fact):
    """A mail became durable as ready to go. ``fingerprint`` is over subject and text (see `simulation.history`)."""

    key: str
    lead_id: str
    address: str
    company: str
    step: str
    day: str
    subject: str
    text: str
    fingerprint: str


@dataclass(slots=True, kw_only=True)
class StateChanged(Fact):
    """A send's row as committed. ``before`` is empty for a new row; a rewrite in the same state is no change."""

    key: str
    before: str
    after: str
    epoch: int
    reason: str = ""
    message_id: str = ""


@dataclass(slots=True, kw_only=True)
class IntentDurable(Fact):
    """The commit of an intent returned. ``day`` is the operator's day it is counted in, ``intended_at`` as stored."""

    key: str
    epoch: int
    address: str
    company: str
    day: str
    intended_at: datetime


@dataclass(slots=True, kw_only=True)
class RequestStarted(Fact):
    """Our side called the provider: from here on the mail may be accepted, whatever is answered."""

    key: str
    address: str
    subject: str
    text: str
    html: str
    fingerprint: str
    idempotency_key: str


@dataclass(slots=True, kw_only=True)
class ProviderAccepted(Fact):
    """The provider took a mail, by its own books. ``key`` is the tag it carries."""

    key: str
    address: str
    message_id: str
    subject: str
    text: str
    fingerprint: str


@dataclass(slots=True, kw_only=True)
class OutcomeSeen(Fact):
    """What our side was told: ``accepted`` with a message id, or the kind of failure with its detail."""

    key: str
    outcome: str
    message_id: str = ""
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class SuppressionDurable(Fact):
    """From this commit on nobody may write to ``whom``: an address, or a company where ``kind`` is ``company``.

    Attributes:
        until: When it passes; ``None`` for never.
        key: The address' keyed hash, or the company again: names the fact where the address is nobody's we know.
    """

    kind: str
    whom: str
    key: str
    reason: str
    source: str
    until: datetime | None = None


@dataclass(slots=True, kw_only=True)
class SuppressionLifted(Fact):
    """A suppression was taken back; ``whom``, ``key`` and ``reason`` are those of the suppression."""

    kind: str
    whom: str
    key: str
    reason: str


@dataclass(slots=True, kw_only=True)
class EventHeld(Fact):
    """The provider wrote an event into its log; a query shows it from ``visible_at`` on (kinds as in `EVENT_KINDS`)."""

    kind: str
    message_id: str
    address: str
    happened_at: datetime
    visible_at: datetime
    link: str = ""


@dataclass(slots=True, kw_only=True)
class EventApplied(Fact):
    """An event became durable in our ledger; the same three name it: kind, message id, moment (and link)."""

    kind: str
    message_id: str
    happened_at: datetime
    link: str = ""


@dataclass(slots=True, kw_only=True)
class LetterHeld(Fact):
    """A letter lies in the mailbox from now on."""

    uid: str
    sender: str
    kind: str


@dataclass(slots=True, kw_only=True)
class LetterApplied(Fact):
    """A letter became durable in our ledger; ``label`` is what it was taken for."""

    uid: str
    label: str
    key: str = ""


@dataclass(slots=True, kw_only=True)
class ProcessStarted(Fact):
    """A process began. ``partition`` is the day it runs for, ``today`` the operator's day."""

    job: str
    partition: str
    today: str


@dataclass(slots=True, kw_only=True)
class ProcessEnded(Fact):
    """A process came to its end: ``how`` is ``done`` or the failure that ended it."""

    how: str


@dataclass(slots=True, kw_only=True)
class ProcessCrashed(Fact):
    """A process is gone without a word, as after ``kill -9``; ``where`` names the boundary."""

    where: str


@dataclass(slots=True, kw_only=True)
class ProcessPaused(Fact):
    """A process stands still until an instant, as after ``SIGSTOP``; others run on unless it is ``the machine``."""

    until: datetime
    where: str


@dataclass(slots=True, kw_only=True)
class OperatorActed(Fact):
    """Somebody did something: ``pause``, ``resume``, ``do_not_contact``, ``correct``, ``send``, ``resolve``, ..."""

    action: str
    about: str = ""
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class SwitchChanged(Fact):
    """A switch that stops sending became durable (``on``) or was taken off."""

    name: str
    on: bool
    reason: str


@dataclass(slots=True, kw_only=True)
class LookedUp(Fact):
    """A send of unknown outcome was looked for: ``verdict`` is the state it is in after ``checks`` look-ups."""

    key: str
    verdict: str
    checks: int


@dataclass(slots=True, kw_only=True)
class PaidCall(Fact):
    """A model was asked, by its own books. ``partition`` is the day the process ran for, ``today`` the operator's."""

    service: str
    partition: str
    today: str


@dataclass(slots=True, kw_only=True)
class DayCounted(Fact):
    """A day of the provider's zone is over: mails by our books (by intent), unsure ones, and by the provider's books.

    The two counts are taken from the database and from the world, not from the product's own reconciliation.
    """

    day: str
    ours: int
    unsure: int
    theirs: int


@dataclass(slots=True, kw_only=True)
class TallyDurable(Fact):
    """The product's own comparison of a day became durable: ``equal``, ``missing`` or ``orphans``."""

    day: str
    ours: int
    theirs: int
    verdict: str


@dataclass(slots=True, kw_only=True)
class StatesCounted(Fact):
    """Rows of sends by state, as the database has them at the end of a day; digests to the operator left out."""

    counts: tuple[tuple[str, int], ...]


@dataclass(slots=True, kw_only=True)
class FaultStruck(Fact):
    """Something was made to go wrong; ``about`` is the send's key or what else it hit."""

    name: str
    about: str = ""


@dataclass(slots=True, kw_only=True)
class FaultsEnded(Fact):
    """From here on nothing is made to go wrong any more; processes are started until the end (invariant I9)."""


@dataclass(slots=True, kw_only=True)
class LedgerReplaced(Fact):
    """The ledger was replaced by its copy of ``since`` (``restored``), or a second machine got one (``cloned``)."""

    how: str
    since: datetime


@dataclass(slots=True, kw_only=True)
class TableRebuilt(Fact):
    """A past partition was made again from the ledger; equal content has an equal ``fingerprint``."""

    table: str
    partition: str
    rows: int
    fingerprint: str


@dataclass(slots=True, kw_only=True)
class RunEnded(Fact):
    """The last fact of a history."""


EVENT_KINDS = (
    "request", "delivered", "hard_bounce", "soft_bounce", "deferred", "blocked", "invalid", "error", "complaint",
    "unsubscribed", "opened", "proxy_open", "clicked",
)  # fmt: skip
"""How kinds of events are spelled in `EventHeld` and `EventApplied`."""

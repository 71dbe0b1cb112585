"""What the doctor looks with: how each gateway is opened, the stores, the campaign, and facts about this machine.

What must hold: nothing in here is opened before it is looked at, so that one missing key hides nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from resources.airtable.gateway import LeadBase
from resources.clock.gateway import Clock
from resources.domain_names.gateway import DomainNames
from resources.ledger.ledger import Ledger
from resources.mail_provider.gateway import MailProvider
from resources.mailbox.gateway import Mailbox
from resources.models.gateway import LanguageModel
from resources.telegram.gateway import Bot
from resources.web.gateway import Web
from rules.campaign import Campaign


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts about where this runs, read by whoever may read them.

    Attributes:
        free_bytes: Space left where the state lies.
        tz_release: Release of the time zone data, e.g. ``2026f``.
        python: Version of Python.
        sqlite: Version of SQLite.
        switch: What ``OUTBOUND_LIVE`` says.
        posted: Whether a token is set for events that the provider posts.
    """

    free_bytes: int
    tz_release: str
    python: tuple[int, int, int]
    sqlite: tuple[int, int, int]
    switch: str = ""
    posted: bool = False


@dataclass(frozen=True, slots=True)
class Orchestrator:
    """Facts about Dagster's instance.

    Attributes:
        storage: Its storage in words.
        writable: Whether a question to its storage was answered.
        daemons: Each daemon that is needed to the instant of its last heartbeat; ``None`` for never.
        at: When it was asked, by the machine's clock: heartbeats are.
        expected: Whether the daemon should run now.
    """

    storage: str
    writable: str
    daemons: Mapping[str, datetime | None]
    at: datetime
    expected: bool


@dataclass(frozen=True, slots=True)
class Practice:
    """Everything the doctor may look at.

    Attributes:
        warehouse: Reads the warehouse's sends of some days: day to rows; raises what reading raises.
        endpoints: Each service to an address whose `Date` header tells its clock.
        deep: Recompute the journal's whole chain too; its cost grows with history.
    """

    campaign: Campaign
    clock: Clock
    base: Callable[[], AbstractAsyncContextManager[LeadBase]]
    provider: Callable[[], AbstractAsyncContextManager[MailProvider]]
    writer: Callable[[], AbstractAsyncContextManager[LanguageModel]]
    researcher: Callable[[], AbstractAsyncContextManager[LanguageModel]]
    bot: Callable[[], AbstractAsyncContextManager[Bot]]
    mailbox: Callable[[], AbstractAsyncContextManager[Mailbox]]
    names: Callable[[], AbstractAsyncContextManager[DomainNames]]
    web: Callable[[], AbstractAsyncContextManager[Web]]
    ledger: Callable[[], AbstractContextManager[Ledger]]
    warehouse: Callable[[Sequence[str]], Mapping[str, int]]
    machine: Machine
    orchestrator: Callable[[], Orchestrator | None]
    commands: Mapping[str, str]
    secret: Callable[[], str]
    endpoints: Mapping[str, str] = field(default_factory=dict)
    deep: bool = True

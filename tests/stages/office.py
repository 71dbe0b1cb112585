"""A whole campaign in memory: a world, the gateways over it, a ledger, and one clock for all of them.

What must hold: a stage here meets the same acceptance logic as over HTTP, and time passes for everybody at once.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from resources.airtable.fake import fake_lead_base
from resources.airtable.lead_base import AirtableLeadBase, Place
from resources.backoff import Patience
from resources.ledger import ledger as book
from resources.ledger.ledger import Ledger
from resources.mail_provider.fake import fake_mail_provider
from resources.mail_provider.gateway import MailProvider
from resources.mailbox.fake import FakeMailbox
from resources.models.fake import fake_openai, fake_perplexity
from resources.models.gateway import LanguageModel
from resources.telegram.fake import fake_bot
from resources.telegram.gateway import Bot
from rules.airtable_fields import OPERATOR_OWNED
from rules.campaign import Campaign
from rules.hashing import address_hash
from rules.outcomes import StageReport
from sandbox import Habits, World, keys
from sandbox.clock import WorldClock
from sandbox.house import House
from sandbox.server import create_app
from stages.breakers import reopen
from stages.drafting import draft_mails
from stages.engagement import EngagementReport, pull_events
from stages.intake import IntakeReport, receive_records
from stages.leads import all_leads, lead_frame
from stages.queueing import Planned, picks, plan_day
from stages.replying import ReplyReport, pull_replies
from stages.researching import research_companies
from stages.sending import Sender, send_due
from stages.verification import verification_frame, verify_leads
from tests.builders import DAY, MONDAY, PEPPER, campaign

People = Mapping[str, Mapping[str, Any]]
QUIET = Habits(
    hard_bounce=0, invalid=0, soft_bounce=0, blocked=0, error=0, deferred_first=0, scanners=0, opens=0, proxy_opens=0,
    clicks=0, replies=0, out_of_office=0, unsubscribes=0, complaints=0,
)  # fmt: skip
"""People who receive their mail and do nothing; scripts say who does what."""


@dataclass
class TownClock:
    """The stages' clock and the world's are one."""

    world: World

    def now(self) -> datetime:
        return self.world.now

    async def sleep(self, seconds: float) -> None:
        self.world.advance(timedelta(seconds=seconds))

    def move_to(self, moment: datetime) -> None:
        self.world.advance_to(moment)


@dataclass
class Office:
    """Everything a stage asks for; replace a gateway to make it misbehave."""

    world: World
    ledger: Ledger
    campaign: Campaign
    base: AirtableLeadBase
    provider: MailProvider
    mailbox: FakeMailbox
    bot: Bot
    writer: LanguageModel
    researcher: LanguageModel
    keeper: sqlite3.Connection | None = None
    rereads: bool = False
    """Whether leads are read again before they are mailed; most tests mail people who are in no base."""
    clock: TownClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = TownClock(self.world)

    def close(self) -> None:
        """Close the ledger, and what keeps it."""
        self.ledger.close()
        if self.keeper is not None:
            self.keeper.close()

    @property
    def now(self) -> datetime:
        return self.world.now

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.world.advance(timedelta(**span))

    def add(self, *rows: Mapping[str, Any]) -> list[str]:
        """Put records into the base, as an operator would."""
        table = self.world.airtable.bases[keys.SANDBOX_BASE_ID].table_named(keys.SANDBOX_TABLE_NAME)
        assert table is not None
        return [record.id for record in self.world.airtable.create(table, [dict(row) for row in rows], now=self.now)]

    def change(self, record_id: str, **fields: Any) -> None:
        """Change a record, as an operator would; names as in the base with underscores for spaces."""
        table = self.world.airtable.bases[keys.SANDBOX_BASE_ID].table_named(keys.SANDBOX_TABLE_NAME)
        assert table is not None
        named = {name.replace("_", " "): value for name, value in fields.items()}
        self.world.airtable.update(table, [(record_id, named)], now=self.now)

    def remove(self, record_id: str) -> None:
        """Delete a record, as an operator would."""
        table = self.world.airtable.bases[keys.SANDBOX_BASE_ID].table_named(keys.SANDBOX_TABLE_NAME)
        assert table is not None
        self.world.airtable.delete(table, [record_id])

    async def one_lead(self, **fields: Any) -> str:
        """Take one lead in; its record id."""
        (record,) = self.add(lead(**fields))
        await self.receive()
        return record

    async def receive(self, *, full: bool = False) -> IntakeReport:
        """Intake."""
        return await receive_records(self.base, ledger=self.ledger, campaign=self.campaign, clock=self.clock, full=full)

    async def hear(self) -> EngagementReport:
        """What the provider tells."""
        return await pull_events(
            self.provider, ledger=self.ledger, campaign=self.campaign, clock=self.clock, pepper=PEPPER
        )

    async def read(self) -> ReplyReport:
        """What people answered."""
        return await pull_replies(
            self.mailbox, ledger=self.ledger, campaign=self.campaign, clock=self.clock, pepper=PEPPER
        )

    async def listen(self) -> None:
        """Both."""
        await self.hear()
        await self.read()

    async def judged(self) -> pl.DataFrame:
        """The leads with their verdicts, as the queue is planned from."""
        leads = all_leads(self.ledger, self.campaign)
        _, judged, _ = await verify_leads(
            leads, ledger=self.ledger, campaign=self.campaign, clock=self.clock, open_model=self.open_writer
        )
        verdicts = verification_frame(judged).select("lead_id", "verdict", verdict_reason="evidence")
        frame = lead_frame(leads).join(verdicts, on="lead_id", how="left", maintain_order="left")
        hashes = [address_hash(address, PEPPER) if address else "" for address in frame["address"].to_list()]
        return frame.with_columns(pl.Series("address_hash", hashes, dtype=pl.String))

    def open_writer(self) -> AbstractAsyncContextManager[LanguageModel]:
        return nullcontext(self.writer)

    async def plan(self) -> Planned:
        """Today's plan."""
        return plan_day(await self.judged(), ledger=self.ledger, campaign=self.campaign, now=self.now)

    async def standing(self) -> dict[str, Any]:
        """The one lead's row of today's plan."""
        (row,) = (await self.plan()).frame.iter_rows(named=True)
        return row

    async def people(self) -> dict[str, dict[str, Any]]:
        return {row["lead_id"]: row for row in (await self.judged()).iter_rows(named=True)}

    async def picked(self) -> list[dict[str, Any]]:
        plan = await self.plan()
        return picks(plan.frame, ledger=self.ledger, campaign=self.campaign, now=self.now)

    async def research(
        self, rows: Sequence[Mapping[str, Any]], people: People | None = None, *, run: str = ""
    ) -> StageReport:
        return await research_companies(
            rows, people or await self.people(), model=self.researcher, ledger=self.ledger, campaign=self.campaign,
            clock=self.clock, run=run,
        )  # fmt: skip

    async def draft(
        self, rows: Sequence[Mapping[str, Any]], people: People | None = None, *, run: str = ""
    ) -> StageReport:
        return await draft_mails(
            rows, people or await self.people(), model=self.writer, ledger=self.ledger, campaign=self.campaign,
            clock=self.clock, pepper=PEPPER, run=run,
        )  # fmt: skip

    def sender(self, provider: MailProvider | None = None) -> Sender:
        base = self.base if self.rereads else None
        return Sender(provider or self.provider, self.ledger, self.campaign, self.clock, PEPPER, "office", base)

    async def send(self, provider: MailProvider | None = None) -> StageReport:
        return await send_due(self.sender(provider))

    async def outreach(self) -> StageReport:
        """Plan, research, draft, send: one tick of the job."""
        rows = await self.picked()
        if rows:
            await self.research(rows)
            await self.draft(rows)
        return await self.send()

    @property
    def accepted(self) -> list[str]:
        """Whom the provider took mails for, in order."""
        return [person.email for mail in self.world.provider.mails.values() for person in mail.mail.to]

    @property
    def paid(self) -> int:
        """Paid calls the models have answered."""
        return sum(self.world.tally.paid.values())


def lead(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A record of a person in Berlin whose address is at the company's own domain."""
    firm = f"harbour{number}.com"
    return {
        "Name": f"Grace Hopper{number}", "First Name": "Grace", "Last Name": f"Hopper{number}",
        "Title": "Head of Support", "Email": f"grace@{firm}", "Company": f"Harbour {number} Works",
        "Website": f"https://www.{firm}", "Country": "Germany", "City": "Berlin",
    } | fields  # fmt: skip


def open_office(folder: Path, *, start: datetime = MONDAY, lasting: bool = False, **changes: Any) -> Office:
    """An office on its first morning.

    Args:
        folder: Where the witness of the ledger lies.
        start: When.
        lasting: Whether what the ledger has committed outlives a process that dies, as a file does.
        changes: Sections of the campaign.
    """
    world = World(7, start=start, habits=QUIET)
    app = create_app(world, house=House(world, WorldClock(world), paced=False))
    clock = TownClock(world)
    patience = Patience(sleep=clock.sleep)
    plan = campaign(**changes)
    place = Place(
        keys.SANDBOX_BASE_ID, keys.SANDBOX_TABLE_NAME,
        tuple(getattr(plan.airtable.fields, name) for name in OPERATOR_OWNED),
    )  # fmt: skip
    url, keeper = "sqlite://", None
    if lasting:
        shared = f"file:{folder.resolve().as_posix()}?vfs=memdb"
        url, keeper = f"sqlite:///{shared}&uri=true", sqlite3.connect(shared, uri=True)
    return Office(
        world=world,
        keeper=keeper,
        ledger=Ledger.open(book.Place(url, folder / "witness.json", plan.id, "machine-1")),
        campaign=plan,
        base=fake_lead_base(app, place, token=keys.SANDBOX_AIRTABLE_TOKEN, patience=patience),
        provider=fake_mail_provider(app, api_key=keys.SANDBOX_BREVO_KEY, patience=patience),
        mailbox=FakeMailbox(world, patience=patience),
        bot=fake_bot(app, token=keys.SANDBOX_TELEGRAM_TOKEN, patience=patience),
        writer=fake_openai(app, api_key=keys.SANDBOX_OPENAI_KEY),
        researcher=fake_perplexity(app, api_key=keys.SANDBOX_PERPLEXITY_KEY),
    )


def resumed(office: Office) -> list[str]:
    """The operator takes off what stops sending; the names of what was on."""
    return [flag.name for flag in reopen(office.ledger, actor="ada", now=office.now).taken_off]


def states(office: Office) -> Counter[str]:
    """How many mails of the first day are in which state."""
    return Counter(row["state"] for row in office.ledger.sends.of_day(DAY))

"""One simulated installation: a world, the gateways over it, a ledger in memory, and the one clock of them all.

What must hold: the stages meet the same acceptance logic as over HTTP (over fakes the same world behind it), and what
the ledger has committed outlives every process that wrote it.
"""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from resources.airtable.fake import InProcessWire as BaseWire
from resources.airtable.lead_base import AirtableLeadBase, Place
from resources.backoff import Patience
from resources.in_process import InProcess
from resources.ledger.ledger import Ledger
from resources.mail_provider.brevo import BrevoMailProvider
from resources.mail_provider.fake import InProcessWire as MailWire
from resources.mailbox.fake import FakeMailbox
from resources.models.fake import fake_openai, fake_perplexity
from resources.telegram.fake import fake_bot
from rules.addresses import AddressProblem, parse_address
from rules.airtable_fields import OPERATOR_OWNED
from rules.campaign import Campaign
from rules.hashing import address_hash
from sandbox import Habits, World, keys
from sandbox.clock import WorldClock
from sandbox.house import House
from sandbox.server import create_app
from sandbox.world.chance import chance
from sandbox.world.mail import AcceptedMail, OutgoingMail
from simulation import facts
from simulation.accidents import Accidents
from simulation.database import Database, Tables, open_ledger
from simulation.forgetting import Forgetful
from simulation.history import History
from simulation.kinds import SCALES, Kind
from simulation.loop import VirtualLoop
from simulation.people import Person
from simulation.profiles import Profile
from simulation.recording import Recorder, WatchedMailbox, WatchedTally
from simulation.straight import StraightProvider, StraightWire
from simulation.unplanned import Unplanned
from simulation.wires import LeadWire, ProviderWire, SlowMailbox, SlowModel

PEPPER = "a pepper of the simulation"


class WatchedWorld(World):
    """A world that tells of every mail it takes."""

    recorder: Recorder | None = None

    def accept(self, mail: OutgoingMail, *, forced: Any = None) -> AcceptedMail:
        """As the world does, and tell."""
        taken = super().accept(mail, forced=forced)
        if self.recorder is not None:
            self.recorder.accepted(taken)
        return taken


@dataclass
class WorldTime:
    """The stages' clock: it is the world's, and sleeping is the loop's business."""

    world: World
    loop: VirtualLoop

    def now(self) -> datetime:
        """The virtual instant."""
        return self.world.now

    async def sleep(self, seconds: float) -> None:
        """Let others go on for that long."""
        await asyncio.sleep(seconds)


@dataclass
class Site:
    """Everything a job asks for.

    Attributes:
        kind: How much of the product is at work.
        unplanned: Gives the mails of a run without a plan.
        deaf: Whether the last look at what came back was told of nothing, or of less than there is.
        tables: Stands for the warehouse: whole tables, replaced when a stage is done.
    """

    seed: int
    world: WatchedWorld
    recorder: Recorder
    accidents: Accidents
    loop: VirtualLoop
    ledger: Ledger
    database: Database
    campaign: Campaign
    base: AirtableLeadBase
    provider: BrevoMailProvider
    mailbox: SlowMailbox
    writer: SlowModel
    researcher: SlowModel
    bot: Any
    kind: Kind
    unplanned: Unplanned
    clock: WorldTime = field(init=False)
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    planned: set[tuple[str, str, str, str]] = field(default_factory=set)
    deaf: bool = False
    edits: int = 0
    read_edits: int = 0
    _people: tuple[pl.DataFrame | None, dict[str, dict[str, Any]]] = (None, {})

    def __post_init__(self) -> None:
        self.clock = WorldTime(self.world, self.loop)

    @property
    def now(self) -> datetime:
        """The virtual instant."""
        return self.world.now

    @property
    def today(self) -> str:
        """The operator's day."""
        return self.world.now.astimezone(self.campaign.zone).date().isoformat()

    def people(self) -> dict[str, dict[str, Any]]:
        """Rows of the judged leads by lead id, made once per table."""
        frame = self.tables["judged"]
        if self._people[0] is not frame:  # kept and compared itself: an id is given again once its frame is gone
            self._people = (frame, {row["lead_id"]: row for row in frame.iter_rows(named=True)})
        return self._people[1]

    def add(self, people: list[Person]) -> list[tuple[str, Person]]:
        """Put people into the base, as an operator would, and into the history; without a plan there is no base.

        Returns:
            Record ids, each with its person.
        """
        if not self.kind.plans:
            readers = self.unplanned.welcome(people)
            for reader in readers:
                self.world.settle(
                    reader.person.address, country=reader.person.seat.country, state=reader.person.seat.state
                )
                self._known(reader.lead_id, reader.person, reader.person.address, reader.hashed)
            return [(reader.lead_id, reader.person) for reader in readers]
        made = self.world.airtable.create(self._table(), [dict(one.fields) for one in people], now=self.now)
        self.edits += 1
        for record, one in zip(made, people, strict=True):
            self.world.settle(one.address, country=one.seat.country, state=one.seat.state)
            self.told(record.id, one)
        return [(record.id, one) for record, one in zip(made, people, strict=True)]

    def fill(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Put records of a file into the base; where people sit is only known by what their records say."""
        self.world.airtable.create(self._table(), [dict(row) for row in rows], now=self.now, typecast=True)
        self.edits += 1
        for row in rows:
            if row.get("Email"):
                self.world.settle(row["Email"], country=row.get("Country", ""), state=row.get("State", ""))

    def told(self, record_id: str, person: Person) -> None:
        """Take down who somebody is, and how the ledger will name them."""
        parsed = parse_address(person.fields.get("Email", ""))
        address = person.address if isinstance(parsed, AddressProblem) else parsed.text
        self._known(record_id, person, address, address_hash(address, PEPPER))

    def _known(self, record_id: str, person: Person, address: str, hashed: str) -> None:
        self.recorder.hashes[hashed] = address
        self.recorder.add(
            facts.RecipientKnown, lead_id=record_id, address=address, company=person.company,
            zones=person.seat.zones, country=person.seat.code or None, subdivision=person.seat.subdivision,
        )  # fmt: skip

    def change(self, record_id: str, fields: dict[str, Any]) -> None:
        """Change a record, as an operator would."""
        self.world.airtable.update(self._table(), [(record_id, fields)], now=self.now)
        self.edits += 1

    def _table(self) -> Any:
        table = self.world.airtable.bases[keys.SANDBOX_BASE_ID].table_named(keys.SANDBOX_TABLE_NAME)
        assert table is not None, "every world starts with a table of leads"
        return table

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()


def open_site(
    seed: int,
    *,
    campaign: Campaign,
    profile: Profile,
    loop_start: datetime,
    habits: Habits | None = None,
    recorded: bool = True,
    kind: Kind = Kind.ORDINARY,
    fakes: bool | None = None,
) -> Site:
    """Open an installation on its first morning, with nobody in it.

    Args:
        seed: Draws everything.
        campaign: The configuration.
        profile: What goes wrong.
        loop_start: The first instant.
        habits: How often people do what.
        recorded: Whether what happens is taken down.
        kind: How much of the product is at work.
        fakes: Whether the ledger is the fake in dicts and the provider has no wire; ``None`` leaves it to the kind.
    """
    world = WatchedWorld(seed, start=loop_start, habits=habits)
    recorder = Recorder(lambda: world.now, History() if recorded else Forgetful())
    loop = VirtualLoop(loop_start, chance(seed, "turns"), world.advance_to)
    scale = SCALES[kind]
    fakes = scale.fakes if fakes is None else fakes
    accidents = Accidents(
        profile, chance(seed, "accidents"), recorder, loop, world, spells=scale.spells, longest_life=scale.longest_life
    )
    world.recorder = recorder
    world.listeners.append(recorder.event_held)
    world.mailbox = WatchedMailbox(
        world.mailbox.uid_validity,
        lambda letter: recorder.letter_held(f"{world.mailbox.uid_validity}.{letter.uid}", letter.raw),
    )
    zone = campaign.zone
    world.tally = WatchedTally(lambda service: recorder.paid(service, _day(world.now, zone)))
    accidents.arm()
    app = create_app(world, house=House(world, WorldClock(world), paced=False))
    jitter = chance(seed, "jitter").random
    patience = Patience(sleep=asyncio.sleep, jitter=jitter)
    place = Place(
        keys.SANDBOX_BASE_ID, keys.SANDBOX_TABLE_NAME,
        tuple(getattr(campaign.airtable.fields, name) for name in OPERATOR_OWNED),
    )  # fmt: skip
    ledger, database = open_ledger(campaign=campaign.id, accidents=accidents, fakes=fakes)
    service = InProcess(app, prefix="/brevo/v3", headers={"api-key": keys.SANDBOX_BREVO_KEY})
    rows = InProcess(app, prefix="/airtable/v0", headers={"authorization": f"Bearer {keys.SANDBOX_AIRTABLE_TOKEN}"})
    mail = ProviderWire(StraightWire(MailWire(service), world) if fakes else MailWire(service), accidents)
    provider = StraightProvider(mail, world, patience=patience) if fakes else BrevoMailProvider(mail, patience=patience)
    return Site(
        seed=seed,
        world=world,
        recorder=recorder,
        accidents=accidents,
        loop=loop,
        ledger=ledger,
        database=database,
        campaign=campaign,
        base=AirtableLeadBase(LeadWire(BaseWire(rows, place), accidents), place, patience=patience),
        provider=provider,
        mailbox=SlowMailbox(FakeMailbox(world, patience=patience), accidents),
        writer=SlowModel(fake_openai(app, api_key=keys.SANDBOX_OPENAI_KEY), accidents),
        researcher=SlowModel(fake_perplexity(app, api_key=keys.SANDBOX_PERPLEXITY_KEY), accidents),
        bot=fake_bot(app, token=keys.SANDBOX_TELEGRAM_TOKEN, patience=patience),
        kind=kind,
        unplanned=Unplanned(chance(seed, "unplanned"), pepper=PEPPER, considerate=scale.considerate),
    )


def tables_of(site: Site) -> sqlite3.Connection:
    """The database of a site whose ledger is on SQLite."""
    assert isinstance(site.database, Tables), "this ledger has no tables"
    return site.database.connection


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def started(site: Site, *, faults: str) -> None:
    """Take down the settings of the run: the first facts of its history."""
    campaign = site.campaign
    site.recorder.add(
        facts.RunStarted, seed=site.seed, faults=faults, campaign=campaign.id, zone=campaign.operator.timezone,
        provider_zone=site.world.switches.brevo_timezone,
        steps=tuple((step.name, step.day) for step in campaign.cadence.steps),
        opens=campaign.hours.opens, closes=campaign.hours.closes, minutes_left=campaign.hours.minutes_left,
        closed_days=tuple(campaign.hours.closed_days), operator=campaign.operator.email,
    )  # fmt: skip
    caps_in_force(site)


def caps_in_force(site: Site) -> None:
    """Take down the limits from now on."""
    caps = site.campaign.caps
    site.recorder.add(
        facts.CapsInForce, per_hour=caps.per_hour, per_day=caps.per_day, ramp=caps.ramp,
        per_company_per_day=caps.per_company_per_day,
    )  # fmt: skip


def first_instant(starts: date) -> datetime:
    """Midnight UTC of the first day."""
    return datetime.combine(starts, time(), tzinfo=UTC)

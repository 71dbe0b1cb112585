"""One campaign's settings as a frozen object; the sections of ``campaign.toml`` and how they fit together.

What must hold: an unknown key, a wrong type or an impossible value never becomes a setting.
"""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator

from rules.airtable_fields import Airtable
from rules.model_settings import Balance, Budget, Research, Verification
from rules.settings import Count, CountryCode, Language, MailAddress, Section, Slug, Text, ZoneName


class Mode(StrEnum):
    """How far the system may go."""

    SANDBOX = "sandbox"
    """Every service is the local stand-in. Nothing leaves the machine."""
    DRY_RUN = "dry_run"
    """Real reads and real models; mails are written and stay ready, none is sent."""
    LIVE = "live"
    """Mails reach people. Needs the explicit switch beside the configuration."""


class Sender(Section):
    """Who writes, as the recipient sees it."""

    name: Text
    """The name in the From line and under the mail."""
    email: MailAddress
    """The From address; the provider must know it as an active sender."""
    reply_to: MailAddress
    """Where answers go; the mailbox that is read."""
    company: Text
    """The company under the mail."""
    postal_address: Text
    """Street address; the law of several countries wants it in every mail."""
    unsubscribe_url: Annotated[str, StringConstraints(pattern=r"^https?://[!$-;=?-~]+$")]
    """Page that takes the recipient's token; HTTPS outside the sandbox. ASCII without a fragment: it is in a header."""


class Offer(Section):
    """What is offered, and how it is said."""

    what: Text
    """What is offered, in one phrase."""
    for_whom: Text
    """Whom it is meant for."""
    reason: Text
    """One honest sentence on why we write at all."""
    tone: Text = "warm, plain, short"
    """How it should sound."""
    language: Language = "en"
    """Language of the mails, as a BCP 47 tag."""
    languages: dict[CountryCode, Language] = Field(default_factory=dict)
    """Other languages by the recipient's country: ISO 3166-1 code to BCP 47 tag."""
    max_words: Annotated[int, Field(ge=40, le=400)] = 130
    """A draft with more words is refused."""
    forbidden: tuple[Text, ...] = ()
    """Claims and phrases that must not appear."""


class Step(Section):
    """One step of the sequence."""

    name: Literal["opener", "bump", "breakup"]
    """Which step it is; each is used once."""
    day: Annotated[int, Field(ge=0, le=120)]
    """Days after the opener was accepted; after a late step at least half of the days planned between them."""
    brief: Text
    """What the writer is asked for at this step."""
    variants: tuple[Slug, ...] = ("plain",)
    """Variants that leads are drawn into, by a hash of the lead."""


class Cadence(Section):
    """The sequence: an opener on day 0 and follow-ups on later days (rule A10)."""

    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.steps[0].name != "opener" or self.steps[0].day != 0:
            raise ValueError("the first step is the opener on day 0")
        days = [step.day for step in self.steps]
        if days != sorted(set(days)):
            raise ValueError(f"each step's day is later than the one before; got {days}")
        if len({step.name for step in self.steps}) != len(self.steps):
            raise ValueError("each step's name is used once")
        return self


class Caps(Section):
    """Deliberate volume (rule A9), counted from the ledger inside the sending transaction."""

    per_hour: Count = 63
    """Mails in any sixty minutes."""
    per_day: Count = 500
    """Mails in a day of the operator's zone."""
    per_company_per_day: Count = 2
    """Mails to one company in a day."""
    company_minutes: Annotated[int, Field(ge=0, le=480)] = 10
    """Minutes between two mails to one company."""
    ramp: tuple[Count, ...] = ()
    """Daily caps of the first sending days; afterwards ``per_day`` holds. The next one comes after a green day only, a
    warning halves it, and after 30 days without a mail the ramp begins anew."""


class Hours(Section):
    """The recipient's business hours (rules A1, A5)."""

    opens: time = time(9, 0)
    """First moment of the day on the recipient's clock."""
    closes: time = time(17, 0)
    """End of the day on the recipient's clock."""
    minutes_left: Annotated[int, Field(ge=0, le=240)] = 15
    """A mail starts only with this much of the window left: the provider queues too."""
    max_lateness_hours: Annotated[int, Field(ge=1, le=240)] = 48
    """A mail written longer ago than this is stale: its slot is planned anew, so a long stop ends without a burst."""
    closed_days: tuple[date, ...] = ()
    """Days on which nobody is written to, besides weekends and public holidays."""

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError(f"opens ({self.opens:%H:%M}) must be before closes ({self.closes:%H:%M})")
        return self


Share = Annotated[float, Field(gt=0, lt=1)]


class Breakers(Section):
    """What stops sending until somebody resumes it (rule B4); a warning halves the ramp.

    Rates are of the mails of seven days and are believed at the lower end of their 95 % interval.
    """

    hard_bounce_warn: Share = 0.02
    """Share of mails that bounced for good from which on the ramp halves."""
    hard_bounce_stop: Share = 0.04
    """Share of mails that bounced for good from which on nothing is sent."""
    hard_bounces_of_last_50: Count = 5
    """As many hard bounces among the last fifty mails stop sending whatever the rate."""
    complaint_warn: Share = 0.0008
    """Share of mails complained about from which on the ramp halves."""
    complaint_stop: Share = 0.002
    """Share of mails complained about from which on nothing is sent."""
    complaints_a_day: Count = 2
    """As many complaints in 24 hours stop sending whatever the rate."""
    unsubscribe_warn: Share = 0.01
    """Share of mails answered by unsubscribing from which on the ramp halves."""
    unsubscribe_stop: Share = 0.02
    """Share of mails answered by unsubscribing from which on nothing is sent."""
    least_mails: Count = 20
    """A rate of fewer mails says nothing."""
    unclear_in_a_row: Count = 5
    """As many requests in a row without an acceptance (no answer, or refused) stop sending."""

    @model_validator(mode="after")
    def _warns_first(self) -> Self:
        for name in ("hard_bounce", "complaint", "unsubscribe"):
            warn, stop = getattr(self, f"{name}_warn"), getattr(self, f"{name}_stop")
            if warn > stop:
                raise ValueError(f"{name}_warn ({warn}) must not be over {name}_stop ({stop})")
        return self


class Drafting(Section):
    """How a mail is written."""

    model: Text = "gpt-6.1-sol"
    """The writer's name at OpenAI."""
    prompt_version: Text = "1"
    """Raise it to have everything that is not sent written anew; a changed word of the prompt does so too."""
    manner: str = ""
    """Your own words for how a mail is written, instead of the product's (`rules/prompt.py`)."""
    variants: dict[Slug, Text] = Field(default_factory=dict)
    """What a variant of a step does differently, in a sentence for the writer; by the variant's name."""
    concurrency: Count = 8
    """Mails at once; a rate limit halves it."""


class Approval(Section):
    """Which drafts a person reads before they may go out."""

    first: Annotated[int, Field(ge=0, le=500)] = 10
    """Drafts of a new or changed prompt that have to be approved before the rest of it is written; 0 for none."""
    daily_percent: Annotated[int, Field(ge=0, le=100)] = 2
    """Share of each day's drafts that waits afterwards, at least one a day; 0 for none."""
    hours: Annotated[int, Field(ge=1, le=240)] = 48
    """Hours after which a draft that nobody decided on is withdrawn and its slot planned anew."""
    in_sandbox: bool = False
    """Whether drafts wait in the sandbox too; otherwise nothing waits there."""


class Ears(Section):
    """How fresh events and replies must be before a follow-up goes out (rules A10, B7)."""

    fresh_hours: Count = 26
    """Hours after which nobody is followed up until events and replies were read again."""
    mailbox_folder: Text = "INBOX"
    """The folder answers arrive in."""
    statistics_calls_per_hour: Count = 300
    """Calls an hour that the mail provider's plan allows to its statistics; reading events waits for the next hour
    when they are used up. 300 on the smallest plan, 600 and 1,800 on the larger ones."""


class Alarms(Section):
    """When silence becomes an alarm, and how often one that lasts is told again (rule A12)."""

    sent_by: time = time(11, 0)
    """Time of the operator's day by which something was sent where something is due."""
    events_after: Count = 50
    """Mails of a day after which a day without any event is an alarm."""
    unknown_share: Annotated[float, Field(ge=0, le=1)] = 0.005
    """Share of two days' mails that may have an unknown outcome for hours."""
    repeat_hours: Count = 6
    """Hours after which an alarm that lasts is told again, with its count."""
    test_on: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    """Day of the weekly test of the alert path, by chat and by mail, at digest time."""


class Replies(Section):
    """Who says what an answer means where no rule does; without a model it is an answer, and stops."""

    model: str = "gpt-6-luna"
    """The judge's name at OpenAI; empty for none."""
    confident_at: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Confidence from which the model's class is noted."""


class Operator(Section):
    """The person who runs this."""

    email: MailAddress
    """Where the digest goes."""
    timezone: ZoneName = "UTC"
    """IANA zone; the day of a partition is a day there."""
    digest_at: time = time(7, 30)
    """When the digest of yesterday is made, on the operator's clock."""
    doctor_days: Annotated[int, Field(ge=1, le=30)] = 7
    """Live mode sends only if `outbound doctor` passed this configuration within so many days."""
    telegram_chat: int
    """Numeric id of the one chat the bot answers in."""
    telegram_users: tuple[int, ...] = Field(min_length=1)
    """Numeric ids of the people it answers to."""
    dagster_url: Annotated[str, StringConstraints(pattern=r"^https?://")] = "http://127.0.0.1:3000"
    """Where the Dagster UI is, for the links in alarms."""


class Campaign(Section):
    """Everything `campaign.toml` says. Secrets are not in it; they come from the environment."""

    id: Slug
    """Lower-case letters, digits and dashes; never changed, since the ledger is bound to it."""
    mode: Mode = Mode.SANDBOX
    """How far it may go; see the modes below."""
    starts: date
    """The first day with partitions."""
    sender: Sender
    offer: Offer
    cadence: Cadence
    operator: Operator
    caps: Caps = Caps()
    hours: Hours = Hours()
    breakers: Breakers = Breakers()
    budget: Budget = Budget()
    balance: Balance = Balance()
    research: Research = Research()
    drafting: Drafting = Drafting()
    approval: Approval = Approval()
    verification: Verification = Verification()
    airtable: Airtable = Airtable()
    ears: Ears = Ears()
    replies: Replies = Replies()
    alarms: Alarms = Alarms()

    @model_validator(mode="after")
    def _https_when_real(self) -> Self:
        if self.mode is not Mode.SANDBOX and not self.sender.unsubscribe_url.startswith("https://"):
            raise ValueError("sender.unsubscribe_url must be https outside the sandbox (RFC 8058)")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The operator's zone: the day of a partition is a day there."""
        return ZoneInfo(self.operator.timezone)

    def language_for(self, country: str | None) -> str:
        """The language a recipient of this country is written to in."""
        return self.offer.languages.get(country or "", self.offer.language)

    def step(self, name: str) -> Step:
        """The step of this name.

        Raises:
            KeyError: The sequence has no such step.
        """
        for step in self.cadence.steps:
            if step.name == name:
                return step
        raise KeyError(f"the sequence of campaign {self.id} has no step {name!r}")
